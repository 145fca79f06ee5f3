// SPDX-License-Identifier: GPL-2.0-only
/*
 * perftop watch NAME: events of processes with that name, as they happen, and
 * how much they run on which CPU. It reads the events of all processes and
 * selects from them, so that it needs no privilege, and doesn't change the
 * module's target, which is everybody's.
 */
#define _GNU_SOURCE
#include <endian.h>
#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <time.h>
#include <unistd.h>

#include "commands/commands.h"
#include "machine/process_set.h"
#include "model/input.h"
#include "model/snapshots.h"
#include "model/stack_rows.h"
#include "output/show.h"

#define NSEC 1000000000ull
#define WATCH_INTERVAL (10 * NSEC)

struct watch {
	const struct options *o;
	int fd;			/* events */
	struct reader reader;
	struct process_set processes;
	struct model *first;	/* of the beginning: it is subtracted */
	bool scan;		/* events were lost: scan /proc again */
	u32 nr_exited;		/* members all of whose threads exited */
	int exit_pidfd;		/* of the next member, or -1 */
	sigset_t waiting;	/* the mask while we wait */
};

/* ---- events, in the words of /proc/perftop_events */

static void watch_exited(const struct perftop_event *e, u32 kind)
{
	u32 code = le32toh(e->code), signal = code & 0x7f;

	if (kind == PERFTOP_KTHREAD_EXIT)
		text_printf(out, "exited with code %d", (int)code);
	else if (signal)
		text_printf(out, "was killed by signal %u%s", signal,
			    code & 0x80 ? " with a core dump" : "");
	else
		text_printf(out, "exited with code %u", code >> 8 & 0xff);
	if (e->others && e->pid == e->tgid)
		text_printf(out, "; %u of its threads go on", le32toh(e->others));
}

static void watch_executed(const struct perftop_event *e)
{
	text_str(out, "executed execve syscall for pathname: ");
	if (e->cut)
		text_str(out, "...");
	text_escaped(out, e->path, le32toh(e->rec.bytes) - sizeof(*e));
	if (e->cut)
		text_printf(out, "; %u bytes are cut off", le32toh(e->cut));
}

static void watch_show(const struct perftop_event *e)
{
	u64 time = le64toh(e->time);
	u32 kind = le32toh(e->kind);

	text_printf(out, "%6llu.%06llu ", (unsigned long long)(time / NSEC),
		    (unsigned long long)(time % NSEC / 1000));
	text_escaped(out, e->comm, sizeof(e->comm));
	if (e->pid == e->tgid)
		text_printf(out, "; PID %u ", le32toh(e->tgid));
	else
		text_printf(out, "; thread %u of PID %u ", le32toh(e->pid),
			    le32toh(e->tgid));
	if (kind == PERFTOP_EXEC)
		watch_executed(e);
	else if (kind == PERFTOP_FORK)
		text_printf(out, "forked PID %u", le32toh(e->code));
	else if (kind == PERFTOP_CLONE)
		text_printf(out, "cloned thread %u", le32toh(e->code));
	else
		watch_exited(e, kind);
	text_char(out, '\n');
}

static void watch_lost(struct watch *w, const struct perftop_lost *l)
{
	text_printf(out, "# lost %llu events of CPU %u; the processes are looked up again\n",
		    (unsigned long long)le64toh(l->events), le32toh(l->cpu));
	w->scan = true;
}

static void watch_record(struct watch *w, const struct perftop_record *rec)
{
	const struct perftop_event *e = (const void *)rec;
	u32 bytes = le32toh(rec->bytes);

	switch (le32toh(rec->type)) {
	case PERFTOP_EVENT:
		if (bytes < sizeof(*e) ||
		    le32toh(e->kind) > PERFTOP_KTHREAD_EXIT)
			return;
		if (process_set_event(&w->processes, e))
			watch_show(e);
		break;
	case PERFTOP_LOST:
		if (bytes >= sizeof(struct perftop_lost))
			watch_lost(w, (const void *)rec);
		break;
	}
}

