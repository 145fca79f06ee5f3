// SPDX-License-Identifier: GPL-2.0-only
/*
 * eat: a child takes all memory that there is, page after page, until the kernel kills it, as the first of all; and then another one
 * does. For ever.
 */
#include "work.h"

#include <sys/mman.h>

#define EAT_CHUNK (1 << 20)

static void eat_worst(void)
{
	int fd = open("/proc/self/oom_score_adj", O_WRONLY);

	if (fd < 0 || write(fd, "1000", 4) != 4)
		die("oom_score_adj");
	close(fd);
}

__attribute__((noreturn)) NOINLINE static void eat_all(void)
{
	/* It doesn't outlive its parent. */
	if (prctl(PR_SET_PDEATHSIG, SIGKILL))
		die("prctl");
	eat_worst();
	for (;;) {
		char *p = mmap(NULL, EAT_CHUNK, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS | MAP_POPULATE, -1, 0);

		if (p == MAP_FAILED)
			pause();
		/* A little while in which others notice that nothing is left. */
		nap_ns(MSEC / 10);
	}
}

int main(void)
{
	int status;
	pid_t pid;

	for (;;) {
		pid = fork();
		if (!pid) {
			not_ready();
			eat_all();
		}
		if (pid < 0 && errno != ENOMEM && errno != EAGAIN)
			die("fork");
		if (pid < 0)
			continue;
		waitpid(pid, &status, 0);
		ready();
	}
}
