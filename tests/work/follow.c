// SPDX-License-Identifier: GPL-2.0-only
/*
 * follow [-b BYTES] [-c CPU] [-w] MARK: what /proc/perftop_events has, as much at a time (64 KiB), until a line has MARK in it. It is ready
 * when it has read the header. -w: and then reads no more until it gets SIGUSR1.
 */
#include "work.h"

#define HEADER_END "; event\n"

static char buf[1 << 16];
static size_t size = sizeof(buf);

/* The text of the last line as far as it is known, of that what may still become the mark. */
static char line[1 << 16];
static size_t len;

/* Returns whether a line that ends here has MARK in it. */
static int follow_add(const char *s, size_t n, const char *mark)
{
	for (size_t i = 0; i < n; i++) {
		if (len == sizeof(line) - 1)
			die("a line without end");
		line[len++] = s[i];
		if (s[i] != '\n')
			continue;
		line[len] = '\0';
		len = 0;
		if (strstr(line, mark))
			return 1;
	}
	return 0;
}

static void follow_until(int fd, const char *mark)
{
	ssize_t n;
	int found;

	do {
		n = read(fd, buf, size);
		if (n <= 0)
			die("read: %zd", n);
		found = follow_add(buf, n, mark);
		if (fwrite(buf, 1, n, stdout) != (size_t)n)
			die("write");
	} while (!found);
}

int main(int argc, char **argv)
{
	int opt, fd, sig, wait = 0;
	sigset_t set;

	while ((opt = getopt(argc, argv, "b:c:w")) != -1) {
		if (opt == 'b')
			size = atoi(optarg);
		else if (opt == 'c')
			pin(atoi(optarg));
		else if (opt == 'w')
			wait = 1;
		else
			return 2;
	}
	sigemptyset(&set);
	sigaddset(&set, SIGUSR1);
	sigprocmask(SIG_BLOCK, &set, NULL);
	fd = open("/proc/perftop_events", O_RDONLY);
	if (fd < 0)
		die("open");
	follow_until(fd, HEADER_END);
	fflush(stdout);
	ready();
	if (wait)
		sigwait(&set, &sig);
	follow_until(fd, argv[optind]);
	return 0;
}
