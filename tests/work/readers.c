// SPDX-License-Identifier: GPL-2.0-only
/*
 * readers [-n READERS] [-s SECONDS] [-r]: processes that read the views in all the ways a file can be read; each open must give one
 * whole snapshot, whatever signals come meanwhile. With -r one more writes "reset", and a read right after must not show anything older.
 * Prints what is wrong, and at the end how many snapshots were read ("snapshots N resets M"); exit status 1 if anything was wrong.
 * The module must have been loaded with top=1000, and sleepers=1000 (the default).
 */
#include "view.h"
#include <sys/mman.h>
#include <sys/time.h>

static struct {
	long snapshots, resets, wrong;
} *count;

static const char *path;
static enum view_kind kind;

__attribute__((format(printf, 2, 3)))
static void is_wrong(const struct view *v, const char *fmt, ...)
{
	va_list ap;

	if (__atomic_fetch_add(&count->wrong, 1, __ATOMIC_RELAXED) > 5)
		return;
	va_start(ap, fmt);
	printf("%s: ", path);
	vprintf(fmt, ap);
	printf(" (%zu bytes)\n", v->len);
	va_end(ap);
	fflush(stdout);
}

struct check {
	const struct view *v;
	double sum, last, longest, per_cpu[64];
	unsigned long long scheds;
	long rows;
};

static void check_row(const struct row *r, void *arg)
{
	struct check *c = arg;

	if (c->last >= 0 && r->ticks > c->last)
		is_wrong(c->v, "row %s of %ld is out of order", r->comm, r->pid);
	c->last = r->ticks;
	c->rows++;
	c->sum += r->ticks;
	c->scheds += r->scheds;
	if (r->ticks > c->longest)
		c->longest = r->ticks;
	c->per_cpu[r->cpu & 63] += r->ticks;
}

/* Ranks count up by one; each row of perftop and lattop has its stack below it; nothing but rows and stacks after the header. */
static void check_rows(const struct view *v)
{
	long rank = 0, stack = 1;
	int header = 1, n;
	char line[512];
	struct row r;

	if (!v->len || v->text[v->len - 1] != '\n')
		is_wrong(v, "doesn't end with a whole line");
	for (const char *p = v->text; *p; p = strchr(p, '\n') + 1) {
		if (header && *p == '#')
			continue;
		header = 0;
		if (!strchr(p, '\n'))
			break;
		view_line(p, line);
		if (row_parse(p, kind, &r)) {
			if (kind != SCHEDTOP && (sscanf(line, "%d", &n) != 1 || n != ++rank))
				is_wrong(v, "rank %d after %ld", n, rank - 1);
			if (kind != SCHEDTOP && !stack)
				is_wrong(v, "row %ld has no stack", rank - 1);
			stack = 0;
		} else if (rank && (strstr(line, " k ") || strstr(line, " u "))) {
			stack++;
		} else {
			is_wrong(v, "strange line: %s", line);
		}
	}
	if (kind != SCHEDTOP && !stack)
		is_wrong(v, "the last row has no stack");
}

static int differ(double a, double b, double all)
{
	return a - b > all / 10000 || b - a > all / 10000;
}

static void check_books(const struct view *v, const struct check *c)
{
	char key[16];

	if (kind == LATTOP) {
		const char *p = view_header(v, "sleeps"), *q = view_header(v, "evicted");
		unsigned long long sleeps, open, evicted;
		double over;

		if (!p || sscanf(p, "%llu sleeps, %lf ticks, %*f s; %llu open", &sleeps, &over, &open) != 3 ||
		    !q || sscanf(q, "%*u ticks, %*f s, %llu entries", &evicted) != 1)
			is_wrong(v, "no sum of sleeps");
		/* With so many rows there may be more, which aren't shown. */
		else if (c->scheds > sleeps + open || (c->rows < 1000 && !evicted && c->scheds < sleeps + open))
			is_wrong(v, "rows %llu sleeps, header %llu and %llu open", c->scheds, sleeps, open);
		else if (c->rows < 1000 && c->sum < over)
			is_wrong(v, "rows %.0f, header %.0f", c->sum, over);
		return;
	}
	if (kind == PERFTOP) {
		double all = view_number(v, "cpu time"), tasks = view_number(v, "tasks");

		if (all < 0 || differ(tasks + view_number(v, "idle") + view_number(v, "evicted") + view_number(v, "unattributed") +
				      (view_header(v, "others") ? view_number(v, "others") : 0), all, all))
			is_wrong(v, "the accounting doesn't balance");
		/* With so many rows there may be more, which aren't shown. */
		if (c->rows == 1000 ? c->sum > tasks : differ(c->sum, tasks, all))
			is_wrong(v, "rows %.0f, header %.0f", c->sum, tasks);
		return;
	}
	for (int cpu = 0; cpu < sysconf(_SC_NPROCESSORS_ONLN); cpu++) {
		double all, tasks, idle, evicted, rest, others = 0;
		const char *p;

		snprintf(key, sizeof(key), "cpu %d", cpu);
		p = view_header(v, key);
		if (!p || sscanf(p, "%lf ticks = tasks %lf + idle %lf + evicted %lf + unattributed %lf + others %lf", &all, &tasks, &idle, &evicted,
				 &rest, &others) < 5)
			is_wrong(v, "no accounting of CPU %d", cpu);
		else if (differ(tasks + idle + evicted + rest + others, all, all))
			is_wrong(v, "the accounting of CPU %d doesn't balance", cpu);
		else if (differ(c->per_cpu[cpu], tasks, all))
			is_wrong(v, "CPU %d: rows %.0f, header %.0f", cpu, c->per_cpu[cpu], tasks);
	}
}

