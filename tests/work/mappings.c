// SPDX-License-Identifier: GPL-2.0-only
/*
 * mappings N FILE: sleeps for 1 ms in each of N mappings of code, so that there are as many stacks. Prints how many ns it takes then to open
 * FILE, the least of three, and waits.
 *
 * mappings replace N: in N places, of a file "first" a page is mapped, over that two of "second", and four of "third" around both; it sleeps
 * on each page that is new, and on all in the end. Its files are where it is started.
 *
 * mappings swap N: sleeps on a page of each of N files "swap0" and so on, which it maps one after the other at the same address, long enough
 * for the name to be known. Prints that address.
 *
 * mappings move N: the same, but it maps them elsewhere before, and moves them there by mremap().
 *
 * mappings threads N: as swap, but 100 other threads sleep there.
 *
 * mappings fork N: N files as for swap, at one address. Each but the first is mapped by a child, which has slept in the one that its parent had
 * there, and before that has mapped a file "other" elsewhere.
 *
 * mappings crowded N: the same as swap, but what was there before each file is code without a file, the last of a dozen such ranges.
 *
 * mappings crowd N: N processes that are forked, sleep and sleep.
 *
 * mappings files N: sleeps on a page of each of N files "file0" and so on.
 *
 * mappings file FILE: sleeps on a page of FILE, one of these.
 */
#include "made.h"
#include <pthread.h>
#include <stdbool.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/wait.h>

#define PAGE 4096

/* A file of four pages with a function on each. */
static int mappings_file(const char *name)
{
	int fd = open(name, O_RDWR | O_CREAT | O_TRUNC, 0644);

	if (fd < 0)
		die("%s", name);
	for (int i = 0; i < 4; i++)
		if (pwrite(fd, caller, sizeof(caller), i * PAGE + INSIDE) != sizeof(caller))
			die("%s", name);
	if (ftruncate(fd, 4 * PAGE))
		die("%s", name);
	return fd;
}

/* Sleep on a page of a mapping. */
static void mappings_call(char *page)
{
	void (*call)(void (*)(void)) = (void (*)(void (*)(void)))(void *)(page + INSIDE);

	call(made_nap);
}

/* ... of a new one, until its name is known. */
static void mappings_on(char *page)
{
	mappings_call(page);
	nap_ns(25 * MSEC);
}

static void mappings_map(char *at, int pages, const char *name)
{
	int fd = mappings_file(name);

	if (mmap(at, pages * PAGE, PROT_READ | PROT_EXEC, MAP_PRIVATE | MAP_FIXED, fd, 0) != at)
		die("mmap");
	close(fd);
}

static void mappings_replace(char *at)
{
	mappings_map(at + PAGE, 1, "first");
	mappings_on(at + PAGE);
	mappings_map(at + PAGE, 2, "second");
	mappings_on(at + 2 * PAGE);
	mappings_map(at, 4, "third");
	for (int i = 0; i < 4; i++)
		mappings_on(at + i * PAGE);
}

/* N files after each other at one address: "swap0" and so on. A sleep in each; printed is where. */
static char *mappings_swap(int n, bool move)
{
	char name[32], *at = mmap(NULL, (n + 1) * PAGE, PROT_NONE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);

	for (int i = 0; i < n; i++) {
		snprintf(name, sizeof(name), "swap%d", i);
		mappings_map(move ? at + (i + 1) * PAGE : at, 1, name);
		if (!move)
			mappings_on(at);
	}
	for (int i = 0; i < n && move; i++) {
		if (mremap(at + (i + 1) * PAGE, PAGE, PAGE, MREMAP_MAYMOVE | MREMAP_FIXED, at) != at)
			die("mremap");
		mappings_on(at);
	}
	return at;
}

static char *mappings_hole(void)
{
	char *at = mmap(NULL, PAGE, PROT_NONE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);

	if (at == MAP_FAILED)
		die("mmap");
	return at;
}

static void mappings_fork(int n)
{
	char name[32], *at = mappings_hole();

	mappings_map(at, 1, "swap0");
	mappings_on(at);
	for (int i = 1; i < n; i++) {
		pid_t pid = fork();

		if (pid < 0)
			die("fork");
		if (pid) {
			waitpid(pid, NULL, 0);
			continue;
		}
		mappings_map(mappings_hole(), 1, "other");
		mappings_on(at);
		snprintf(name, sizeof(name), "swap%d", i);
		mappings_map(at, 1, name);
		mappings_on(at);
		_exit(0);
	}
}

#define MADE 12

/* A page of code without a file. */
static void mappings_make(char *at)
{
	if (mmap(at, PAGE, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS | MAP_FIXED, -1, 0) != at)
		die("mmap");
	memcpy(at + INSIDE, caller, sizeof(caller));
	if (mprotect(at, PAGE, PROT_READ | PROT_EXEC))
		die("mprotect");
	__builtin___clear_cache(at, at + PAGE);
}

static void mappings_crowded(int n)
{
	char name[32], *at = mmap(NULL, 2 * MADE * PAGE, PROT_NONE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);

	if (at == MAP_FAILED)
		die("mmap");
	for (int i = 0; i < MADE; i++, at += 2 * PAGE)
		mappings_make(at);
	at -= 2 * PAGE;
	for (int i = 0; i < n; i++) {
		mappings_make(at);
		mappings_on(at);
		snprintf(name, sizeof(name), "swap%d", i);
		mappings_map(at, 1, name);
		mappings_on(at);
	}
}

