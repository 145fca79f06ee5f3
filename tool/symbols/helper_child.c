// SPDX-License-Identifier: GPL-2.0-only
/* What the helper gives up before it reads files. */
#define _GNU_SOURCE
#include <fcntl.h>
#include <signal.h>
#include <stdlib.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/syscall.h>
#include <unistd.h>

#include "symbols/helper.h"
#include "symbols/index.h"

#define HELPER_FD 3

#define HELPER_DATA (4ull << 30)	/* bytes of its memory */

static void helper_limit(int what, rlim_t most)
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
static void helper_close(int from)
{
	int fd, most = sysconf(_SC_OPEN_MAX);

	if (!syscall(__NR_close_range, from, ~0u, 0))
		return;
	/* Before Linux 5.9. The tool has few, whatever it may have. */
	for (fd = from; fd < most && fd < 4096; fd++)
		close(fd);
}

/*
 * Only @fd stays open, as HELPER_FD. One that is held up must not hold what the
 * tool writes to.
 */
static void helper_descriptors(int fd)
{
	int to, null = open("/dev/null", O_RDWR);

	/* If the tool was begun without them, any may be one of the first. */
	fd = fcntl(fd, F_DUPFD, HELPER_FD + 1);
	if (fd < 0 || dup2(fd, HELPER_FD) < 0)
		_exit(TOOL_FAILED);
	for (to = 0; to < HELPER_FD; to++)
		if (dup2(null, to) < 0)
			close(to);
	helper_close(HELPER_FD + 1);
}

/* Not what the tool does at its end: that is still to come. */
static void helper_exit(void)
{
	_exit(TOOL_FAILED);
}

void helper_child(int fd, pid_t tool, const struct options *o)
{
	int sig;

	/* Handlers are the tool's, and so are the keys of its terminal. */
	for (sig = 1; sig < NSIG; sig++)
		signal(sig, SIG_DFL);
	setpgid(0, 0);
	prctl(PR_SET_PDEATHSIG, SIGKILL);
	prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0);
	if (getppid() != tool)
		_exit(TOOL_FAILED);
	atexit(helper_exit);
	helper_limit(RLIMIT_CORE, 0);
	helper_limit(RLIMIT_FSIZE, INDEX_FILE_MAX);
	helper_limit(RLIMIT_DATA, HELPER_DATA);
	helper_descriptors(fd);
	helper_run(HELPER_FD, o);
	_exit(TOOL_OK);
}
