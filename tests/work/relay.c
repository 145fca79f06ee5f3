// SPDX-License-Identifier: GPL-2.0-only
/* relay: a process that forks and exits, and so does its child, and so on, until relay is killed. */
#include "work.h"
#include <poll.h>

int main(void)
{
	struct pollfd p;
	int fd[2], i;

	signal(SIGCHLD, SIG_IGN);
	if (pipe(fd))
		die("pipe");
	if (!fork()) {
		close(fd[1]);
		p.fd = fd[0];
		for (i = 0; poll(&p, 1, 0) == 0; i++) {
			if (i == 5)
				ready();
			if (fork())
				_exit(0);
		}
		_exit(0);
	}
	if (getenv("READY"))
		close(3);
	block();
}
