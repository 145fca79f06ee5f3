// SPDX-License-Identifier: GPL-2.0-only
/*
 * again MODE COUNT...: sleeps that differ in one thing only. Prints for each kind "NAME PID START END KERNEL SLEEPS MORE": the file offsets of
 * a function that calls (hexadecimal, END excluded), a function of the kernel that it sleeps in, how often it did sleep there, and how
 * often it lost the CPU on the way: it had been woken when it was about to sleep, or was preempted.
 *	outer N		N times from each of two callers, in turn; only the outermost return address differs
 *	middle N	the same; only the return address seven levels up differs
 *	places N	from six functions, in six system calls
 *	exec N M L	N times, execs itself and sleeps M times, then execs the same program of another name and sleeps L times: all at the
 *			same addresses. Its stacks aren't at random places.
 *	pid PID N...	one after the other, processes of that pid sleep N times, in turn from two functions; named again0, again1...
 *
 * The last call of a chain is made with frame pointer 0, the ABI's mark of the outermost frame, so all frames are known. A sleep is one
 * if the kernel counted a voluntary switch meanwhile.
 */
#include "work.h"
#include "call.h"
#include <linux/futex.h>
#include <poll.h>
#include <sys/personality.h>
#include <sys/resource.h>
#include <sys/select.h>

#define PLACE(name) __attribute__((noinline, noclone, used, section(#name "_text")))
#define EXTENT(name) extern char __start_##name##_text[], __stop_##name##_text[]

typedef long (*place_fn)(void);

struct kind {
	const char *name;
	const char *from, *to;		/* the function that tells them apart */
	const char *kernel;
	place_fn fn, middle;
	long (*root)(place_fn fn);
	long sleeps, more;
};

static const struct timespec moment = { 0, MSEC / 5 };

/* root_a(FN) and root_b(FN) are the outermost frames of what FN does. */
long root_a(place_fn fn);
long root_b(place_fn fn);
EXTENT(root_a);
EXTENT(root_b);
#if defined(__x86_64__)
#define ROOT(name)								\
	__asm__(".pushsection " #name "_text, \"ax\", @progbits\n"		\
		".globl " #name "\n.type " #name ", @function\n"		\
		#name ":\n"							\
		"	push %rbp\n"						\
		"	xor %ebp, %ebp\n"					\
		"	call *%rdi\n"						\
		"	pop %rbp\n"						\
		"	ret\n"							\
		".size " #name ", . - " #name "\n"				\
		".popsection\n")
#else
#define ROOT(name)								\
	__asm__(".pushsection " #name "_text, \"ax\", @progbits\n"		\
		".globl " #name "\n.type " #name ", @function\n"		\
		#name ":\n"							\
		"	stp x29, x30, [sp, #-16]!\n"				\
		"	mov x29, #0\n"						\
		"	blr x0\n"						\
		"	ldp x29, x30, [sp], #16\n"				\
		"	ret\n"							\
		".size " #name ", . - " #name "\n"				\
		".popsection\n")
#endif
ROOT(root_a);
ROOT(root_b);

NOINLINE static long sleep_here(void)
{
	return raw_call(SYS_nanosleep, (long)&moment, 0, 0, 0, 0);
}

/* A chain of calls; the one in the middle is one of two. */
static place_fn middle;

#define LEVEL(name, callee)							\
	PLACE(name) long name(void)						\
	{									\
		long ret = callee();						\
										\
		__asm__ volatile("");						\
		return ret + 1;							\
	}
LEVEL(level1, sleep_here)
LEVEL(level2, level1)
LEVEL(level3, level2)
LEVEL(level4, level3)
LEVEL(level5, level4)
LEVEL(level6, level5)
LEVEL(middle_a, level6)
EXTENT(middle_a);
LEVEL(middle_b, level6)
EXTENT(middle_b);
LEVEL(level8, middle)
LEVEL(level9, level8)
LEVEL(level10, level9)
LEVEL(level11, level10)

/* Six places of the kernel. */
static int ask[2], answer[2], nobody[2], word;

PLACE(at_read) long at_read(void)
{
	char c;

	return raw_call(SYS_read, answer[0], (long)&c, 1, 0, 0);
}
EXTENT(at_read);

PLACE(at_poll) long at_poll(void)
{
	struct pollfd fd = { .fd = nobody[0], .events = POLLIN };

	return raw_poll(&fd, 1, 1);
}
EXTENT(at_poll);

PLACE(at_nanosleep) long at_nanosleep(void)
{
	return raw_call(SYS_nanosleep, (long)&moment, 0, 0, 0, 0);
}
EXTENT(at_nanosleep);

PLACE(at_futex) long at_futex(void)
{
	return raw_call(SYS_futex, (long)&word, FUTEX_WAIT_PRIVATE, 0, (long)&moment, 0);
}
EXTENT(at_futex);

PLACE(at_wait) long at_wait(void)
{
	return raw_call(SYS_wait4, -1, 0, 0, 0, 0);
}
EXTENT(at_wait);

PLACE(at_select) long at_select(void)
{
	struct timespec t = moment;	/* it may be written to */

	return raw_call(SYS_pselect6, 0, 0, 0, 0, (long)&t);
}
EXTENT(at_select);

#define KIND(which, in) .name = #which, .from = __start_##which##_text, .to = __stop_##which##_text, .kernel = in

