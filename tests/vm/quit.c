// SPDX-License-Identifier: GPL-2.0-only
/*
 * quit BAD: ends QEMU with the status 2 * BAD + 1. Nothing is synced or stopped. On x86 by the isa-debug-exit device at port 0x501, as kernels for
 * clouds have no /dev/port; on arm64 by semihosting (SYS_EXIT_EXTENDED).
 */
#include <stdint.h>
#include <stdlib.h>
#ifdef __x86_64__
#include <sys/io.h>
#endif

int main(int argc, char **argv)
{
	unsigned long bad = argc > 1 ? strtoul(argv[1], NULL, 10) : 1;

#ifdef __x86_64__
	if (!ioperm(0x501, 1, 1))
		outb(bad, 0x501);
#else
	/* ADP_Stopped_ApplicationExit */
	uint64_t block[2] = { 0x20026, 2 * bad + 1 };
	register uint64_t x0 __asm__("x0") = 0x20;
	register uint64_t *x1 __asm__("x1") = block;

	__asm__ volatile("hlt #0xf000" : "+r"(x0) : "r"(x1) : "memory");
#endif
	return 1;
}
