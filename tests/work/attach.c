// SPDX-License-Identifier: GPL-2.0-only
/*
 * attach [-r] [-f FUNCTION]...: what perf and bpftrace do beside us, on all CPUs: samples of the clock, of the scheduler's tracepoints
 * and of kprobes at each FUNCTION, with stacks, and BPF programs that take stacks at the same places. It's ready when the first
 * samples are there. -r: attaches and detaches them over and over, each time for a moment. When terminated it says how many
 * rounds, samples and BPF stacks there were, or that the kernel has no BPF; and of what there were no samples since it got
 * SIGUSR1 (it says "anew" then).
 */
#include "work.h"
#include <linux/bpf.h>
#include <linux/perf_event.h>
#include <sys/ioctl.h>
#include <sys/mman.h>
#include <sys/resource.h>

#define PAGES 8
#define MOST 256
#define KINDS 32
#define STACKS 4096
#define DEPTH 64

static const char * const points[] = { "sched_switch", "sched_wakeup_new", "sched_process_exec", "sched_process_exit" };

static struct kind {
	const char *name;
	long samples;	/* since SIGUSR1 */
} kinds[KINDS];

static struct event {
	int fd;
	struct kind *kind;
	struct perf_event_mmap_page *ring;
} events[MOST];

static int nr, raw = -1, stacks = -1, on_point = -1, on_kprobe = -1;
static long rounds, samples;
static size_t page;
static volatile sig_atomic_t terminated, anew;

static void on_term(int sig)
{
	(void)sig;
	terminated = 1;
}

static void on_usr1(int sig)
{
	(void)sig;
	anew = 1;
}

static long bpf(int cmd, union bpf_attr *attr)
{
	return syscall(SYS_bpf, cmd, attr, sizeof(*attr));
}

/* A number that is alone in a file */
static unsigned int number_in(const char *dir, const char *name, const char *file)
{
	char path[128];
	unsigned int n;
	FILE *f;

	snprintf(path, sizeof(path), "%s/%s/%s", dir, name, file);
	f = fopen(path, "r");
	if (!f || fscanf(f, "%u", &n) != 1)
		die("%s", path);
	fclose(f);
	return n;
}

/* One that takes the kernel's and the user's stack, and lets the sample pass. */
static int program(unsigned int type)
{
	const struct bpf_insn code[] = {
		{ .code = BPF_ALU64 | BPF_MOV | BPF_X, .dst_reg = 6, .src_reg = 1 },
		{ .code = BPF_LD | BPF_DW | BPF_IMM, .dst_reg = 2, .src_reg = BPF_PSEUDO_MAP_FD, .imm = stacks },
		{ 0 },
		{ .code = BPF_ALU64 | BPF_MOV | BPF_K, .dst_reg = 3, .imm = BPF_F_REUSE_STACKID },
		{ .code = BPF_JMP | BPF_CALL, .imm = BPF_FUNC_get_stackid },
		{ .code = BPF_ALU64 | BPF_MOV | BPF_X, .dst_reg = 1, .src_reg = 6 },
		{ .code = BPF_LD | BPF_DW | BPF_IMM, .dst_reg = 2, .src_reg = BPF_PSEUDO_MAP_FD, .imm = stacks },
		{ 0 },
		{ .code = BPF_ALU64 | BPF_MOV | BPF_K, .dst_reg = 3, .imm = BPF_F_REUSE_STACKID | BPF_F_USER_STACK },
		{ .code = BPF_JMP | BPF_CALL, .imm = BPF_FUNC_get_stackid },
		{ .code = BPF_ALU64 | BPF_MOV | BPF_K, .dst_reg = 0, .imm = 1 },
		{ .code = BPF_JMP | BPF_EXIT },
	};
	union bpf_attr load = {
		.prog_type = type, .insns = (uintptr_t)code, .insn_cnt = sizeof(code) / sizeof(code[0]), .license = (uintptr_t)"GPL",
	};
	int fd = bpf(BPF_PROG_LOAD, &load);

	if (fd < 0)
		die("BPF program of type %u", type);
	return fd;
}

static void programs(void)
{
	union bpf_attr map = {
		.map_type = BPF_MAP_TYPE_STACK_TRACE, .key_size = 4, .value_size = 8 * DEPTH, .max_entries = STACKS,
	};

	stacks = bpf(BPF_MAP_CREATE, &map);
	if (stacks < 0 && errno == ENOSYS)
		return;
	if (stacks < 0)
		die("BPF map");
	on_point = program(BPF_PROG_TYPE_TRACEPOINT);
	on_kprobe = program(BPF_PROG_TYPE_KPROBE);
}

static void raw_point(void)
{
	int prog = program(BPF_PROG_TYPE_RAW_TRACEPOINT);
	union bpf_attr at = { .raw_tracepoint = { .name = (uintptr_t)"sched_switch", .prog_fd = prog } };

	raw = bpf(BPF_RAW_TRACEPOINT_OPEN, &at);
	if (raw < 0)
		die("BPF at the raw tracepoint");
	close(prog);
}

static struct kind *kind(const char *name)
{
	for (int i = 0; i < KINDS; i++) {
		if (!kinds[i].name)
			kinds[i].name = name;
		if (!strcmp(kinds[i].name, name))
			return &kinds[i];
	}
	die("too many kinds");
}

