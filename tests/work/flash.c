// SPDX-License-Identifier: GPL-2.0-only
/*
 * flash N: N processes, one after the other, which execute this program, sleep for 2 ms and exit. Then waits.
 *
 * flash fork N: the same, but they execute nothing.
 *
 * flash exec N: as the first, but they compute for 2 ms and don't sleep.
 */
#include "work.h"
#include "call.h"

#define FOR 2000000

NOINLINE static void flash_nap(void)
{
	const struct timespec moment = { .tv_nsec = FOR };

	raw_call(SYS_nanosleep, (long)&moment, 0, 0, 0, 0);
	__asm__ volatile("");
}

NOINLINE static void flash_spin(void)
{
	struct timespec from, now;

	clock_gettime(CLOCK_MONOTONIC, &from);
	do
		clock_gettime(CLOCK_MONOTONIC, &now);
	while ((now.tv_sec - from.tv_sec) * 1000000000 + now.tv_nsec - from.tv_nsec < FOR);
}

static void flash_child(const char *how)
{
	if (strcmp(how, "fork")) {
		execl("/bin/flash", "flash", "-x", how, NULL);
		_exit(1);
	}
	set_comm("flashed");
	flash_nap();
	_exit(0);
}

int main(int argc, char **argv)
{
	const char *how = argc == 3 ? argv[1] : "nap";
	int n, status;

	if (argc == 3 && !strcmp(how, "-x")) {
		set_comm("flashed");
		if (!strcmp(argv[2], "exec"))
			flash_spin();
		else
			flash_nap();
		return 0;
	}
	if (argc < 2)
		return 2;
	for (n = atoi(argv[argc - 1]); n; n--) {
		pid_t pid = fork();

		if (!pid)
			flash_child(how);
		if (pid < 0 || waitpid(pid, &status, 0) != pid || status)
			die("a child");
	}
	ready();
	block();
}
