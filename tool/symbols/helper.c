// SPDX-License-Identifier: GPL-2.0-only
/* The tool's side: begin a helper, ask it, and end one that doesn't answer. */
#define _GNU_SOURCE
#include <errno.h>
#include <limits.h>
#include <poll.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#include "symbols/helper.h"
#include "symbols/mapfile.h"

/*
 * A question may take long: debug files have gigabytes, and disks are slow. A
 * helper is lost if it has neither computed nor read a page for a while, or if
 * one question takes longer than any honest file makes it.
 */
#define HELPER_LOOK 500		/* ms */
#define HELPER_STILL 4		/* such looks */
#define HELPER_LONGEST 240
/* For its end; and for an answer, once HELPER_TIRED were lost. */
#define HELPER_SHORT 8

#define HELPER_TIRED 8

struct helper {
	const struct options *o;
	u32 generation;		/* the number of those that were begun */
	u32 lost;
	pid_t pid;		/* 0: none */
	int fd;
	bool warned;		/* that there's none */
	/* What it had done at the last look. */
	u64 faults, ticks;
};

u32 helper_generation(const struct helper *h)
{
	return h->generation;
}

bool helper_tired(const struct helper *h)
{
	return h->lost >= HELPER_TIRED;
}

/* ---- begin */

static bool helper_none(struct helper *h)
{
	if (!h->warned)
		warn("there are no names of functions, as no process can be begun to read files: %s",
		     strerror(errno));
	h->warned = true;
	return false;
}

static bool helper_begin(struct helper *h)
{
	pid_t tool = getpid();
	int fd[2];

	if (h->pid)
		return true;
	/* Those that were lost, if they are dead by now. */
	while (waitpid(-1, NULL, WNOHANG) > 0)
		;
	if (socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, fd))
		return helper_none(h);
	h->pid = fork();
	if (!h->pid)
		helper_child(fd[1], tool, h->o);
	close(fd[1]);
	if (h->pid < 0) {
		h->pid = 0;
		helper_none(h);
		close(fd[0]);
		return false;
	}
	h->fd = fd[0];
	h->generation++;
	return true;
}

struct helper *helper_new(const struct options *o)
{
	struct helper *h = xcalloc(1, sizeof(*h));

	h->o = o;
	h->fd = -1;
	/* If they're ignored, a pid that was a helper's may be another's soon. */
	signal(SIGCHLD, SIG_DFL);
	/* While the tool has little memory: all of it is the child's as well. */
	helper_begin(h);
	return h;
}

/*
 * One that is held up in the kernel doesn't die before that is over, so nobody
 * waits for it.
 */
static void helper_end(struct helper *h)
{
	kill(h->pid, SIGKILL);
	close(h->fd);
	h->fd = -1;
	waitpid(h->pid, NULL, WNOHANG);
	h->pid = 0;
}

/* ---- wait for it */

/* Has it done anything since the last look, or does it only lack a CPU? */
static bool helper_moves(struct helper *h)
{
	unsigned long long faults, user, system;
	char name[32], line[512], *after, state;
	FILE *f;
	bool moves = false;

	snprintf(name, sizeof(name), "/proc/%d/stat", h->pid);
	f = fopen(name, "re");
	/* Without /proc nobody knows. */
	if (!f)
		return errno != ENOENT || access("/proc/self/stat", F_OK);
	after = fgets(line, sizeof(line), f) ? strrchr(line, ')') : NULL;
	if (after && sscanf(after, ") %c %*s %*s %*s %*s %*s %*s %*s %*s %llu %*s %llu %llu",
			    &state, &faults, &user, &system) == 4) {
		moves = state == 'R' || faults != h->faults ||
			user + system != h->ticks;
		h->faults = faults;
		h->ticks = user + system;
	}
	fclose(f);
	return moves;
}

/* For one answer. */
struct helper_patience {
	u32 most, looks, still;
	u64 next;		/* look, in ms */
};

static u64 helper_now(void)
{
	struct timespec now;

	clock_gettime(CLOCK_MONOTONIC, &now);
	return now.tv_sec * 1000ull + now.tv_nsec / 1000000;
}

static struct helper_patience helper_patience(u32 most)
{
	return (struct helper_patience) {
		.most = most,
		.next = helper_now() + HELPER_LOOK,
	};
}

/*
 * Until there is something to read, or its end. Looks are due by the clock: an
 * answer may come byte by byte, or signals all the time. But if the tool was
 * stopped meanwhile, that's one look.
 */
