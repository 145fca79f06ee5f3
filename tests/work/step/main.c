// SPDX-License-Identifier: GPL-2.0-only
/* build: -O2 -ldw -lelf -lz -llzma -lbz2 -lpthread */
/* not on arm64: libdw isn't made for it here */
/*
 * step [-t FOLDER] [-n STOPS] [-s STEPS] [-p PERCENT] [-m] [-v] PROGRAM [ARGUMENT...]: steps through each kind of call of PROGRAM (stepped.h),
 * and compares its stack by libdw with that of /dev/perftop, or with -t with that of a model of the module's walk, by the tables in FOLDER.
 *
 * They are compared where it wasn't yet in this kind of call; STOPS times, then at every second such place, then at every fourth. With -n 0
 * it's after each instruction. After STEPS instructions it goes on to the next kind (0: never). Fails if a stack is wrong, or fewer than
 * PERCENT are whole. With -m frames may be missing in between, as frame pointers don't show the caller of a function that has none. -v tells of
 * each kind, and shows what isn't equal.
 *
 * step [-t FOLDER] [-p PERCENT] [-m] [-v] -a [PID...]: the same of all threads that sleep, or those of some processes, once.
 *
 * step -T FILE OUTPUT: the table of a file, or of [vdso].
 */
#include "step.h"
#include <sys/auxv.h>
#include <sys/ptrace.h>

#define MARK 0x70746f70
#define PLACES 65536	/* of a kind: a power of two */

struct task {
	pid_t tid, pid;
};

static struct {
	const char *tables;
	long stops, steps;
	bool all, may_miss, verbose;
	double percent;
} opt = { .stops = 200, .percent = 99 };

/* The kind of call that is gone through. */
static struct {
	char name[64];
	long steps, new, stops;
	uint64_t place[PLACES];
} kind;

static struct task task[64];
static unsigned int nr_tasks;
static struct step_maps maps;
static long long took[2];	/* ns for libdw, and for the other stack */

static bool place_is_new(uint64_t pc)
{
	size_t i = pc * 0x9e3779b97f4a7c15 >> 48;

	for (int probes = 0; probes < 64; probes++, i = (i + 1) % PLACES) {
		if (kind.place[i] == pc)
			return false;
		if (!kind.place[i]) {
			kind.place[i] = pc;
			return true;
		}
	}
	return false;
}

static void kind_end(void)
{
	if (opt.verbose && kind.steps)
		printf("# %s: %ld steps, %ld places, %ld stops\n", kind.name, kind.steps, kind.new, kind.stops);
}

static void kind_begin(pid_t tid, uint64_t name)
{
	kind_end();
	memset(&kind, 0, sizeof(kind));
	for (size_t i = 0; i + 8 < sizeof(kind.name); i += 8) {
		long word = ptrace(PTRACE_PEEKDATA, tid, name + i, 0);

		memcpy(kind.name + i, &word, 8);
		if (memchr(&word, 0, 8))
			break;
	}
}

static struct task *task_of(pid_t tid)
{
	for (unsigned int i = 0; i < nr_tasks; i++)
		if (task[i].tid == tid)
			return &task[i];
	if (nr_tasks == 64)
		wrong("too many threads");
	task[nr_tasks] = (struct task){ tid, tid };
	return &task[nr_tasks++];
}

/* Its process, as it says itself. */
static pid_t process_of(pid_t tid)
{
	char text[4096], *tgid;

	proc_text(tid, "status", text, sizeof(text));
	tgid = strstr(text, "\nTgid:");
	return tgid ? atoi(tgid + 6) : tid;
}

static void compare(const struct task *t, const struct user_regs_struct *regs)
{
	static struct step_stack want, got;
	long long from = wall_ns(), middle;

	step_libdw(&maps, step_maps_read(&maps, t->pid), t->tid, &want);
	middle = wall_ns();
	if (opt.tables)
		step_model(&maps, opt.tables, regs, &got);
	else
		step_device(&maps, t->tid, &got);
	took[0] += middle - from;
	took[1] += wall_ns() - middle;
	step_compare(&want, &got, &maps, kind.name, opt.verbose);
	kind.stops++;
}