static struct check check(const struct view *v)
{
	struct check c = { .v = v, .last = -1 };

	check_rows(v);
	view_rows(v, kind, check_row, &c);
	check_books(v, &c);
	__atomic_fetch_add(&count->snapshots, 1, __ATOMIC_RELAXED);
	return c;
}

/* Reads one open file in the way number HOW, then in others: always the same bytes. */
static void read_once(struct view *a, struct view *b, int how, unsigned int *seed)
{
	static const size_t steps[] = { 1, 7, 4096, 1 << 20 };
	int fd = open(path, O_RDONLY);
	char buf[512];

	if (fd < 0)
		die("%s", path);
	view_read(a, fd, steps[how & 3]);
	if (lseek(fd, 0, SEEK_SET))
		is_wrong(a, "lseek to 0");
	view_read(b, fd, 65536);
	for (size_t i = 0, line = 0; i <= a->len; i++) {
		if (a->text[i] != b->text[i]) {
			is_wrong(a, "another text after lseek: %zu bytes; %.*s", b->len, (int)strcspn(b->text + line, "\n"), b->text + line);
			break;
		}
		if (a->text[i] == '\n')
			line = i + 1;
	}
	for (int i = 0; i < 4; i++) {
		size_t at = rand_r(seed) % (a->len + 10), want = rand_r(seed) % sizeof(buf), rest = at < a->len ? a->len - at : 0;
		ssize_t n = pread(fd, buf, want, at);

		if (n < 0 || (size_t)n > rest || (!n && rest && want) || memcmp(buf, a->text + at, n))
			is_wrong(a, "pread of %zu at %zu: %zd", want, at, n);
	}
	close(fd);
	check(a);
}

static void nothing(int signal)
{
	(void)signal;
}

/* From here on a handler that wants what it interrupts to go on (as debuggers, profilers and runtimes of languages have them) runs often. */
static void be_interrupted(void)
{
	struct sigaction sa = { .sa_handler = nothing, .sa_flags = SA_RESTART };
	struct itimerval often = { { 0, 10000 }, { 0, 10000 } };

	if (sigaction(SIGALRM, &sa, NULL) || setitimer(ITIMER_REAL, &often, NULL))
		die("SIGALRM");
}

NOINLINE static void reader(int n, long long end)
{
	struct view a = { 0 }, b = { 0 };
	unsigned int seed = n;

	kind = n % 3;
	path = view_path[kind];
	be_interrupted();
	do
		read_once(&a, &b, n / 3, &seed);
	while (wall_ns() < end);
}

NOINLINE static void resetter(long long end)
{
	struct view v = { 0 };

	do {
		long long before = wall_ns();
		int fd = open(path = "/proc/perftop", O_WRONLY);
		double since, most;
		struct check c;

		if (fd < 0 || write(fd, "reset", 5) != 5)
			die("reset");
		close(fd);
		for (kind = SCHEDTOP; kind <= LATTOP; kind++) {
			path = view_path[kind];
			view_load(&v, path);
			c = check(&v);
			since = view_number(&v, "since reset");
			most = (wall_ns() - before) / 1e9 + 0.001;
			if (since < 0 || since > most)
				is_wrong(&v, "reset %.6f s ago, it says %.6f s", most, since);
			most *= view_khz(&v) * 1000 * 1.001;
			if (c.longest > most * (kind == PERFTOP ? sysconf(_SC_NPROCESSORS_ONLN) : 1))
				is_wrong(&v, "a row of %.0f ticks, reset at most %.0f ticks ago", c.longest, most);
		}
		__atomic_fetch_add(&count->resets, 1, __ATOMIC_RELAXED);
		nap_ns(50 * MSEC);
	} while (wall_ns() < end);
}

int main(int argc, char **argv)
{
	int readers = 16, resets = 0, opt, status, bad = 0;
	double seconds = 2;
	long long end;

	while ((opt = getopt(argc, argv, "n:s:r")) != -1) {
		if (opt == 'n')
			readers = atoi(optarg);
		else if (opt == 's')
			seconds = atof(optarg);
		else if (opt == 'r')
			resets = 1;
		else
			return 2;
	}
	count = mmap(NULL, 4096, PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1, 0);
	if (count == MAP_FAILED)
		die("mmap");
	end = wall_ns() + seconds * SEC;
	for (int i = 0; i < readers + resets; i++) {
		if (spawn())
			continue;
		if (i < readers)
			reader(i, end);
		else
			resetter(end);
		exit(0);
	}
	while (wait(&status) > 0)
		bad |= status;
	printf("snapshots %ld resets %ld\n", count->snapshots, count->resets);
	return bad || count->wrong || !count->snapshots || (resets && !count->resets);
}
