// SPDX-License-Identifier: GPL-2.0-only
/*
 * term SECONDS:KEYS... -- COMMAND...: runs it on a terminal of 80x24, types KEYS after so many seconds each, and prints what it writes there.
 * The status is the command's; 99: it didn't end within a minute after the last key.
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

/* Print what comes until @until. Returns whether there's an end. */
static int term_relay(int fd, long long until)
{
	struct pollfd p = { .fd = fd, .events = POLLIN };
	char buf[4096];
	ssize_t n;

	while (wall_ns() < until) {
		if (poll(&p, 1, 100) <= 0)
			continue;
		n = read(fd, buf, sizeof(buf));
		if (n <= 0)
			return 1;
		if (write(1, buf, n) != n)
			die("write");
	}
	return 0;
}

int main(int argc, char **argv)
{
	int master = posix_openpt(O_RDWR | O_NOCTTY | O_CLOEXEC), slave, status, i, end = 0;
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
	for (i = 1; !end && strcmp(argv[i], "--"); i++) {
		end = term_relay(master, wall_ns() + strtol(argv[i], &keys, 10) * SEC);
		if (!end && write(master, keys + 1, strlen(keys + 1)) < 0)
			die("write");
	}
	if (!end && !term_relay(master, wall_ns() + 60 * SEC))
		return 99;
	if (waitpid(pid, &status, 0) != pid)
		die("waitpid");
	return WIFEXITED(status) ? WEXITSTATUS(status) : 98;
}
