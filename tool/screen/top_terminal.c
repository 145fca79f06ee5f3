// SPDX-License-Identifier: GPL-2.0-only
/*
 * The terminal is restored at any exit, also by a signal or a crash. Errors are
 * kept until then, so that they aren't erased with the screen.
 */
#define _GNU_SOURCE
#include <curses.h>
#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <termios.h>
#include <time.h>
#include <unistd.h>

#include "model/snapshots.h"
#include "screen/top.h"

/* Last, as it makes macros of short names. */
#include <term.h>

#define NSEC 1000000000ull

static struct {
	FILE *in;
	SCREEN *screen;
	struct termios before;
	sigset_t waiting;		/* the mask while we wait for a key */
	int errors, stderr_before;	/* descriptors; -1: none */
	char leave[256];		/* what restores it, for a crash */
	size_t leave_len;
	bool up, colours, hung_up;
} term = { .errors = -1, .stderr_before = -1 };

static volatile sig_atomic_t term_signal;

/* ---- put back */

/* What was said while the screen was ours. */
static void term_errors(void)
{
	char text[4096];
	ssize_t n;

	if (term.errors < 0)
		return;
	fflush(stderr);
	dup2(term.stderr_before, STDERR_FILENO);
	close(term.stderr_before);
	lseek(term.errors, 0, SEEK_SET);
	while ((n = read(term.errors, text, sizeof(text))) > 0)
		if (write(STDERR_FILENO, text, n) < 0)
			break;
	close(term.errors);
	term.errors = -1;
}

void top_terminal_stop(void)
{
	if (!term.up)
		return;
	term.up = false;
	endwin();
	delscreen(term.screen);
	if (term.in != stdin)
		fclose(term.in);
	term_errors();
}

/* We have crashed: nothing may be called but what a signal handler may. */
static void term_crash(int sig)
{
	if (term.up) {
		tcsetattr(STDOUT_FILENO, TCSANOW, &term.before);
		if (write(STDOUT_FILENO, term.leave, term.leave_len) < 0)
			term.up = false;
	}
	raise(sig);
}

static void term_leave_add(const char *capability)
{
	const char *s = tigetstr(capability);
	size_t len = s && s != (char *)-1 ? strlen(s) : 0;

	if (len > sizeof(term.leave) - term.leave_len)
		len = 0;
	if (len)
		memcpy(term.leave + term.leave_len, s, len);
	term.leave_len += len;
}

/* ---- signals */

static void term_end(int sig)
{
	term_signal = sig;
}

static const int term_ends[] = { SIGINT, SIGTERM, SIGHUP, SIGQUIT };
static const int term_crashes[] = { SIGSEGV, SIGBUS, SIGFPE, SIGILL, SIGABRT };

static void term_signals(void)
{
	struct sigaction end = { .sa_handler = term_end };
	struct sigaction crash = {
		.sa_handler = term_crash, .sa_flags = SA_RESETHAND | SA_NODEFER,
	};
	sigset_t ours;
	size_t i;

	sigemptyset(&ours);
	/* Blocked but while we wait, so that none comes just before that. */
	sigaddset(&ours, SIGWINCH);
	for (i = 0; i < ARRAY_SIZE(term_ends); i++) {
		sigaction(term_ends[i], &end, NULL);
		sigaddset(&ours, term_ends[i]);
	}
	for (i = 0; i < ARRAY_SIZE(term_crashes); i++)
		sigaction(term_crashes[i], &crash, NULL);
	sigprocmask(SIG_BLOCK, &ours, &term.waiting);
	for (i = 0; i < ARRAY_SIZE(term_ends); i++)
		sigdelset(&term.waiting, term_ends[i]);
	sigdelset(&term.waiting, SIGWINCH);
}

bool top_terminal_ended(void)
{
	return term_signal || term.hung_up;
}

int top_terminal_exit(void)
{
	int sig = term_signal;

	/* ^C is a way to say "quit". */
	if (!sig || sig == SIGINT)
		return term.hung_up ? TOOL_FAILED : TOOL_OK;
	signal(sig, SIG_DFL);
	sigprocmask(SIG_SETMASK, &term.waiting, NULL);
	raise(sig);
	return TOOL_FAILED;
}

/* ---- begin */

static void term_colours(void)
{
	const char *no = getenv("NO_COLOR");

	if ((no && *no) || !has_colors())
		return;
	start_color();
	use_default_colors();
	term.colours = init_pair(1, COLOR_RED, -1) != ERR &&
		       init_pair(2, COLOR_YELLOW, -1) != ERR &&
		       init_pair(3, COLOR_CYAN, -1) != ERR;
}

bool top_terminal_colours(void)
{
	return term.colours;
}

void top_terminal_start(void)
{
	const char *type = getenv("TERM");

	if (!isatty(STDOUT_FILENO))
		die(TOOL_USAGE, "top needs a terminal; perftop report, lat and sched print");
	/* What is read may be the standard input: -i - */
	term.in = isatty(STDIN_FILENO) ? stdin : fopen("/dev/tty", "r");
	if (!term.in)
		die(TOOL_USAGE, "top needs a terminal for its keys: /dev/tty: %s",
		    strerror(errno));
	tcgetattr(STDOUT_FILENO, &term.before);
	term_signals();
	/* Escape is a key by itself: don't wait a second for a sequence. */
	setenv("ESCDELAY", "50", 0);
	term.screen = newterm(NULL, stdout, term.in);
	if (!term.screen)
		die(TOOL_USAGE, "TERM=%s: no such terminal is known here",
		    type ? type : "");
	term.up = true;
	atexit(top_terminal_stop);
	term.errors = memfd_create("errors", MFD_CLOEXEC);
	term.stderr_before = fcntl(STDERR_FILENO, F_DUPFD_CLOEXEC, 3);
	if (term.errors >= 0 && term.stderr_before >= 0)
		dup2(term.errors, STDERR_FILENO);
	term_leave_add("sgr0");
	term_leave_add("cnorm");
	term_leave_add("rmcup");
	term_leave_add("rmkx");
	cbreak();
	noecho();
	nonl();
	keypad(stdscr, TRUE);
	nodelay(stdscr, TRUE);
	curs_set(0);
	term_colours();
}

/* ---- keys */

int top_terminal_key(u64 due)
{
	struct pollfd p = { .fd = fileno(term.in), .events = POLLIN };
	struct timespec t;
	u64 now;
	int key, n;

	/* One that curses has read already, or a new size. */
	key = getch();
	if (key != ERR)
		return key;
	now = now_ns();
	now = due > now ? due - now : 0;
	t = (struct timespec) { now / NSEC, now % NSEC };
	n = ppoll(&p, 1, due ? &t : NULL, &term.waiting);
	if (n < 0)
		return errno == EINTR ? getch() : ERR;
	key = n ? getch() : ERR;
	/* Readable, but nothing to read: it's gone. */
	if (n && key == ERR && (p.revents & (POLLHUP | POLLERR | POLLNVAL)))
		term.hung_up = true;
	return key;
}
