// SPDX-License-Identifier: GPL-2.0-only
/* build: -Wl,-e,nest_root */
/*
 * nest [thread|middle|goroutine|goner|ptr]: sleeps in nest3, called by nest2, nest1 and nest_root, and prints where each of them is in the file
 * ("nest3 START END", file offsets, hexadecimal, END excluded) before it is ready. The system call is made in nest3 itself, so no
 * frame of the C library is in between. The frame pointer of nest_root is 0, the ABI's mark of the outermost frame, which that is: the
 * program is entered there, and goes on to the C library's own beginning the first time. With "thread" nest1 is called as the C library
 * begins a thread: what is left then is to exit. With "middle" it's neither, so that the 0 may be anything. With "goroutine" (x86-64)
 * nest1 returns to where Go lets a goroutine return to, as Go has it on the stack; with "goner" likewise, but the frame pointer isn't 0.
 *
 * Built without frame pointers (nestnofp.c), the register holds what nest_root left in it: 7, or with "ptr" the address of words
 * that look like a chain of frames but whose return addresses no call left.
 */
#include "place.h"
#include "call.h"

EXTENT(nest3);
EXTENT(nest2);
EXTENT(nest1);
EXTENT(nest_root);

static const struct timespec moment = { 0, 5 * MSEC };
static long naps;
/* Set once the C library has begun. */
uintptr_t nest_chain, nest_begun;

PLACE(nest3) int nest3(void)
{
	long ret;

	for (;;) {
		ret = raw_call(SYS_nanosleep, (long)&moment, 0, 0, 0, 0);
		if (ret)
			return ret;
		if (++naps == 3) {
			raw_call(SYS_write, 3, (long)"ready\n", 6, 0, 0);
			raw_call(SYS_close, 3, 0, 0, 0, 0);
		}
	}
}

PLACE(nest2) int nest2(void)
{
	int ret = nest3();

	__asm__ volatile("");
	return ret + 1;
}

PLACE(nest1) int nest1(void)
{
	int ret = nest2();

	__asm__ volatile("");
	return ret + 1;
}

/* None returns: the chain below has no end to go back to. The entry is taken to have 64 bytes; the others aren't among them. */
__asm__(".pushsection nest_root_text, \"ax\", @progbits\n"
	".balign 64\n"
	".globl nest_root, nest_thread, nest_middle, nest_goroutine, nest_goner\n.type nest_root, @function\n"
	"nest_root:\n"
#if defined(__x86_64__)
	"	cmpq $0, nest_begun(%rip)\n"
	"	je _start\n"
	"	mov nest_chain(%rip), %rbp\n"
	"	call nest1\n"
	"	ud2\n"
	".balign 64\n"
	"nest_thread:\n"
	"	xor %ebp, %ebp\n"
	"	call nest1\n"
	"	mov %rax, %rdi\n"
	"	mov $60, %eax\n"
	"	syscall\n"
	".balign 64\n"
	"nest_middle:\n"
	"	xor %ebp, %ebp\n"
	"	call nest1\n"
	"	ud2\n"
	"nest_goroutine:\n"
	"	xor %ebp, %ebp\n"
	"1:	lea runtime.goexit + 1(%rip), %rax\n"
	"	push %rax\n"
	"	jmp nest1\n"
	"nest_goner:\n"
	"	mov $7, %ebp\n"
	"	jmp 1b\n"
	".balign 64\n"
	"runtime.goexit:\n"
	"	nop\n"
	"	call nest1\n"
	"	nop\n"
#else
	"	adrp x9, nest_begun\n"
	"	ldr x9, [x9, #:lo12:nest_begun]\n"
	"	cbz x9, 1f\n"
	"	adrp x29, nest_chain\n"
	"	ldr x29, [x29, #:lo12:nest_chain]\n"
	"	bl nest1\n"
	"	brk #1\n"
	"1:	b _start\n"
	".balign 64\n"
	"nest_thread:\n"
	"	mov x29, #0\n"
	"	bl nest1\n"
	"	mov x8, #93\n"
	"	svc #0\n"
	".balign 64\n"
	"nest_middle:\n"
	"	mov x29, #0\n"
	"	bl nest1\n"
	"	brk #1\n"
	"nest_goroutine:\n"
	"nest_goner:\n"
	"	brk #1\n"
#endif
	".size nest_root, . - nest_root\n"
	".popsection\n");
void nest_root(void) __attribute__((noreturn));
void nest_thread(void) __attribute__((noreturn));
void nest_middle(void) __attribute__((noreturn));
void nest_goroutine(void) __attribute__((noreturn));
void nest_goner(void) __attribute__((noreturn));

int main(int argc, char **argv)
{
	uintptr_t decoy[8];

	SAY(nest3);
	SAY(nest2);
	SAY(nest1);
	SAY(nest_root);
	fflush(stdout);
	/* text addresses, but what is before the start of a section isn't a call of ours */
	decoy[0] = (uintptr_t)&decoy[2];
	decoy[1] = (uintptr_t)__start_nest2_text;
	decoy[2] = (uintptr_t)&decoy[4];
	decoy[3] = (uintptr_t)__start_nest2_text + 1;
	decoy[4] = decoy[5] = 0;
	__asm__ volatile("" : : "r"(decoy) : "memory");
#ifdef NEST_NO_FRAMES
	nest_chain = argc > 1 && !strcmp(argv[1], "ptr") ? (uintptr_t)decoy : 7;
#endif
	nest_begun = 1;
	if (argc > 1 && !strcmp(argv[1], "thread"))
		nest_thread();
	if (argc > 1 && !strcmp(argv[1], "middle"))
		nest_middle();
	if (argc > 1 && !strcmp(argv[1], "goroutine"))
		nest_goroutine();
	if (argc > 1 && !strcmp(argv[1], "goner"))
		nest_goner();
	nest_root();
}
