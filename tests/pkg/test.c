/* SPDX-License-Identifier: GPL-2.0-only */
/* Somebody's program, which knows nothing of perftop: "gcc -O0 -o userproc test.c". */
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

static int compare(const void *a, const void *b)
{
	usleep(10000);
	return *(const int *)a - *(const int *)b;
}

static void work(int *n, int nr)
{
	qsort(n, nr, sizeof(*n), compare);
}

static void loop(void)
{
	for (;;) {
		int n[] = { 5, 3, 8, 1, 9, 2 };

		work(n, sizeof(n) / sizeof(*n));
	}
}

int main(void)
{
	loop();
	return 0;
}
