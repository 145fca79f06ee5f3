// SPDX-License-Identifier: GPL-2.0-only
/* not on arm64: the instruction that marks a word is x86's */
/*
 * plugsay WORD...: tells the plugin tests/bench/lines.c something. A word is a number in hexadecimal (0x...), or up to eight characters.
 */
#include "work.h"

int main(int argc, char **argv)
{
	volatile unsigned long long said;

	for (int i = 1; i < argc; i++) {
		unsigned long long word = 0;

		if (!strncmp(argv[i], "0x", 2))
			word = strtoull(argv[i], NULL, 16);
		else
			memcpy(&word, argv[i], strnlen(argv[i], sizeof(word)));
		__asm__ volatile("nopw 0x706f7470(%%rax,%%rax)\n\tmovq %1, %0" : "=m"(said) : "r"(word));
	}
	return 0;
}