static bool helper_wait(struct helper *h, struct helper_patience *w)
{
	struct pollfd p = { .fd = h->fd, .events = POLLIN };

	for (;;) {
		u64 now = helper_now();
		int n;

		if (now >= w->next) {
			w->still = helper_moves(h) ? 0 : w->still + 1;
			w->next = now + HELPER_LOOK;
			if (w->still >= HELPER_STILL || ++w->looks >= w->most)
				return false;
		}
		n = poll(&p, 1, w->next - now);
		if (n > 0)
			return true;
		if (n < 0 && errno != EINTR)
			return false;
	}
}

static bool helper_read(struct helper *h, void *to, size_t bytes,
			struct helper_patience *w)
{
	char *at = to;

	while (bytes) {
		ssize_t n;

		if (!helper_wait(h, w))
			return false;
		n = recv(h->fd, at, bytes, MSG_DONTWAIT);
		if (n < 0 && (errno == EAGAIN || errno == EINTR))
			continue;
		if (n <= 0)
			return false;
		at += n;
		bytes -= n;
	}
	return true;
}

static bool helper_write(struct helper *h, const void *from, size_t bytes)
{
	ssize_t n;

	/* There is room for it, as the last question was answered. */
	do {
		n = send(h->fd, from, bytes, MSG_NOSIGNAL | MSG_DONTWAIT);
	} while (n < 0 && errno == EINTR);
	return n == (ssize_t)bytes;
}

/* Answers, in memory to be freed; false: it's lost. */
static bool helper_ask(struct helper *h, const struct wire_ask *ask,
		       const char *path, struct wire_answer *answer,
		       char **names)
{
	struct helper_patience w =
		helper_patience(helper_tired(h) ? HELPER_SHORT : HELPER_LONGEST);

	*names = NULL;
	if (!helper_begin(h))
		return false;
	if (helper_write(h, ask, sizeof(*ask)) &&
	    (!ask->path_bytes || helper_write(h, path, ask->path_bytes)) &&
	    helper_read(h, answer, sizeof(*answer), &w) &&
	    answer->bytes <= WIRE_MAX && answer->nr <= WIRE_NAMES) {
		*names = xmalloc(answer->bytes + 1);
		(*names)[answer->bytes] = '\0';
		if (helper_read(h, *names, answer->bytes, &w))
			return true;
	}
	free(*names);
	*names = NULL;
	helper_end(h);
	h->lost++;
	return false;
}

/* ---- questions */

enum helper_says helper_open(struct helper *h, enum wire_kind kind, u32 number,
			     const struct model_object *o, const u32 *pid,
			     u32 pids)
{
	size_t path_bytes = strlen(o->path) + 1;
	struct wire_answer answer;
	struct wire_ask ask = {
		.kind = kind,
		.file = number,
		.path_bytes = path_bytes,
		.pids = pids < WIRE_PIDS ? pids : WIRE_PIDS,
		.build_id_bytes = o->build_id_bytes,
		.identified = o->identified,
		.as = o->as,
	};
	char *names;

	if (path_bytes > PATH_MAX)
		return HELPER_NO;
	memcpy(ask.build_id, o->build_id, sizeof(ask.build_id));
	if (ask.pids)
		memcpy(ask.pid, pid, ask.pids * sizeof(*pid));
	if (!helper_ask(h, &ask, o->path, &answer, &names))
		return HELPER_LOST;
	free(names);
	return answer.nr ? HELPER_YES : HELPER_NO;
}

enum helper_says helper_read_map(struct helper *h, u32 number,
				 const struct model_code *c, bool *changed)
{
	const struct wire_ask ask = {
		.kind = WIRE_CODE,
		.file = number,
		.code = *c,
	};
	struct wire_answer answer;
	char *names;

	if (!helper_ask(h, &ask, NULL, &answer, &names))
		return HELPER_LOST;
	free(names);
	*changed = answer.nr == MAPFILE_CHANGED;
	return answer.nr == MAPFILE_NONE ? HELPER_NO : HELPER_YES;
}

enum helper_says helper_find(struct helper *h, u32 number, u64 offset,
			     function_fn *found, void *arg)
{
	const struct wire_ask ask = {
		.kind = WIRE_FIND,
		.file = number,
		.offset = offset,
	};
	struct wire_answer answer;
	char *names;
	u32 nr;

	if (!helper_ask(h, &ask, NULL, &answer, &names))
		return HELPER_LOST;
	nr = wire_each(names, &answer, h->o->lines, found, arg);
	free(names);
	return nr ? HELPER_YES : HELPER_NO;
}

/* It ends by itself at the end of what it reads, or soon. */
void helper_free(struct helper *h)
{
	struct helper_patience w = helper_patience(HELPER_SHORT);
	char none;

	if (h->pid) {
		shutdown(h->fd, SHUT_WR);
		helper_read(h, &none, 1, &w);
		helper_end(h);
	}
	free(h);
}