/* The event on each CPU; a BPF program runs for all of them. */
static void open_event(struct perf_event_attr *attr, int prog, const char *name)
{
	int cpus = sysconf(_SC_NPROCESSORS_ONLN);
	struct kind *k = kind(name);

	attr->size = sizeof(*attr);
	attr->sample_type = PERF_SAMPLE_TID | PERF_SAMPLE_TIME | PERF_SAMPLE_CALLCHAIN;
	for (int cpu = 0; cpu < cpus; cpu++) {
		struct event *e = &events[nr];

		if (nr == MOST)
			die("too many events");
		e->fd = syscall(SYS_perf_event_open, attr, -1, cpu, -1, PERF_FLAG_FD_CLOEXEC);
		if (e->fd < 0)
			die("event %s", name);
		nr++;
		e->kind = k;
		e->ring = mmap(NULL, (1 + PAGES) * page, PROT_READ | PROT_WRITE, MAP_SHARED, e->fd, 0);
		if (e->ring == MAP_FAILED)
			die("ring of %s", name);
		if (prog >= 0 && !cpu && ioctl(e->fd, PERF_EVENT_IOC_SET_BPF, prog))
			die("BPF at %s", name);
	}
}

static void attach(char **functions)
{
	struct perf_event_attr clock = { .type = PERF_TYPE_SOFTWARE, .config = PERF_COUNT_SW_CPU_CLOCK, .freq = 1, .sample_freq = 997 };

	open_event(&clock, -1, "clock");
	for (size_t i = 0; i < sizeof(points) / sizeof(points[0]); i++) {
		struct perf_event_attr a = { .type = PERF_TYPE_TRACEPOINT, .sample_period = 1 };

		a.config = number_in("/sys/kernel/tracing/events/sched", points[i], "id");
		open_event(&a, on_point, points[i]);
	}
	for (; *functions; functions++) {
		struct perf_event_attr a = { .sample_period = 1, .config1 = (uintptr_t)*functions };

		a.type = number_in("/sys/bus/event_source/devices", "kprobe", "type");
		open_event(&a, on_kprobe, *functions);
	}
	if (stacks >= 0)
		raw_point();
}

static void detach(void)
{
	while (nr) {
		struct event *e = &events[--nr];

		munmap(e->ring, (1 + PAGES) * page);
		close(e->fd);
	}
	if (raw >= 0)
		close(raw);
}

/* Takes what is in the rings. */
static void drain(void)
{
	int forget = anew;

	for (int i = 0; i < nr; i++) {
		struct perf_event_mmap_page *ring = events[i].ring;
		uint64_t head = __atomic_load_n(&ring->data_head, __ATOMIC_ACQUIRE), tail = ring->data_tail;

		while (tail < head) {
			const struct perf_event_header *h = (void *)((char *)ring + page + tail % (PAGES * page));

			samples += h->type == PERF_RECORD_SAMPLE;
			events[i].kind->samples += h->type == PERF_RECORD_SAMPLE;
			tail += h->size;
		}
		__atomic_store_n(&ring->data_tail, tail, __ATOMIC_RELEASE);
	}
	if (!forget)
		return;
	for (int i = 0; i < KINDS; i++)
		kinds[i].samples = 0;
	anew = 0;
	printf("anew\n");
}

/* Is there something of which there was no sample yet? */
static int missing(void)
{
	for (int i = 0; i < KINDS && kinds[i].name; i++)
		if (!kinds[i].samples)
			return 1;
	return 0;
}

/* Until there are samples, and at first of all there is. */
static void watch(void)
{
	long before = samples;

	while (!terminated && (samples == before || missing())) {
		nap_ns(5 * MSEC);
		drain();
	}
}

static long stacks_seen(void)
{
	union bpf_attr next = { .map_fd = stacks };
	uint32_t key, none = -1;
	long seen = 0;

	next.key = (uintptr_t)&none;
	next.next_key = (uintptr_t)&key;
	while (!bpf(BPF_MAP_GET_NEXT_KEY, &next)) {
		seen++;
		none = key;
	}
	return seen;
}

int main(int argc, char **argv)
{
	char *functions[16] = { NULL };
	int repeat = 0, opt, n = 0;
	sigset_t ours;

	while ((opt = getopt(argc, argv, "rf:")) != -1) {
		if (opt == 'r')
			repeat = 1;
		else if (opt == 'f' && n < 15)
			functions[n++] = optarg;
		else
			return 2;
	}
	setvbuf(stdout, NULL, _IOLBF, 0);
	/* Up to 5.10 BPF's memory counts as locked. */
	setrlimit(RLIMIT_MEMLOCK, &(struct rlimit){ RLIM_INFINITY, RLIM_INFINITY });
	page = sysconf(_SC_PAGESIZE);
	sigaction(SIGUSR1, &(struct sigaction){ .sa_handler = on_usr1 }, NULL);
	sigaction(SIGTERM, &(struct sigaction){ .sa_handler = on_term }, NULL);
	programs();
	sigemptyset(&ours);
	sigaddset(&ours, SIGTERM);
	sigaddset(&ours, SIGUSR1);
	do {
		/* For a signal the verifier of BPF gives up (EAGAIN). */
		sigprocmask(SIG_BLOCK, &ours, NULL);
		attach(functions);
		sigprocmask(SIG_UNBLOCK, &ours, NULL);
		watch();
		if (!rounds++)
			ready();
		while (!repeat && !terminated) {
			nap_ns(20 * MSEC);
			drain();
		}
		drain();
		detach();
	} while (!terminated);
	printf("%ld rounds, %ld samples, ", rounds, samples);
	if (stacks < 0)
		printf("no BPF\n");
	else
		printf("%ld stacks\n", stacks_seen());
	for (int i = 0; i < KINDS && kinds[i].name; i++)
		if (!kinds[i].samples)
			printf("no sample of %s\n", kinds[i].name);
	return 0;
}
