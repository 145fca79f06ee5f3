// SPDX-License-Identifier: GPL-2.0-only
/*
 * perftop record: snapshots of the device, into a file. One at once; or
 * with -d one now and one at the end of each interval, one after the other.
 */
#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "commands/commands.h"
#include "lib/progress.h"
#include "model/snapshots.h"

struct record {
	const struct options *o;
	const char *name;
	int fd;
	u32 nr;			/* snapshots */
	u64 bytes;
};

static void record_write(struct record *r, const void *data, size_t bytes)
{
	ssize_t wrote;

	progress_hide(r->fd, true);
	for (; bytes; data = (const u8 *)data + wrote, bytes -= wrote) {
		wrote = write(r->fd, data, bytes);
		if (wrote < 0 && errno != EINTR)
			die(TOOL_FAILED, "%s: %s", r->name, strerror(errno));
		if (wrote < 0)
			wrote = 0;
		r->bytes += wrote;
	}
}

/* Unchanged, so that records of a newer module are kept. */
static void record_snapshot(struct record *r)
{
	int fd = input_device(r->o->device, O_RDONLY);
	static u8 buf[1 << 16];
	ssize_t got;

	while ((got = read(fd, buf, sizeof(buf)))) {
		if (got > 0)
			record_write(r, buf, got);
		else if (errno != EINTR)
			die(TOOL_FAILED, "%s: %s", r->o->device,
			    strerror(errno));
		progress("snapshots: %u, %llu kB%s", r->nr, r->bytes / 1024,
			 r->o->interval ? "; ^C ends it" : "");
	}
	close(fd);
	r->nr++;
}

int cmd_record(const struct options *o)
{
	struct record r = { .o = o, .name = o->output };
	u64 due;

	if (!o->output)
		die(TOOL_USAGE, "record: -o FILE is missing (-o - is standard output)");
	if (o->number && !o->interval)
		die(TOOL_USAGE, "-n is a number of intervals: -d SECONDS");
	/* Before the file is created, as there may be no device. */
	close(input_device(o->device, O_RDONLY));
	if (!strcmp(o->output, "-")) {
		r.name = "standard output";
		r.fd = STDOUT_FILENO;
	} else {
		r.fd = open(o->output, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC,
			    0600);
		if (r.fd < 0)
			die(TOOL_FAILED, "%s: %s", o->output, strerror(errno));
	}
	snapshots_catch();
	progress_enable();
	due = now_ns();
	record_snapshot(&r);
	while (o->interval && !snapshots_stopped() &&
	       (!o->number || r.nr <= o->number)) {
		progress("snapshots: %u, %llu kB; ^C ends it", r.nr,
			 r.bytes / 1024);
		/* Not one after the other if we are late, or were stopped. */
		due += o->interval;
		if (due < now_ns())
			due = now_ns();
		sleep_until(due);
		record_snapshot(&r);
	}
	progress_end();
	if (r.fd != STDOUT_FILENO && close(r.fd))
		die(TOOL_FAILED, "%s: %s", r.name, strerror(errno));
	return TOOL_OK;
}
