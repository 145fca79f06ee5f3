// SPDX-License-Identifier: GPL-2.0-only
/* The stacks of all threads that sleep, as they are. */
#include "step.h"
#include <ctype.h>
#include <dirent.h>
#include <sys/ptrace.h>

struct sleeper {
	pid_t pid, tid;
	long switches;		/* how often it was off the CPU */
	bool done;
	char comm[32];
	struct step_stack *stack;	/* by the device, before it is disturbed */
};

static struct sleeper *sleeper;
static unsigned int nr_sleepers;

/* The number behind a word in what /proc says of a thread; -1: it's gone, or there is none. */
static long all_status(const struct sleeper *s, const char *word, char *state)
{
	char path[64], line[256];
	long number = -1;
	FILE *f;

	snprintf(path, sizeof(path), "/proc/%d/task/%d/status", s->pid, s->tid);
	f = fopen(path, "r");
	if (!f)
		return -1;
	while (fgets(line, sizeof(line), f)) {
		if (state && !strncmp(line, "State:", 6))
			*state = line[7];
		if (!strncmp(line, word, strlen(word)))
			number = atol(line + strlen(word));
	}
	fclose(f);
	return number;
}

static long all_switches(const struct sleeper *s, bool *asleep)
{
	char state = 0;
	long switches = all_status(s, "voluntary_ctxt_switches:", &state) + all_status(s, "nonvoluntary_ctxt_switches:", NULL);

	*asleep = state == 'S';
	return switches;
}

static void all_add(pid_t pid, pid_t tid)
{
	struct sleeper s = { .pid = pid, .tid = tid };
	bool asleep;

	s.switches = all_switches(&s, &asleep);
	if (!asleep)
		return;
	proc_text(tid, "comm", s.comm, sizeof(s.comm));
	s.comm[strcspn(s.comm, "\n")] = 0;
	sleeper = realloc(sleeper, (nr_sleepers + 1) * sizeof(s));
	sleeper[nr_sleepers++] = s;
}

/* Threads of user space, but for this process. */
static void all_threads(pid_t pid)
{
	char path[64], exe[256];
	struct dirent *e;
	DIR *d;

	snprintf(path, sizeof(path), "/proc/%d/exe", pid);
	if (pid == getpid() || readlink(path, exe, sizeof(exe)) <= 0)
		return;
	snprintf(path, sizeof(path), "/proc/%d/task", pid);
	d = opendir(path);
	while (d && (e = readdir(d)))
		if (isdigit(e->d_name[0]))
			all_add(pid, atoi(e->d_name));
	if (d)
		closedir(d);
}

static void all_list(char **pids)
{
	struct dirent *e;
	DIR *d;

	nr_sleepers = 0;
	for (; *pids; pids++)
		all_threads(atoi(*pids));
	if (nr_sleepers)
		return;
	d = opendir("/proc");
	while (d && (e = readdir(d)))
		if (isdigit(e->d_name[0]))
			all_threads(atoi(e->d_name));
	if (d)
		closedir(d);
}

/* Stops it, and compares. It mustn't have run since it was looked at. */
static bool all_compare(struct step_maps *maps, struct sleeper *s, const char *tables, bool verbose)
{
	static struct step_stack want, got;
	struct user_regs_struct regs;
	bool asleep, same = false;
	int status;

	if (all_switches(s, &asleep) != s->switches || !asleep || ptrace(PTRACE_SEIZE, s->tid, 0, 0))
		return false;
	same = all_switches(s, &asleep) == s->switches && asleep;
	if (ptrace(PTRACE_INTERRUPT, s->tid, 0, 0) || waitpid(s->tid, &status, __WALL) != s->tid || !WIFSTOPPED(status) ||
	    ptrace(PTRACE_GETREGS, s->tid, 0, &regs))
		return false;
	if (same) {
		step_libdw(maps, step_maps_read(maps, s->pid), s->tid, &want);
		if (tables)
			step_model(maps, tables, &regs, &got);
		step_compare(&want, tables ? &got : s->stack, maps, s->comm, verbose);
	}
	ptrace(PTRACE_DETACH, s->tid, 0, 0);
	return same;
}

void step_all(const char *tables, char **pids, bool verbose)
{
	static struct step_maps maps;
	unsigned int left;

	all_list(pids);
	for (int round = 0; round < 5; round++) {
		bool asleep;

		if (!tables) {
			step_device_read();
			for (unsigned int i = 0; i < nr_sleepers; i++) {
				step_maps_read(&maps, sleeper[i].pid);
				sleeper[i].stack = realloc(sleeper[i].stack, sizeof(*sleeper[i].stack));
				if (!step_device_stack(&maps, sleeper[i].tid, sleeper[i].stack))
					sleeper[i].switches = -1;
			}
		}
		for (unsigned int i = left = 0; i < nr_sleepers; i++) {
			sleeper[i].done = sleeper[i].done || all_compare(&maps, &sleeper[i], tables, verbose);
			left += !sleeper[i].done;
		}
		for (unsigned int i = 0; i < nr_sleepers; i++)
			sleeper[i].switches = all_switches(&sleeper[i], &asleep);
	}
	for (unsigned int i = 0; i < nr_sleepers; i++)
		if (!sleeper[i].done)
			printf("# %d %s isn't asleep for long enough\n", sleeper[i].tid, sleeper[i].comm);
}