/* All that can be read now. */
static void watch_events(struct watch *w)
{
	const struct perftop_record *rec;

	while ((rec = reader_next(&w->reader)))
		watch_record(w, rec);
	if (w->reader.error[0])
		die(TOOL_BAD_INPUT, "%s: %s", w->o->device, w->reader.error);
	if (w->reader.ended)
		die(TOOL_FAILED, "%s: the stream of events ended", w->o->device);
	if (!w->scan)
		return;
	w->scan = false;
	process_set_scan(&w->processes);
}

/* ---- the table */

static struct model *watch_snapshot(const struct watch *w)
{
	struct model *m;
	struct input in;

	input_open(&in, w->o);
	m = input_next(&in);
	input_close(&in);
	return m;
}

static void watch_row(const struct model *m, const struct model_pid *p)
{
	text_uint(out, m->cpu[p->cpu].cpu, 6);
	text_char(out, ' ');
	text_uint(out, p->pid, 8);
	text_seconds(out, p->ticks, m->head.khz);
	text_char(out, ' ');
	text_uint(out, p->count, 12);
	text_seconds(out, p->delay, m->head.khz);
	if (model_hrtimers(m)) {
		text_seconds(out, p->hrtimer, m->head.khz);
		text_char(out, ' ');
		text_number(out, p->hrtimers, 10);
	} else {
		text_printf(out, " %14s %10s", "n/a", "n/a");
	}
	text_char(out, ' ');
	show_name(m, p->comm);
	text_char(out, '\n');
}

/* How much each ran on which CPU since the beginning. */
static void watch_table(struct watch *w)
{
	struct model *m = watch_snapshot(w), *d;
	u64 now = m->head.taken;
	struct model_sums is, was;
	u32 *order, i, rows = 0;
	bool *member;

	model_sum(w->first, PERFTOP_PIDS, &was);
	model_sum(m, PERFTOP_PIDS, &is);
	text_printf(out, "# %llu.%06llu: %u of %u processes are alive",
		    (unsigned long long)(now / NSEC),
		    (unsigned long long)(now % NSEC / 1000),
		    w->processes.alive, w->processes.all.nr);
	if (m->head.reset != w->first->head.reset)
		text_str(out, "; all counters were reset meanwhile: times are since then");
	else if (is.evicted > was.evicted)
		text_printf(out, "; the table was full, and %llu threads lost their rows",
			    (unsigned long long)(is.evicted - was.evicted));
	if (m->head.flags & PERFTOP_PAUSED)
		text_str(out, "; recording is paused");
	if (m->head.flags & PERFTOP_BLIND)
		text_str(out, "; BLIND: the hook is not called, times are wrong");
	if (m->head.flags & PERFTOP_UNSTABLE)
		text_str(out, "; UNSTABLE: the kernel doesn't trust the clock, times may be wrong");
	text_str(out, "\n#  cpu      pid          run-s       scheds        delay-s      hrtimer-s   hrtimers comm\n");
	d = model_difference(m, w->first);
	member = process_set_rows(&w->processes, d);
	order = thread_rows_make(d);
	for (i = 0; i < d->pids.nr; i++)
		if (member[order[i]] && model_pid(d, order[i])->ticks) {
			watch_row(d, model_pid(d, order[i]));
			rows++;
		}
	if (!rows)
		text_str(out, "# none of them has run yet\n");
	thread_rows_free(order);
	free(member);
	model_free(d);
	model_free(m);
	text_flush(out);
}

/* ---- beginning, loop, end */

static void watch_signals(struct watch *w)
{
	sigset_t ours;

	snapshots_catch();
	sigemptyset(&ours);
	sigaddset(&ours, SIGINT);
	sigaddset(&ours, SIGTERM);
	sigaddset(&ours, SIGHUP);
	/* Blocked but while we wait, so that none comes just before that. */
	sigprocmask(SIG_BLOCK, &ours, &w->waiting);
	sigdelset(&w->waiting, SIGINT);
	sigdelset(&w->waiting, SIGTERM);
	sigdelset(&w->waiting, SIGHUP);
}

