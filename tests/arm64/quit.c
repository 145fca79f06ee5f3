// SPDX-License-Identifier: GPL-2.0-only
/*
 * quit STATUS: ends QEMU with that status, by semihosting (SYS_EXIT_EXTENDED). Nothing is synced or stopped.
 */
#include <stdint.h>
#include <stdlib.h>

int main(int argc, char **argv)
{
	/* ADP_Stopped_ApplicationExit */
	uint64_t block[2] = { 0x20026, argc > 1 ? strtoul(argv[1], NULL, 10) : 1 };
	register uint64_t x0 __asm__("x0") = 0x20;
	register uint64_t *x1 __asm__("x1") = block;

	__asm__ volatile("hlt #0xf000" : "+r"(x0) : "r"(x1) : "memory");
	return 1;
}
