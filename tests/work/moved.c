// SPDX-License-Identifier: GPL-2.0-only
/*
 * moved COUNT: so many children, one after the other, go to sleep on the last CPU, where somebody computes, and are moved to the first one while
 * the scheduler of 6.12 and later, to whom they owe time, still has them in its queue. A while later they wake up, and then they block for good.
 * Prints for each when all do so:
 *	PID delay since asleep	in ns: delay by schedstat, and what of it is since it went to sleep; and for at least so long it slept
 */
#include "work.h"

#define MOVED_MOST 64
#define MOVED_NAP (500 * MSEC)

/* Not by what makes the kernel wait until it's off its queue, as /proc/PID/syscall does: then it isn't there any more. */
static int moved_state(pid_t pid)
{
	char text[512], *end;

	proc_text(pid, "stat", text, sizeof(text));
	end = strrchr(text, ')');
	return end && end[1] ? end[2] : 0;
}

static unsigned long long moved_delay(pid_t pid)
{
	unsigned long long ran, delay;
	char text[128];

	proc_text(pid, "schedstat", text, sizeof(text));
	if (sscanf(text, "%llu %llu", &ran, &delay) != 2)
		wrong("%d: schedstat has %s", pid, text);
	return delay;
}

__attribute__((noreturn)) NOINLINE static void moved_child(int fd, int cpu)
{
	char c;

	set_policy("other");
	/* So what it has had is more than others can make up for soon. */
	set_policy("nice:19");
	pin(cpu);
	burn(CLOCK_PROCESS_CPUTIME_ID, 8 * MSEC);
	if (read(fd, &c, 1) != 1)
		die("read");
	block();
}

int main(int argc, char **argv)
{
	int cpus = sysconf(_SC_NPROCESSORS_ONLN), count, go[2], i;
	long long slept[MOVED_MOST], from;
	unsigned long long before[MOVED_MOST], delay;
	pid_t pid[MOVED_MOST], hog;
	cpu_set_t first;

	if (argc != 2 || (count = atoi(argv[1])) < 1 || count > MOVED_MOST)
		return 2;
	/* At once, and before all that is on that CPU. */
	pin(0);
	set_policy("fifo");
	CPU_ZERO(&first);
	CPU_SET(0, &first);
	hog = spawn();
	if (!hog) {
		not_ready();
		set_policy("other");
		pin(cpus - 1);
		for (;;)
			burn(CLOCK_MONOTONIC, SEC);
	}
	for (i = 0; i < count; i++) {
		if (pipe(go))
			die("pipe");
		pid[i] = spawn();
		if (!pid[i]) {
			not_ready();
			moved_child(go[0], cpus - 1);
		}
		/* Until then it needs this CPU; which it leaves when it's pinned. */
		set_policy("other");
		while (moved_state(pid[i]) != 'S')
			;
		if (sched_setaffinity(pid[i], sizeof(first), &first))
			die("affinity of %d", pid[i]);
		before[i] = moved_delay(pid[i]);
		set_policy("fifo");
		from = wall_ns();
		nap_ns(MOVED_NAP);
		slept[i] = wall_ns() - from;
		if (write(go[1], "", 1) != 1)
			die("write");
		close(go[0]);
		close(go[1]);
		/* Nobody else may keep it from the CPU. */
		while (moved_state(pid[i]) != 'S')
			nap_ns(MSEC);
	}
	for (i = 0; i < count; i++) {
		delay = moved_delay(pid[i]);
		printf("%d %llu %llu %lld\n", pid[i], delay, delay - before[i], slept[i]);
	}
	fflush(stdout);
	kill(hog, SIGKILL);
	ready();
	block();
}
