/* SPDX-License-Identifier: GPL-2.0-only */
/* stepped*: exceptions, signals, other stacks, processes and threads (see stepped.h). */
#ifndef STEPPED_MAIN_H
#define STEPPED_MAIN_H

#include "stepped.h"

/* ---- C++ */

struct Guard {
	long a;
	explicit Guard(long n) : a(n) {}
	~Guard() { sink += leaf(a); }
};

APART static long throws(int n)
{
	Guard guard(n);

	if (n == three)
		throw std::runtime_error("three");
	return leaf(n);
}

APART static long lets_through(int n)
{
	Guard guard(n + 1);
	__attribute__((aligned(64))) volatile long v[8] = { n };

	return throws(v[0]) + leaf(v[0]);
}

APART static long catches(int n)
{
	try {
		return lets_through(n);
	} catch (const std::exception &e) {
		return leaf(e.what()[0]);
	}
}

APART static long rethrows(int n)
{
	try {
		return catches(n - 1) + throws(n);
	} catch (...) {
		Guard guard(7);
		throw;
	}
}

struct Shape {
	virtual ~Shape() {}
	virtual long area(long a) = 0;
};

struct Square : Shape {
	APART long area(long a) override { return leaf(a) * a; }
};

struct Other {
	virtual ~Other() {}
	virtual long other() { return leaf(1); }
};

/* Called by a thunk, which moves "this". */
struct Both : Other, Shape {
	APART long area(long a) override { return leaf(a) + other(); }
};

APART static long area_of(Shape *shape)
{
	return shape->area(three) + 1;
}

static void stepped_cxx(void)
{
	Square square;
	Both both;

	mark("virtual");
	sink += area_of(&square) + area_of(&both);
	mark("exception");
	sink += catches(three);
	mark("exception, again");
	try {
		sink += rethrows(three);
	} catch (const std::runtime_error &) {
		sink++;
	}
}

/* ---- signals */

static char alternate[65536];
static sigjmp_buf back;

static void on_signal(int nr)
{
	sink += nested2(nr, 1);
}

static void on_signal_info(int nr, siginfo_t *info, void *context)
{
	(void)info;
	(void)context;
	sink += allocates(nr & 7);
}

static void on_fault(int nr)
{
	sink += leaf(nr);
	siglongjmp(back, 1);
}

static void on_outer(int nr)
{
	sink += leaf(nr);
	raise(SIGUSR1);
	sink++;
}

APART static long faults(long a)
{
	return *(volatile long *)(a - three) + leaf(a);
}

/* At its first byte: one before is another function. */
__asm__(".text\n.type faults_at_once, @function\n"
	".balign 16\nfaults_at_once:\n.cfi_startproc\nmov 0, %rax\nret\n.cfi_endproc\n.size faults_at_once, . - faults_at_once\n");
extern "C" long faults_at_once(void);

APART static void signals_alone(void)
{
	mark("signal");
	raise(SIGUSR1);
	mark("signal on another stack");
	raise(SIGUSR2);
	mark("signal in a signal");
	raise(SIGINT);
	mark("fault");
	if (!sigsetjmp(back, 1))
		sink += faults(three);
	mark("fault at the first byte");
	if (!sigsetjmp(back, 1))
		sink += faults_at_once();
}

/* Wherever it comes. */
APART static void timer_signal(void)
{
	struct itimerval soon = { { 0, 0 }, { 0, 500 } };
	long before = sink;

	mark("timer");
	setitimer(ITIMER_REAL, &soon, NULL);
	for (int i = 0; i < 20; i++)
		before += nested3(i, before, 2);
	sink += before;
}

static void stepped_signals(void)
{
	struct sigaction sa = {};
	stack_t ss = {};

	ss.ss_sp = alternate;
	ss.ss_size = sizeof(alternate);
	sigaltstack(&ss, NULL);
	sa.sa_handler = on_signal;
	sigaction(SIGUSR1, &sa, NULL);
	sa.sa_handler = on_outer;
	sigaction(SIGINT, &sa, NULL);
	sigaction(SIGALRM, &sa, NULL);
	sa.sa_handler = on_fault;
	sa.sa_flags = SA_NODEFER;
	sigaction(SIGSEGV, &sa, NULL);
	sa.sa_sigaction = on_signal_info;
	sa.sa_flags = SA_ONSTACK | SA_SIGINFO;
	sigaction(SIGUSR2, &sa, NULL);
	signals_alone();
	timer_signal();
}

/* ---- other stacks, other processes, other threads */

static ucontext_t outer, inner;
static char coroutine_stack[65536];

static void coroutine(int a, int b)
{
	for (int i = 0; i < three; i++) {
		sink += nested3(a, b, i);
		swapcontext(&inner, &outer);
	}
}

static void stepped_contexts(void)
{
	mark("makecontext");
	getcontext(&inner);
	inner.uc_stack.ss_sp = coroutine_stack;
	inner.uc_stack.ss_size = sizeof(coroutine_stack);
	inner.uc_link = &outer;
	makecontext(&inner, (void (*)(void))coroutine, 2, 3, 4);
	mark("swapcontext");
	for (int i = 0; i <= three; i++) {
		swapcontext(&outer, &inner);
		sink += leaf(i);
	}
}

APART static pid_t vforks(void)
{
	pid_t pid = vfork();

	if (!pid) {
		sink += leaf(3);
		_exit(0);
	}
	return pid;
}

static void *thread(void *arg)
{
	mark("in a thread");
	sink += nested1((long)arg);
	mark("thread's end");
	return NULL;
}

static void stepped_tasks(void)
{
	pthread_t id;
	int status;

	mark("vfork");
	waitpid(vforks(), &status, 0);
	mark("fork");
	if (!fork()) {
		sink += nested3(1, 2, 3);
		_exit(0);
	}
	wait(&status);
	mark("thread");
	pthread_create(&id, NULL, thread, (void *)5);
	pthread_join(id, NULL);
}

static void at_end(void)
{
	sink += leaf(1);
}

int main()
{
	atexit(at_end);
	stepped_calls();
	stepped_frames();
	stepped_libc();
	stepped_cxx();
	stepped_signals();
	stepped_contexts();
	stepped_tasks();
	mark("exit");
	return 0;
}

#endif
