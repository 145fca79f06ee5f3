// SPDX-License-Identifier: GPL-2.0-only
/*
 * sum perftop|schedtop|lattop FILE PID [NAME]: "ns scheds error-ns" (lattop: asleep, sleeps) summed over the rows of that process in a saved
 * view.
 */
#include "view.h"

int main(int argc, char **argv)
{
	struct view v = { 0 };
	struct row s;

	if (argc < 4)
		return 2;
	view_load(&v, argv[2]);
	s = view_sum(&v, view_kind(argv[1]), atol(argv[3]), argc > 4 ? argv[4] : NULL);
	printf("%.0f %llu %.0f\n", s.ticks * 1e6 / view_khz(&v), s.scheds, s.error * 1e6 / view_khz(&v));
	return 0;
}
