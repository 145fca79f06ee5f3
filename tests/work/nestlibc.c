// SPDX-License-Identifier: GPL-2.0-only
/* build: -O0 */
/*
 * nestlibc: functions in each other, with frame pointers, that call sleep() of the C library, which keeps none. A signal ends each sleep.
 */
#include "work.h"

#include <sys/time.h>

static void wake(int sig) { (void)sig; }

static void inner(void)
{
	static const struct itimerval often = { { 0, 5000 }, { 0, 5000 } };

	signal(SIGALRM, wake);
	setitimer(ITIMER_REAL, &often, NULL);
	for (int naps = 0;; naps++) {
		if (naps == 3)
			ready();
		sleep(10);
	}
}

static void middle(void) { inner(); }
static void outer(void) { middle(); }

int main(void)
{
	outer();
}
