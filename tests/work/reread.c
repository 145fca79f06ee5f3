// SPDX-License-Identifier: GPL-2.0-only
/* reread FILE READERS [POLICY]: so many processes that read it again and again. Ready when each has once. POLICY: see set_policy() in work.h. */
#include "work.h"

static void read_once(const char *path)
{
	int fd = open(path, O_RDONLY);
	static char buf[65536];

	if (fd < 0)
		die("%s", path);
	while (read(fd, buf, sizeof(buf)) > 0)
		;
	close(fd);
}

int main(int argc, char **argv)
{
	int i, nr = argc > 2 ? atoi(argv[2]) : 1;
	int done[2];
	char byte;

	if (argc < 2 || pipe(done))
		die("reread FILE READERS");
	for (i = 0; i < nr; i++) {
		if (fork())
			continue;
		prctl(PR_SET_PDEATHSIG, SIGKILL);
		if (argc > 3)
			set_policy(argv[3]);
		read_once(argv[1]);
		if (write(done[1], "", 1) != 1)
			die("write");
		for (;;)
			read_once(argv[1]);
	}
	/* A thread that hardly ever runs may take long. */
	for (i = 0; argc <= 3 && i < nr; i++)
		if (read(done[0], &byte, 1) != 1)
			die("read");
	ready();
	for (;;)
		pause();
}
