// SPDX-License-Identifier: GPL-2.0-only
/*
 * A thread draws the line: one call of a library may take long, too, and a
 * signal would end a sleep, or a read. It allocates nothing, and exits don't
 * wait for it.
 */
#include <pthread.h>
#include <signal.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>

#include "lib/progress.h"

#define PROGRESS_FIRST 1000	/* ms */
#define PROGRESS_AGAIN 250

static struct {
	bool enabled;
	pthread_t thread;
	bool running;		/* the thread is */
	pthread_mutex_t lock;	/* of all that follows */
	pthread_cond_t stop;
	bool stopped;
	bool hidden;		/* other text is written */
	bool split;		/* and is within a line */
	int shown;		/* columns that are on the terminal */
	u64 rows, of;
	char text[256];
} line = {
	.lock = PTHREAD_MUTEX_INITIALIZER,
};

void progress_enable(void)
{
	line.enabled = isatty(STDERR_FILENO);
}

bool progress_wanted(void)
{
	return line.enabled;
}

static void progress_write(const char *s, int len)
{
	/* An error can't be reported where this can't be written. */
	if (write(STDERR_FILENO, s, len) < 0)
		return;
}

static void progress_erase(void)
{
	char blanks[sizeof(line.text) + 2];

	if (!line.shown)
		return;
	memset(blanks, ' ', sizeof(blanks));
	blanks[0] = '\r';
	blanks[line.shown + 1] = '\r';
	progress_write(blanks, line.shown + 2);
	line.shown = 0;
}

/* In one line, whatever the terminal's width; and only in the foreground. */
static void progress_draw(void)
{
	pid_t foreground = tcgetpgrp(STDERR_FILENO);
	char text[2 * sizeof(line.text) + 2];
	struct winsize size;
	int len, room = 79;

	if (line.hidden || !line.text[0] ||
	    (foreground > 0 && foreground != getpgrp()))
		return;
	if (!ioctl(STDERR_FILENO, TIOCGWINSZ, &size) && size.ws_col)
		room = size.ws_col - 1;
	len = strlen(line.text);
	if (len > room)
		len = room;
	/* Blank the rest of a longer one; the cursor goes behind ours. */
	snprintf(text, sizeof(text), "\r%-*.*s", line.shown, len, line.text);
	progress_write(text, strlen(text));
	if (len < line.shown) {
		snprintf(text, sizeof(text), "\r%.*s", len, line.text);
		progress_write(text, strlen(text));
	}
	line.shown = len;
}

static void *progress_thread(void *arg)
{
	struct timespec t;
	u32 ms = PROGRESS_FIRST;

	(void)arg;
	pthread_mutex_lock(&line.lock);
	clock_gettime(CLOCK_MONOTONIC, &t);
	while (!line.stopped) {
		t.tv_nsec += ms % 1000 * 1000000;
		t.tv_sec += ms / 1000 + t.tv_nsec / 1000000000;
		t.tv_nsec %= 1000000000;
		while (!line.stopped &&
		       !pthread_cond_timedwait(&line.stop, &line.lock, &t))
			;
		if (!line.stopped)
			progress_draw();
		ms = PROGRESS_AGAIN;
	}
	pthread_mutex_unlock(&line.lock);
	return NULL;
}

/* Signals are for the program itself. */
static void progress_start(void)
{
	pthread_condattr_t attr;
	sigset_t all, before;

	pthread_condattr_init(&attr);
	pthread_condattr_setclock(&attr, CLOCK_MONOTONIC);
	pthread_cond_init(&line.stop, &attr);
	pthread_condattr_destroy(&attr);
	line.stopped = false;
	sigfillset(&all);
	pthread_sigmask(SIG_SETMASK, &all, &before);
	line.running = !pthread_create(&line.thread, NULL, progress_thread,
				       NULL);
	pthread_sigmask(SIG_SETMASK, &before, NULL);
	/* Then it goes without. */
	line.enabled = line.running;
}

void progress(const char *fmt, ...)
{
	va_list args;
	int len = 0;

	if (!line.enabled)
		return;
	pthread_mutex_lock(&line.lock);
	if (line.of)
		len = snprintf(line.text, sizeof(line.text),
			       "row %llu of %llu; ", line.rows, line.of);
	va_start(args, fmt);
	vsnprintf(line.text + len, sizeof(line.text) - len, fmt, args);
	va_end(args);
	line.hidden = line.split;
	pthread_mutex_unlock(&line.lock);
	if (!line.running)
		progress_start();
}

void progress_end(void)
{
	if (line.running) {
		pthread_mutex_lock(&line.lock);
		line.stopped = true;
		pthread_cond_signal(&line.stop);
		pthread_mutex_unlock(&line.lock);
		pthread_join(line.thread, NULL);
		pthread_cond_destroy(&line.stop);
		line.running = false;
	}
	progress_erase();
	line.text[0] = '\0';
	line.rows = 0;
	line.of = 0;
}

void progress_rows(u64 nr, u64 of)
{
	line.rows = nr;
	line.of = of;
}

void progress_hide(int fd, bool whole)
{
	struct stat st;

	if (!line.enabled)
		return;
	pthread_mutex_lock(&line.lock);
	if (isatty(fd)) {
		progress_erase();
		line.hidden = true;
		line.split = !whole;
	} else if (!fstat(fd, &st) && !S_ISREG(st.st_mode) &&
		   !S_ISCHR(st.st_mode)) {
		progress_erase();
		line.hidden = true;
		line.enabled = false;
	}
	pthread_mutex_unlock(&line.lock);
}
