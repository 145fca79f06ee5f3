// SPDX-License-Identifier: GPL-2.0-only
/* not on arm64: frames of AArch32 can't be followed */
/* build: -m32 -nostdlib -nostartfiles -fno-pie -no-pie -fno-stack-protector -Wl,-e,nest_root */
/*
 * nest32: as nest, a 32-bit program. It has no C library, which a machine that builds it needn't have for 32 bits.
 */
#define PLACE(name) __attribute__((noinline, noclone, used, section(#name "_text")))
#define EXTENT(name) extern char __start_##name##_text[], __stop_##name##_text[]

enum { NR_EXIT = 1, NR_WRITE = 4, NR_CLOSE = 6, NR_CLOCK_NANOSLEEP = 407 };

EXTENT(nest3);
EXTENT(nest2);
EXTENT(nest1);
EXTENT(nest_root);
extern char __executable_start[];

/* Of 64 bits: not all kernels have the calls whose times have fewer. */
static const struct { long long s, ns; } moment = { 0, 5000000 };
static int naps;

static inline __attribute__((always_inline)) int call(int nr, int a, int b, int c, int d)
{
	int ret;

	__asm__ volatile("int $0x80" : "=a"(ret) : "0"(nr), "b"(a), "c"(b), "d"(c), "S"(d) : "memory");
	return ret;
}

PLACE(nest3) int nest3(void)
{
	int ret;

	for (;;) {
		ret = call(NR_CLOCK_NANOSLEEP, 1, 0, (int)&moment, 0);
		if (ret)
			return ret;
		if (++naps == 3) {
			call(NR_WRITE, 3, (int)"ready\n", 6, 0);
			call(NR_CLOSE, 3, 0, 0, 0);
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

/* The program is entered here, with frame pointer 0: the outermost frame. */
__asm__(".pushsection nest_root_text, \"ax\", @progbits\n"
	".globl nest_root\n.type nest_root, @function\n"
	"nest_root:\n"
	"	xor %ebp, %ebp\n"
	"	call nest_say\n"
	"	call nest1\n"
	"	ud2\n"
	".size nest_root, . - nest_root\n"
	".popsection\n");
static void say(const char *s)
{
	int n = 0;

	while (s[n])
		n++;
	call(NR_WRITE, 1, (int)s, n, 0);
}

/* The program is mapped as it lies in the file. */
static void say_offset(const char *address)
{
	unsigned int offset = address - __executable_start;
	char hex[10] = " ";

	for (int i = 8; i >= 1; i--, offset /= 16)
		hex[i] = "0123456789abcdef"[offset % 16];
	say(hex);
}

#define SAY(name) (say(#name), say_offset(__start_##name##_text), say_offset(__stop_##name##_text), say("\n"))

__attribute__((used)) void nest_say(void)
{
	SAY(nest3);
	SAY(nest2);
	SAY(nest1);
	SAY(nest_root);
}
