// SPDX-License-Identifier: GPL-2.0-only
/*
 * jit: makes code of four pages without a file, always at the same address, and sleeps on each page. Then it waits.
 *
 * jit exec FILE: then, at SIGUSR1, it executes "jit made FILE", which does the same and makes FILE.
 *
 * jit late FILE: sleeps there at SIGUSR1 only, and then makes FILE.
 *
 * jit fork: a child sleeps there, too.
 *
 * jit boxed NAME: does so in pid and mount namespaces of its own, where the map of its code says that all of it is NAME.
 *
 * jit again NAME...: writes a map that says that all is NAME, maps other code there, and says what that is: once for each.
 */
#include "made.h"
#include <sys/mman.h>
#include <sys/mount.h>

#define PAGE 4096
#define PAGES 4
#define AT ((char *)0x5000000000)

static void jit_make(void)
{
	if (mmap(AT, PAGES * PAGE, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS | MAP_FIXED, -1, 0) != AT)
		die("mmap");
	for (int i = 0; i < PAGES; i++)
		memcpy(AT + i * PAGE + INSIDE, caller, sizeof(caller));
	if (mprotect(AT, PAGES * PAGE, PROT_READ | PROT_EXEC))
		die("mprotect");
	__builtin___clear_cache(AT, AT + PAGES * PAGE);
}

static void jit_sleep(void)
{
	for (int i = 0; i < PAGES; i++) {
		void (*call)(void (*)(void)) = (void (*)(void (*)(void)))(void *)(AT + i * PAGE + INSIDE);

		call(made_nap);
	}
	/* Until it's known what was there. */
	nap_ns(25 * MSEC);
}

/* Files' times are those of a clock that isn't as fine as the one that says when a process began. */
static void jit_say(const char *name)
{
	long long now = clock_ns(CLOCK_REALTIME);
	char path[64];
	FILE *map;

	while (clock_ns(CLOCK_REALTIME_COARSE) <= now)
		nap_ns(MSEC);

	snprintf(path, sizeof(path), "/tmp/perf-%d.map", getpid());
	map = fopen(path, "ae");
	if (!map || fprintf(map, "%lx %x %s\n", (unsigned long)AT, PAGES * PAGE, name) < 0 || fclose(map))
		die("%s", path);
}

static void jit_boxed(const char *name)
{
	pid_t pid;

	if (unshare(CLONE_NEWPID | CLONE_NEWNS) || mount(NULL, "/", NULL, MS_PRIVATE | MS_REC, NULL))
		die("unshare");
	pid = spawn();
	if (pid) {
		not_ready();
		waitpid(pid, NULL, 0);
		exit(1);
	}
	if (mount("jit", "/tmp", "tmpfs", 0, NULL))
		die("mount");
	jit_say(name);
}

static void jit_until_usr1(void)
{
	sigset_t usr1;
	int sig;

	sigemptyset(&usr1);
	sigaddset(&usr1, SIGUSR1);
	sigprocmask(SIG_BLOCK, &usr1, NULL);
	ready();
	sigwait(&usr1, &sig);
}

static void jit_exec(const char *file)
{
	jit_until_usr1();
	execl("/proc/self/exe", "jit", "made", file, NULL);
	die("exec");
}

int main(int argc, char **argv)
{
	const char *what = argc > 1 ? argv[1] : "";

	if (argc == 3 && !strcmp(what, "boxed"))
		jit_boxed(argv[2]);
	for (int i = 2; i < argc && !strcmp(what, "again"); i++) {
		jit_make();
		jit_say(argv[i]);
		jit_sleep();
		munmap(AT, PAGES * PAGE);
	}
	jit_make();
	if (!strcmp(what, "fork") && !spawn()) {
		not_ready();
		jit_sleep();
		block();
	}
	if (argc == 3 && !strcmp(what, "late"))
		jit_until_usr1();
	jit_sleep();
	if (argc == 3 && !strcmp(what, "exec"))
		jit_exec(argv[2]);
	if (argc == 3 && (!strcmp(what, "made") || !strcmp(what, "late")) &&
	    close(open(argv[2], O_CREAT | O_WRONLY, 0600)))
		die("%s", argv[2]);
	ready();
	block();
}