static void mappings_crowd(int n)
{
	for (int i = 0; i < n; i++) {
		pid_t pid = fork();

		if (pid < 0)
			die("fork");
		if (pid)
			continue;
		prctl(PR_SET_PDEATHSIG, SIGKILL);
		for (;;)
			nap_ns(200 * MSEC);
	}
}

#define THREADS 100

static struct {
	pthread_barrier_t mapped, slept;
	char *at;
	int n;
} turns;

static void *mappings_turn(void *unused)
{
	(void)unused;
	for (int i = 0; i < turns.n; i++) {
		pthread_barrier_wait(&turns.mapped);
		mappings_call(turns.at);
		pthread_barrier_wait(&turns.slept);
	}
	return NULL;
}

/* The same, but one maps, and a hundred threads sleep there. */
static void mappings_threads(int n)
{
	pthread_attr_t attr;
	pthread_t thread;
	char name[32];

	turns.n = n;
	turns.at = mmap(NULL, PAGE, PROT_NONE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
	pthread_attr_init(&attr);
	pthread_attr_setstacksize(&attr, 65536);
	pthread_barrier_init(&turns.mapped, NULL, THREADS + 1);
	pthread_barrier_init(&turns.slept, NULL, THREADS + 1);
	for (int i = 0; i < THREADS; i++)
		if (pthread_create(&thread, &attr, mappings_turn, NULL))
			die("pthread_create");
	for (int i = 0; i < n; i++) {
		snprintf(name, sizeof(name), "swap%d", i);
		mappings_map(turns.at, 1, name);
		pthread_barrier_wait(&turns.mapped);
		pthread_barrier_wait(&turns.slept);
		nap_ns(25 * MSEC);
	}
}

static void mappings_one(const char *name)
{
	int fd = open(name, O_RDONLY);
	char *at = mmap(NULL, PAGE, PROT_READ | PROT_EXEC, MAP_PRIVATE, fd, 0);

	if (at == MAP_FAILED)
		die("%s", name);
	close(fd);
	mappings_on(at);
	ready();
	block();
}

static void mappings_files(int n)
{
	char *at = mmap(NULL, 2ul * n * PAGE, PROT_NONE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0), name[16];

	if (at == MAP_FAILED)
		die("mmap");
	for (int i = 0; i < n; i++) {
		void (*call)(void (*)(void)) = (void (*)(void (*)(void)))(void *)(at + 2ul * i * PAGE + INSIDE);

		snprintf(name, sizeof(name), "file%d", i);
		mappings_map(at + 2ul * i * PAGE, 1, name);
		call(made_nap);
		/* Until their names are known: at once, as many would find no room. */
		if (i % 16 == 15)
			nap_ns(25 * MSEC);
	}
	ready();
	block();
}

int main(int argc, char **argv)
{
	int n = argc == 3 ? atoi(argv[1]) : 0;
	char *at;

	if (argc == 3 && !strcmp(argv[1], "file"))
		mappings_one(argv[2]);
	if (argc == 3 && !strcmp(argv[1], "files"))
		mappings_files(atoi(argv[2]));
	if (argc == 3 && (!strcmp(argv[1], "swap") || !strcmp(argv[1], "move"))) {
		printf("%p\n", (void *)mappings_swap(atoi(argv[2]), argv[1][0] == 'm'));
		fflush(stdout);
		ready();
		block();
	}
	if (argc == 3 && !strcmp(argv[1], "threads")) {
		mappings_threads(atoi(argv[2]));
		ready();
		block();
	}
	if (argc == 3 && !strcmp(argv[1], "fork")) {
		mappings_fork(atoi(argv[2]));
		ready();
		block();
	}
	if (argc == 3 && !strcmp(argv[1], "crowded")) {
		mappings_crowded(atoi(argv[2]));
		ready();
		block();
	}
	if (argc == 3 && !strcmp(argv[1], "crowd")) {
		mappings_crowd(atoi(argv[2]));
		ready();
		block();
	}
	if (argc == 3 && !strcmp(argv[1], "replace")) {
		n = atoi(argv[2]);
		at = mmap(NULL, 4ul * n * PAGE, PROT_NONE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
		if (at == MAP_FAILED)
			die("mmap");
		/* Not in the order of their addresses. */
		for (int i = 0; i < n; i++)
			mappings_replace(at + i * 7 % n * 4 * PAGE);
		ready();
		block();
	}
	if (n < 1)
		return 2;
	/* What is between them keeps them from being one. */
	at = mmap(NULL, 2ul * n * PAGE, PROT_NONE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
	if (at == MAP_FAILED)
		die("mmap");
	for (int i = 0; i < n; i++, at += 2 * PAGE) {
		if (mprotect(at, PAGE, PROT_READ | PROT_WRITE))
			die("mprotect");
		memcpy(at + INSIDE, caller, sizeof(caller));
		if (mprotect(at, PAGE, PROT_READ | PROT_EXEC))
			die("mprotect");
		__builtin___clear_cache(at, at + PAGE);
		mappings_call(at);
	}
	print_open_ns(argv[2]);
	ready();
	block();
}
