// SPDX-License-Identifier: GPL-2.0-only
/*
 * Wait until the module wants tables, or is loaded. A file that can't be opened
 * is tried again ever later.
 */
#define _GNU_SOURCE
#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <poll.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/inotify.h>
#include <time.h>
#include <unistd.h>

#include "unwind/device.h"
#include "unwind/serve.h"
#include "unwind/serve_file.h"

#define SERVE_ATTRIBUTE "/sys/class/misc/perftop/unwind_wanted"

/* ms: until a try, after the first failure and at most; */
#define SERVE_RETRY 5000
#define SERVE_RETRY_MAX (3600 * 1000)
/* while the module is full: what wasn't used for a minute can go then; */
#define SERVE_FULL_RETRY (60 * 1000)
/* between two rounds, as what is wanted comes in swarms; */
#define SERVE_GAP 250
/* and until it's looked whether the module is there, in case nothing told. */
#define SERVE_LOOK (60 * 1000)
/* A file that was lost so often has no table. */
#define SERVE_TRIES 3

/* A file that has failed. */
struct serve_failed {
	u64 content;
	u32 tries, lost;
	s64 due;		/* ms */
	bool wanted;		/* still, in this round */
};

struct server {
	const char *device;
	struct serve_failed *failed;
	u32 nr;
	int events;		/* of the folder of the device; below 0: none */
	int attribute;		/* below 0: there's no module */
	bool told;		/* of an error of the module's */
	bool asked;		/* until then the module looks for none */
};

static s64 serve_now(void)
{
	struct timespec now;

	clock_gettime(CLOCK_MONOTONIC, &now);
	return now.tv_sec * 1000ll + now.tv_nsec / 1000000;
}

/* ---- files that have failed */

static struct serve_failed *serve_failed(struct server *s, u64 content)
{
	u32 i;

	for (i = 0; i < s->nr; i++)
		if (s->failed[i].content == content)
			return &s->failed[i];
	return NULL;
}

static void serve_fail(struct server *s, const struct perftop_unwind_wanted *w,
		       enum serve_file result)
{
	struct serve_failed *f = serve_failed(s, w->content);
	s64 wait;

	if (!f) {
		s->failed = xrealloc(s->failed, (s->nr + 1ull) * sizeof(*s->failed));
		f = &s->failed[s->nr++];
		*f = (struct serve_failed) { .content = w->content };
	}
	wait = (s64)SERVE_RETRY << (f->tries < 16 ? f->tries : 16);
	if (result == SERVE_FULL)
		wait = SERVE_FULL_RETRY;
	f->due = serve_now() + (wait < SERVE_RETRY_MAX ? wait : SERVE_RETRY_MAX);
	f->tries++;
	f->lost += result == SERVE_LOST;
	f->wanted = true;
	if (f->lost >= SERVE_TRIES)
		serve_none(s->device, w);
}

static void serve_one(struct server *s, const struct perftop_unwind_wanted *w)
{
	struct serve_failed *f = serve_failed(s, w->content);
	enum serve_file result;

	if (f && f->due > serve_now()) {
		f->wanted = true;
		return;
	}
	result = serve_file(s->device, w);
	if (result != SERVE_DONE)
		serve_fail(s, w, result);
}

/* Those that aren't wanted any more are forgotten. */
static void serve_forget(struct server *s)
{
	u32 i, to = 0;

	for (i = 0; i < s->nr; i++) {
		if (!s->failed[i].wanted)
			continue;
		s->failed[to] = s->failed[i];
		s->failed[to++].wanted = false;
	}
	s->nr = to;
}

static void serve_error(struct server *s, int error)
{
	if (error == EPERM || error == EACCES)
		die(TOOL_FAILED, "%s: %s: to load tables takes CAP_SYS_ADMIN on the machine itself",
		    s->device, strerror(error));
	if (!s->told && error != ENOENT && error != ENXIO && error != ENODEV)
		warn("%s: %s: the module takes no tables (unwind_mb=0, or another version of it?)",
		     s->device, strerror(error));
	s->told = true;
}

