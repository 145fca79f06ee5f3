// SPDX-License-Identifier: GPL-2.0-only
/*
 * brief [-n COUNT] [-e EVERY]: COUNT (100000) processes that sleep for a moment, once, and exit. Most share their memory with the first
 * (clone), which is what makes so many of them possible on an emulated machine; one of EVERY (250) is forked and executes another program,
 * "brief -x", that does the same, and calls itself "briefly". Prints its pid, how many there were of either kind, and how often pids came again.
 */
#include "work.h"
#include "call.h"

#define ABREAST 24

/* So long that on a slow machine, too, it hasn't passed before the thread sleeps. */
static const struct timespec moment = { 0, 2000000 };

static struct place {
	pid_t pid;		/* the kernel clears it when the process is gone */
	char stack[8192] __attribute__((aligned(16)));
} places[ABREAST];

/* Without the C library, whose memory is the parent's. */
NOINLINE static int brief_here(void *unused)
{
	(void)unused;
	raw_call(SYS_nanosleep, (long)&moment, 0, 0, 0, 0);
	raw_call(SYS_exit, 0, 0, 0, 0, 0);
	return 0;
}

static void execute(void)
{
	pid_t pid = vfork();

	if (!pid) {
		execl("/bin/brief", "brief-x", "-x", NULL);
		_exit(1);
	}
	if (pid < 0 && errno != EAGAIN)
		die("vfork");
}

int main(int argc, char **argv)
{
	long n = 100000, every = 250, made = 0, executed = 0, again = 0;
	pid_t last = 0;
	int opt, at = 0, execs = 0;

	while ((opt = getopt(argc, argv, "n:e:x")) != -1) {
		if (opt == 'n')
			n = atol(optarg);
		else if (opt == 'e')
			every = atol(optarg);
		else if (opt == 'x')
			execs = 1;
		else
			return 2;
	}
	if (execs) {
		set_comm("briefly");
		return brief_here(NULL);
	}
	/* Nobody has to wait for them. */
	signal(SIGCHLD, SIG_IGN);
	prctl(PR_SET_TIMERSLACK, 1);
	while (made < n) {
		struct place *p = &places[at++ % ABREAST];
		pid_t pid;

		if (made / every > executed) {
			execute();
			executed++;
			made++;
			continue;
		}
		if (__atomic_load_n(&p->pid, __ATOMIC_ACQUIRE)) {
			if (at % ABREAST == 0)
				nap_ns(20000);
			continue;
		}
		pid = clone(brief_here, p->stack + sizeof(p->stack), CLONE_VM | CLONE_FS | CLONE_FILES | CLONE_SIGHAND | CLONE_CHILD_CLEARTID |
			    CLONE_PARENT_SETTID | SIGCHLD, NULL, &p->pid, NULL, &p->pid);
		if (pid < 0 && errno != EAGAIN)
			die("clone");
		if (pid < 0)
			continue;
		again += pid < last;
		last = pid;
		made++;
	}
	printf("%d %ld %ld %ld\n", getpid(), made - executed, executed, again);
	return 0;
}
