// SPDX-License-Identifier: GPL-2.0-only
#define _GNU_SOURCE
#include <fcntl.h>
#include <signal.h>
#include <stdlib.h>
#include <sys/prctl.h>
#include <sys/syscall.h>
#include <unistd.h>

#include "lib/child.h"

void child_limit(int what, rlim_t most)
{
	struct rlimit limit;

	if (getrlimit(what, &limit))
		return;
	if (limit.rlim_max > most)
		limit.rlim_max = most;
	limit.rlim_cur = limit.rlim_max;
	setrlimit(what, &limit);
}

/* Close all from @from on. */
static void child_close(int from)
{
	int fd, most = sysconf(_SC_OPEN_MAX);

	if (!syscall(__NR_close_range, from, ~0u, 0))
		return;
	/* Before Linux 5.9. The tool has few, whatever it may have. */
	for (fd = from; fd < most && fd < 4096; fd++)
		close(fd);
}

/* One that is held up must not hold what the tool writes to. */
static void child_descriptors(const int *fd, int nr)
{
	int to, above[CHILD_FDS], null = open("/dev/null", O_RDWR);

	/* If the tool was begun without them, any may be one of the first. */
	for (to = 0; to < nr; to++) {
		above[to] = fcntl(fd[to], F_DUPFD, CHILD_FD + nr);
		if (above[to] < 0)
			_exit(TOOL_FAILED);
	}
	for (to = 0; to < nr; to++)
		if (dup2(above[to], CHILD_FD + to) < 0)
			_exit(TOOL_FAILED);
	for (to = 0; to < CHILD_FD; to++)
		if (dup2(null, to) < 0)
			close(to);
	child_close(CHILD_FD + nr);
}

/* Not what the tool does at its end: that is still to come. */
static void child_exit(void)
{
	_exit(TOOL_FAILED);
}

void child_begin(pid_t tool, const int *fd, int nr)
{
	int sig;

	/* Handlers are the tool's, and so are the keys of its terminal. */
	for (sig = 1; sig < NSIG; sig++)
		signal(sig, SIG_DFL);
	setpgid(0, 0);
	prctl(PR_SET_PDEATHSIG, SIGKILL);
	prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0);
	if (nr > CHILD_FDS || getppid() != tool)
		_exit(TOOL_FAILED);
	atexit(child_exit);
	child_limit(RLIMIT_CORE, 0);
	child_descriptors(fd, nr);
}
