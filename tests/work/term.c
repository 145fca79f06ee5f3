// SPDX-License-Identifier: GPL-2.0-only
/*
 * term TEXT=KEYS... -- COMMAND...: runs it on a terminal of 80x24, types KEYS when it has written TEXT since the last ones, and prints all that it
 * writes. The status is the command's; 99: it doesn't write that, or doesn't end after the last keys, within three minutes.
 */
#include "work.h"

#include <poll.h>
#include <sys/ioctl.h>

static void term_run(int fd, char **argv)
{
	const struct winsize size = { .ws_row = 24, .ws_col = 80 };

	setsid();
	if (ioctl(fd, TIOCSCTTY, 0) || ioctl(fd, TIOCSWINSZ, &size))
		die("the terminal");
	for (int i = 0; i < 3; i++)
		dup2(fd, i);
	execvp(argv[0], argv);
	die("%s", argv[0]);
}

/* Print what comes until there's @text in it, or, without one, until the end. Returns whether that came. */
static int term_relay(int fd, const char *text, size_t len)
{
	struct pollfd p = { .fd = fd, .events = POLLIN };
	long long end = wall_ns() + 180 * SEC;
	char buf[1 << 16];
	size_t have = 0;
	ssize_t n;

	while (wall_ns() < end) {
		if (poll(&p, 1, 100) <= 0)
			continue;
		/* What may be the begin of it is kept. */
		if (have > sizeof(buf) / 2) {
			memmove(buf, buf + have - len, len);
			have = len;
		}
		n = read(fd, buf + have, sizeof(buf) - have);
		if (n <= 0)
			return !text;
		if (write(1, buf + have, n) != n)
			die("write");
		have += n;
		if (text && memmem(buf, have, text, len))
			return 1;
	}
	return 0;
}

int main(int argc, char **argv)
{
	int master = posix_openpt(O_RDWR | O_NOCTTY | O_CLOEXEC), slave, status, i;
	char *keys;
	pid_t pid;

	for (i = 1; i < argc && strcmp(argv[i], "--"); i++)
		;
	if (i + 1 >= argc || master < 0 || grantpt(master) || unlockpt(master))
		die("usage, or no terminal");
	slave = open(ptsname(master), O_RDWR | O_NOCTTY | O_CLOEXEC);
	if (slave < 0)
		die("open");
	pid = fork();
	if (!pid)
		term_run(slave, argv + i + 1);
	close(slave);
	for (i = 1; strcmp(argv[i], "--"); i++) {
		keys = strchr(argv[i], '=');
		if (!keys)
			die("usage: TEXT=KEYS");
		if (!term_relay(master, argv[i], keys - argv[i]))
			return 99;
		if (write(master, keys + 1, strlen(keys + 1)) < 0)
			die("write");
	}
	if (!term_relay(master, NULL, 0))
		return 99;
	if (waitpid(pid, &status, 0) != pid)
		die("waitpid");
	return WIFEXITED(status) ? WEXITSTATUS(status) : 98;
}
