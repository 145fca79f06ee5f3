// SPDX-License-Identifier: GPL-2.0-only
/* piperead [-c CPU]: reads a pipe that is empty except for the byte its child writes every 10 ms. */
#include "work.h"

NOINLINE static void piperead_here(int fd)
{
	char c;

	for (int i = 0; read(fd, &c, 1) == 1; i++)
		if (i == 3)
			ready();
}

int main(int argc, char **argv)
{
	int fd[2];

	if (argc > 2 && !strcmp(argv[1], "-c"))
		pin(atoi(argv[2]));
	if (pipe(fd))
		die("pipe");
	if (!spawn()) {
		set_comm("pipefeed");
		not_ready();
		for (;;) {
			nap_ns(10 * MSEC);
			if (write(fd[1], "", 1) != 1)
				return 0;
		}
	}
	piperead_here(fd[0]);
}
