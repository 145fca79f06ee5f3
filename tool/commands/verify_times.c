// SPDX-License-Identifier: GPL-2.0-only
/*
 * When a wakeup is to preempt, the scheduler reads its clock for the wakeup and
 * not again for the switch: the woken thread's account begins while the other
 * one still has the CPU. The module's begin with the switch. To compare them it
 * is told to begin where the scheduler does (verify_times) while perftop verify
 * runs; nothing else changes.
 */
#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "commands/verify.h"
#include "lib/tool.h"

#define VERIFY_TIMES "/sys/module/perftop/parameters/verify_times"

static int verify_fd = -1;

static void verify_times_end(void)
{
	if (verify_fd >= 0 && pwrite(verify_fd, "0", 1, 0) != 1)
		warn(VERIFY_TIMES ": %s", strerror(errno));
	verify_fd = -1;
}

static void verify_times_killed(int signal)
{
	ssize_t n = pwrite(verify_fd, "0", 1, 0);

	(void)n;
	raise(signal);
}

const char *verify_times_begin(void)
{
	static const int ends[] = { SIGHUP, SIGINT, SIGQUIT, SIGPIPE, SIGTERM };
	const struct sigaction killed = {
		.sa_handler = verify_times_killed,
		.sa_flags = SA_RESETHAND | SA_NODEFER,
	};
	char is = '0';
	u32 i;

	verify_fd = open(VERIFY_TIMES, O_RDWR | O_CLOEXEC);
	if (verify_fd < 0)
		return strerror(errno);
	if (pread(verify_fd, &is, 1, 0) != 1)
		return strerror(errno);
	/* It was set by another, who may want it for longer. */
	if (is != '0')
		return NULL;
	for (i = 0; i < ARRAY_SIZE(ends); i++) {
		struct sigaction old;

		/* Some are ignored under nohup and in a script's background. */
		if (!sigaction(ends[i], NULL, &old) &&
		    old.sa_handler != SIG_IGN)
			sigaction(ends[i], &killed, NULL);
	}
	if (pwrite(verify_fd, "1", 1, 0) != 1)
		return strerror(errno);
	atexit(verify_times_end);
	return NULL;
}
