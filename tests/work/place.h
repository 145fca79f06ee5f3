/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Functions whose place in the program's file is known: each has a section of its own, so the linker knows where it starts and ends.
 *
 *	EXTENT(name);
 *	PLACE(name) int name(void) { ... }
 *	SAY(name);		prints "name START END", file offsets, hexadecimal, END excluded
 */
#ifndef PLACE_H
#define PLACE_H

#include "work.h"

#define PLACE(name) __attribute__((noinline, noclone, used, section(#name "_text")))
#define EXTENT(name) extern char __start_##name##_text[], __stop_##name##_text[]

/* The file offset of an address of the program, from its own map. */
static unsigned long file_offset(const char *addr)
{
	unsigned long start, end, offset, at = (unsigned long)addr;
	FILE *f = fopen("/proc/self/maps", "r");
	char line[512];

	while (f && fgets(line, sizeof(line), f))
		if (sscanf(line, "%lx-%lx %*s %lx", &start, &end, &offset) == 3 && at >= start && at < end)
			return fclose(f), at - start + offset;
	die("no mapping");
}

#define SAY(name) printf(#name " %lx %lx\n", file_offset(__start_##name##_text), \
			 file_offset(__start_##name##_text) + (__stop_##name##_text - __start_##name##_text))

#endif