static struct kind outer[] = {
	{ KIND(root_a, "do_nanosleep"), .root = root_a, .fn = level6 },
	{ KIND(root_b, "do_nanosleep"), .root = root_b, .fn = level6 },
	{ },
}, mid[] = {
	{ KIND(middle_a, "do_nanosleep"), .root = root_a, .fn = level11, .middle = middle_a },
	{ KIND(middle_b, "do_nanosleep"), .root = root_a, .fn = level11, .middle = middle_b },
	{ },
}, places[] = {
	{ KIND(at_read, "pipe_(read|wait)"), .root = root_a, .fn = at_read },
	{ KIND(at_poll, "do_(sys_)?poll"), .root = root_a, .fn = at_poll },
	{ KIND(at_nanosleep, "do_nanosleep"), .root = root_a, .fn = at_nanosleep },
	{ KIND(at_futex, "futex_wait"), .root = root_a, .fn = at_futex },
	{ KIND(at_wait, "do_wait|kernel_wait4"), .root = root_a, .fn = at_wait },
	{ KIND(at_select, "do_select"), .root = root_a, .fn = at_select },
	{ },
};

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

static void say(const struct kind *k, const char *name)
{
	unsigned long from = file_offset(k->from);

	dprintf(1, "%s %d %lx %lx %s %ld %ld\n", name, (int)getpid(), from, from + (k->to - k->from), k->kernel, k->sleeps, k->more);
}

static void switches(struct rusage *ru)
{
	if (getrusage(RUSAGE_THREAD, ru))
		die("getrusage");
}

/* Until the kernel has counted one more sleep, or several. */
static void sleep_once(struct kind *k)
{
	struct rusage before, after;

	do {
		if (k->fn == at_wait && !spawn()) {
			nap_ns(MSEC / 5);
			_exit(0);
		}
		if (k->fn == at_read && write(ask[1], "", 1) != 1)
			die("ask");
		middle = k->middle;
		switches(&before);
		k->root(k->fn);
		switches(&after);
		k->more += after.ru_nivcsw - before.ru_nivcsw;
	} while (after.ru_nvcsw == before.ru_nvcsw);
	k->sleeps += after.ru_nvcsw - before.ru_nvcsw;
}

/* Answers a question a moment later. */
static void helper(void)
{
	char c;

	if (pipe(ask) || pipe(answer) || pipe(nobody))
		die("pipe");
	if (spawn())
		return;
	not_ready();
	close(ask[1]);
	while (read(ask[0], &c, 1) == 1) {
		nap_ns(MSEC / 5);
		if (write(answer[1], "", 1) != 1)
			break;
	}
	_exit(0);
}

static void in_turn(struct kind *kinds, long n)
{
	for (long i = 0; i < n; i++)
		for (struct kind *k = kinds; k->name; k++)
			sleep_once(k);
	for (struct kind *k = kinds; k->name; k++)
		say(k, k->name);
}

/* argv: again execN COUNT..., with the same number of bytes in each round, as they are on the stack. */
static void exec_rounds(char **argv)
{
	int round = argv[1][4] ? argv[1][4] - '0' : 0;
	struct kind *k = &places[2];
	char path[256] = "";

	if (round) {
		for (long i = atol(argv[1 + round]); i; i--)
			sleep_once(k);
		say(k, argv[1]);
	} else if (personality(ADDR_NO_RANDOMIZE) < 0) {
		die("personality");
	}
	if (round == 3)
		return;
	/* another name of the same length */
	if (readlink("/proc/self/exe", path, sizeof(path) - 1) < 6)
		die("readlink");
	if (round == 2)
		memcpy(path + strlen(path) - 5, "other", 5);
	argv[1] = (char[]){ 'e', 'x', 'e', 'c', '1' + round, 0 };
	execv(path, argv);
	die("%s", path);
}

struct clone3_args {
	uint64_t flags, pidfd, child_tid, parent_tid, exit_signal, stack, stack_size, tls, set_tid, set_tid_size;
};

static void pid_rounds(pid_t pid, char **counts)
{
	char name[16];

	for (int i = 0; counts[i]; i++) {
		struct clone3_args args = { .exit_signal = SIGCHLD, .set_tid = (uintptr_t)&pid, .set_tid_size = 1 };
		struct kind *k = &mid[i & 1];
		long child;

		snprintf(name, sizeof(name), "again%d", i);
		set_comm(name);
		child = syscall(SYS_clone3, &args, sizeof(args));
		if (child < 0)
			die("clone3 with pid %d", pid);
		if (!child) {
			for (long n = atol(counts[i]); n; n--)
				sleep_once(k);
			say(k, name);
			_exit(0);
		}
		if (waitpid(child, NULL, 0) != child)
			die("waitpid");
	}
}

int main(int argc, char **argv)
{
	const char *mode = argc > 2 ? argv[1] : "";

	helper();
	if (!strcmp(mode, "outer"))
		in_turn(outer, atol(argv[2]));
	else if (!strcmp(mode, "middle"))
		in_turn(mid, atol(argv[2]));
	else if (!strcmp(mode, "places"))
		in_turn(places, atol(argv[2]));
	else if (!strncmp(mode, "exec", 4) && argc == 5)
		exec_rounds(argv);
	else if (!strcmp(mode, "pid"))
		pid_rounds(atoi(argv[2]), argv + 3);
	else
		return 2;
	ready();
	block();
}