static void serve_round(struct server *s)
{
	struct vec wanted;
	int error;
	u32 i;

	vec_init(&wanted, sizeof(struct perftop_unwind_wanted));
	error = unwind_device_wanted(s->device, &wanted);
	for (i = 0; i < wanted.nr; i++)
		serve_one(s, vec_at(&wanted, i));
	vec_free(&wanted);
	serve_forget(s);
	if (error)
		serve_error(s, error);
}

/* ---- waiting */

/* Until the next try, in ms. */
static int serve_timeout(const struct server *s)
{
	s64 now = serve_now(), first = now + SERVE_LOOK;
	u32 i;

	for (i = 0; i < s->nr; i++)
		if (s->failed[i].due < first)
			first = s->failed[i].due;
	return first > now + SERVE_GAP ? first - now : SERVE_GAP;
}

/* Has the device come or gone? */
static bool serve_device_event(const struct server *s)
{
	char buf[4096] __attribute__((aligned(__alignof__(struct inotify_event))));
	const char *slash = strrchr(s->device, '/');
	const char *name = slash ? slash + 1 : s->device, *p;
	bool is = false;
	ssize_t n;

	while ((n = read(s->events, buf, sizeof(buf))) > 0) {
		for (p = buf; p < buf + n;) {
			const struct inotify_event *e = (const void *)p;

			is = is || (e->mask & IN_Q_OVERFLOW) ||
			     (e->len && !strcmp(e->name, name));
			p += sizeof(*e) + e->len;
		}
	}
	return is;
}

static void serve_close(struct server *s)
{
	if (s->attribute >= 0)
		close(s->attribute);
	s->attribute = -1;
	/* Numbers of contents are those of one module. */
	s->nr = 0;
	s->told = false;
	s->asked = false;
}

static void serve_wait(struct server *s)
{
	struct pollfd p[] = {
		{ .fd = s->attribute, .events = POLLPRI },
		{ .fd = s->events, .events = POLLIN },
	};

	poll(p, ARRAY_SIZE(p), serve_timeout(s));
	if ((p[1].revents & POLLIN) && serve_device_event(s))
		serve_close(s);
}

/* How many files are wanted; below 0: there's no module. To read it arms poll(). */
static long serve_wanted(struct server *s)
{
	char text[32];
	ssize_t n;

	if (s->attribute < 0)
		s->attribute = open(SERVE_ATTRIBUTE, O_RDONLY | O_CLOEXEC);
	if (s->attribute < 0)
		return -1;
	n = pread(s->attribute, text, sizeof(text) - 1, 0);
	if (n < 0) {
		serve_close(s);
		return -1;
	}
	text[n] = '\0';
	return strtol(text, NULL, 10);
}

static int serve_watch(const char *device)
{
	const char *slash = strrchr(device, '/');
	char folder[PATH_MAX];
	int fd = inotify_init1(IN_CLOEXEC | IN_NONBLOCK);

	snprintf(folder, sizeof(folder), "%.*s",
		 slash ? (int)(slash - device + 1) : 1, slash ? device : ".");
	if (fd >= 0)
		inotify_add_watch(fd, folder, IN_CREATE | IN_DELETE | IN_MOVED_TO);
	return fd;
}

void unwind_serve(const char *device)
{
	const struct timespec gap = {
		.tv_sec = SERVE_GAP / 1000,
		.tv_nsec = SERVE_GAP % 1000 * 1000000,
	};
	struct server s = {
		.device = device,
		.events = serve_watch(device),
		.attribute = -1,
	};

	/* Children are waited for. */
	signal(SIGCHLD, SIG_DFL);
	for (;;) {
		long nr = serve_wanted(&s);

		if (nr > 0 || (!nr && !s.asked)) {
			s.asked = true;
			serve_round(&s);
			nanosleep(&gap, NULL);
		}
		serve_wait(&s);
	}
}