static void watch_begin(struct watch *w, const char *name)
{
	const struct perftop_head *h;

	w->fd = input_device(w->o->device, O_RDONLY | O_NONBLOCK);
	if (ioctl(w->fd, PERFTOP_EVENTS, 0)) {
		if (errno == EOPNOTSUPP)
			die(TOOL_FAILED, "%s: the module was loaded with events=0: it records none",
			    w->o->device);
		if (errno == EMFILE)
			die(TOOL_FAILED, "%s: as many streams of events are open as one user may have (%d); fuser -v %s /proc/perftop_events",
			    w->o->device, PERFTOP_STREAMS_USER, w->o->device);
		if (errno == ENFILE)
			die(TOOL_FAILED, "%s: as many streams of events are open as there may be (%d); fuser -v %s /proc/perftop_events",
			    w->o->device, PERFTOP_STREAMS, w->o->device);
		die(TOOL_FAILED, "%s: %s", w->o->device, strerror(errno));
	}
	reader_init_fd(&w->reader, w->fd);
	/* Events are recorded from here on; then those that run already. */
	w->first = watch_snapshot(w);
	process_set_init(&w->processes, name);
	process_set_scan(&w->processes);
	h = &w->first->head;
	text_str(out, "# watching processes with \"");
	text_escaped(out, name, SIZE_MAX);
	text_printf(out, "\" in their name, and their children: %u now\n",
		    w->processes.alive);
	if (h->target[0]) {
		text_str(out, "# the module is limited to its target ");
		show_target(out, w->first);
		text_str(out, ": events of other processes are not recorded\n");
	}
	if (h->flags & PERFTOP_PAUSED)
		text_str(out, "# recording is paused: no events until it is resumed\n");
	text_str(out, "#     seconds comm; event\n");
	text_flush(out);
}

/*
 * Is a thread of any member left? After a kill some may exit late, and their
 * events are to be shown, too.
 */
static bool watch_reap(struct watch *w)
{
	for (; w->nr_exited < w->processes.all.nr; w->nr_exited++) {
		struct pollfd p = { .events = POLLIN };

		if (w->exit_pidfd < 0)
			w->exit_pidfd = process_set_pidfd(&w->processes,
							  w->nr_exited);
		if (w->exit_pidfd < 0)
			continue;
		p.fd = w->exit_pidfd;
		if (!process_set_reused(&w->processes, w->nr_exited) &&
		    !poll(&p, 1, 0))
			return true;
		close(w->exit_pidfd);
		w->exit_pidfd = -1;
	}
	return false;
}

/* Until something happens, or @due. */
static void watch_wait(const struct watch *w, u64 due)
{
	struct pollfd p[] = {
		{ .fd = w->fd, .events = POLLIN },
		{ .fd = w->exit_pidfd, .events = POLLIN },
	};
	u64 now = now_ns(), left = due > now ? due - now : 0;
	const struct timespec t = { left / NSEC, left % NSEC };

	if (ppoll(p, 2, &t, &w->waiting) < 0 && errno != EINTR)
		die(TOOL_FAILED, "%s: %s", w->o->device, strerror(errno));
}

static void watch_loop(struct watch *w)
{
	u64 interval = w->o->interval ? w->o->interval : WATCH_INTERVAL;
	u64 due = now_ns() + interval;

	while (!snapshots_stopped()) {
		watch_events(w);
		text_flush(out);
		/* There were members, and all have exited. */
		if (!watch_reap(w) && w->processes.all.nr &&
		    !w->processes.alive)
			break;
		if (now_ns() >= due) {
			if (w->processes.all.nr)
				watch_table(w);
			due = now_ns() + interval;
		}
		watch_wait(w, due);
	}
	watch_events(w);
	watch_table(w);
}

int cmd_watch(const struct options *o)
{
	struct watch w = { .o = o, .exit_pidfd = -1 };
	const char *name = o->arg[0];

	if (!*name || strlen(name) >= PERFTOP_NAME)
		die(TOOL_USAGE, "watch: part of a process's name, of 1 to %u bytes",
		    PERFTOP_NAME - 1);
	need_machine_pids("watch");
	watch_signals(&w);
	watch_begin(&w, name);
	watch_loop(&w);
	reader_destroy(&w.reader);
	close(w.fd);
	if (w.exit_pidfd >= 0)
		close(w.exit_pidfd);
	process_set_free(&w.processes);
	model_free(w.first);
	return TOOL_OK;
}
