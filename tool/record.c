// SPDX-License-Identifier: GPL-2.0-only
/*
 * perftop record: what the device says, into a file. A snapshot at once; or
 * with -d one now and one at the end of each interval, one after the other.
 */
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "commands.h"
#include "snapshots.h"

struct record {
	const struct options *o;
	const char *name;
	int fd;
	u64 bytes;
};

static void record_write(struct record *r, const void *data, size_t bytes)
{
	ssize_t wrote;

	for (; bytes; data = (const u8 *)data + wrote, bytes -= wrote) {
		wrote = write(r->fd, data, bytes);
		if (wrote < 0 && errno != EINTR)
			die(TOOL_FAILED, "%s: %s", r->name, strerror(errno));
		if (wrote < 0)
			wrote = 0;
		r->bytes += wrote;
	}
}

/* As it is, so that nothing that a newer module says is lost. */
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
	}
	close(fd);
}

static void record_progress(const struct record *r, u32 nr)
{
	if (!isatty(STDERR_FILENO))
		return;
	fprintf(stderr, "\r%u snapshots, %llu kB; ^C ends it ", nr,
		r->bytes / 1024);
	fflush(stderr);
}

int cmd_record(const struct options *o)
{
	struct record r = { .o = o, .name = o->output };
	u32 nr = 1;
	u64 due;

	if (!o->output)
		die(TOOL_USAGE, "record: -o FILE is missing (-o - is standard output)");
	if (o->number && !o->interval)
		die(TOOL_USAGE, "-n is a number of intervals: -d SECONDS");
	/* Before there's a file, as there may be no device. */
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
	due = now_ns();
	record_snapshot(&r);
	while (o->interval && !snapshots_stopped() &&
	       (!o->number || nr <= o->number)) {
		record_progress(&r, nr);
		due += o->interval;
		sleep_until(due);
		record_snapshot(&r);
		nr++;
	}
	if (o->interval && isatty(STDERR_FILENO))
		fputc('\n', stderr);
	if (r.fd != STDOUT_FILENO && close(r.fd))
		die(TOOL_FAILED, "%s: %s", r.name, strerror(errno));
	return TOOL_OK;
}