/* Returns how it goes on. */
static int stopped(const struct task *t)
{
	struct user_regs_struct regs;

	if (ptrace(PTRACE_GETREGS, t->tid, 0, &regs))
		return PTRACE_CONT;
	if (regs.rax == MARK) {
		long before = ptrace(PTRACE_PEEKDATA, t->tid, regs.rip - 1, 0);

		if ((before & 0xff) == 0xcc)
			kind_begin(t->tid, regs.rdi);
	}
	if (!kind.name[0] || (opt.steps && kind.steps >= opt.steps))
		return PTRACE_CONT;
	kind.steps++;
	if (!opt.stops || (place_is_new(regs.rip) && kind.new++ % (1L << kind.stops / opt.stops) == 0))
		compare(t, &regs);
	return PTRACE_SINGLESTEP;
}

static void trace(void)
{
	const long options = PTRACE_O_EXITKILL | PTRACE_O_TRACEFORK | PTRACE_O_TRACEVFORK | PTRACE_O_TRACECLONE;
	int status, signal, how;
	bool first = true;
	pid_t tid;

	while ((tid = waitpid(-1, &status, __WALL)) > 0) {
		struct task *t = task_of(tid);

		if (!WIFSTOPPED(status)) {
			if (WIFSIGNALED(status))
				wrong("signal %d has ended %d, in \"%s\"", WTERMSIG(status), tid, kind.name);
			continue;
		}
		if (first && ptrace(PTRACE_SETOPTIONS, tid, 0, options))
			die("options of ptrace");
		first = false;
		t->pid = process_of(tid);
		signal = WSTOPSIG(status);
		how = stopped(t);
		if (signal == SIGTRAP || signal == SIGSTOP || status >> 16)
			signal = 0;
		ptrace(how, tid, 0, (long)signal);
	}
}

/* As a file. */
static const char *vdso_write(const char *name)
{
	FILE *f = fopen(name, "w");

	if (!f || !step_maps_read(&maps, getpid()))
		die("%s", name);
	for (unsigned int i = 0; i < maps.nr; i++)
		if (!strcmp(maps.map[i].path, "[vdso]"))
			fwrite((void *)maps.map[i].begin, maps.map[i].end - maps.map[i].begin, 1, f);
	if (fclose(f))
		die("%s", name);
	return name;
}

static int table(const char *file, const char *output)
{
	char vdso[256];

	snprintf(vdso, sizeof(vdso), "%s.vdso", output);
	step_table(strcmp(file, "[vdso]") ? file : vdso_write(vdso), output);
	return 0;
}

int main(int argc, char **argv)
{
	const long long from = wall_ns();
	int c;

	while ((c = getopt(argc, argv, "+t:n:s:p:amvT:")) != -1) {
		switch (c) {
		case 't':
			opt.tables = optarg;
			break;
		case 'n':
			opt.stops = atol(optarg);
			break;
		case 's':
			opt.steps = atol(optarg);
			break;
		case 'p':
			opt.percent = atof(optarg);
			break;
		case 'a':
			opt.all = true;
			break;
		case 'm':
			opt.may_miss = true;
			break;
		case 'v':
			opt.verbose = true;
			break;
		case 'T':
			return optind < argc ? table(optarg, argv[optind]) : 2;
		default:
			return 2;
		}
	}
	if (opt.all) {
		step_all(opt.tables, argv + optind, opt.verbose);
		return step_summary(opt.percent, opt.may_miss) ? 0 : 1;
	}
	if (optind == argc)
		return 2;
	if (!fork()) {
		if (ptrace(PTRACE_TRACEME, 0, 0, 0))
			die("ptrace");
		execv(argv[optind], argv + optind);
		die("%s", argv[optind]);
	}
	trace();
	kind_end();
	if (opt.verbose)
		printf("# %.1f s in all, %.1f s for libdw, %.1f s for the other stacks\n", (wall_ns() - from) / 1e9, took[0] / 1e9, took[1] / 1e9);
	return step_summary(opt.percent, opt.may_miss) ? 0 : 1;
}
