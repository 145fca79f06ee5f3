/* SPDX-License-Identifier: GPL-2.0-only */
/* Reading /proc/perftop, /proc/schedtop and /proc/lattop: one snapshot in memory, its rows and the numbers of its header. */
#ifndef VIEW_H
#define VIEW_H

#include "work.h"

struct view {
	char *text;
	size_t len, room;
};

__attribute__((unused))
static void view_append(struct view *v, const char *s, size_t n)
{
	if (v->len + n + 1 > v->room) {
		v->room = (v->len + n + 1) * 2 + 65536;
		v->text = realloc(v->text, v->room);
		if (!v->text)
			die("realloc");
	}
	memcpy(v->text + v->len, s, n);
	v->len += n;
	v->text[v->len] = 0;
}

/* Reads from the descriptor's position to its end, STEP bytes at a time. */
__attribute__((unused))
static void view_read(struct view *v, int fd, size_t step)
{
	static char buf[1 << 20];
	ssize_t n;

	v->len = 0;
	view_append(v, "", 0);
	while ((n = read(fd, buf, step < sizeof(buf) ? step : sizeof(buf))) > 0)
		view_append(v, buf, n);
	if (n < 0)
		die("read");
}

__attribute__((unused))
static void view_load(struct view *v, const char *path)
{
	int fd = open(path, O_RDONLY);

	if (fd < 0)
		die("%s", path);
	view_read(v, fd, 65536);
	close(fd);
}

/* The text after "# KEY:", or NULL. */
__attribute__((unused))
static const char *view_header(const struct view *v, const char *key)
{
	size_t n = strlen(key);

	for (const char *p = v->text; p && *p == '#'; p = strchr(p, '\n'), p = p ? p + 1 : p) {
		const char *q = p + 1 + strspn(p + 1, " ");

		if (!strncmp(q, key, n) && q[n] == ':')
			return q + n + 1 + strspn(q + n + 1, " ");
	}
	return NULL;
}

/* The number after "# KEY:" in the header, -1 if there is none. */
__attribute__((unused))
static double view_number(const struct view *v, const char *key)
{
	const char *p = view_header(v, key);

	return p && *p >= '0' && *p <= '9' ? strtod(p, NULL) : -1;
}

/* "clock: NAME N kHz, ..." */
__attribute__((unused))
static double view_khz(const struct view *v)
{
	const char *p = view_header(v, "clock");
	double khz = 0;

	if (!p || sscanf(p, "%*s %lf kHz", &khz) != 1 || khz <= 0)
		die("no clock in the header");
	return khz;
}

enum view_kind { SCHEDTOP, PERFTOP, LATTOP };

__attribute__((unused))
static const char *const view_path[] = { "/proc/schedtop", "/proc/perftop", "/proc/lattop" };

__attribute__((unused))
static enum view_kind view_kind(const char *name)
{
	return !strcmp(name, "perftop") ? PERFTOP : !strcmp(name, "lattop") ? LATTOP : SCHEDTOP;
}

/* Times that a view has in seconds only are in ns here. */
struct row {
	int cpu;			/* schedtop only */
	long pid;			/* perftop: tgid */
	unsigned long long ticks, scheds, error;	/* lattop: ticks asleep, sleeps */
	double delay, longest_delay;	/* schedtop and lattop */
	double slept;			/* schedtop only */
	unsigned long long irq_ticks, irqs;	/* of hrtimers, schedtop only */
	unsigned long long delays;	/* and so on: lattop only */
	long tgid;
	double longest, now_ns;
	char now[4];
	char comm[80];
};

__attribute__((unused))
static unsigned long long row_number(const char *s)
{
	return strcmp(s, "-") ? strtoull(s, NULL, 10) : 0;
}

/* The first line of TEXT, up to a length that no row has. sscanf() would look for the end of all of it. */
__attribute__((unused))
static void view_line(const char *text, char line[512])
{
	size_t len = strcspn(text, "\n");

	len = len < 511 ? len : 511;
	memcpy(line, text, len);
	line[len] = '\0';
}

/* The row that TEXT begins with, if it is one: each view has its own columns. Returns whether it is. */
__attribute__((unused))
static int row_parse(const char *text, enum view_kind kind, struct row *r)
{
	char line[512], error[32], irq_ticks[32] = "-", irqs[32] = "-", now_s[32] = "-";
	int at = 0;

	memset(r, 0, sizeof(*r));
	view_line(text, line);
	switch (kind) {
	case PERFTOP:
		sscanf(line, " %*d %*8[0-9a-f] %llu %*f %*f%% %llu %31s %ld %*s %*s %n", &r->ticks, &r->scheds, error, &r->pid, &at);
		break;
	case SCHEDTOP:
		sscanf(line, " %d %ld %llu %*f %llu %lf %lf %lf %31s %31s %31s %*s %n", &r->cpu, &r->pid, &r->ticks, &r->scheds, &r->delay,
		       &r->longest_delay, &r->slept, irq_ticks, irqs, error, &at);
		break;
	case LATTOP:
		sscanf(line, " %*d %ld %ld %llu %*f %llu %lf %lf %llu %lf %31s %*f%% %3s %31s %*s %n", &r->pid, &r->tgid, &r->ticks, &r->scheds,
		       &r->longest, &r->delay, &r->delays, &r->longest_delay, error, r->now, now_s, &at);
		break;
	}
	if (!at)
		return 0;
	r->error = row_number(error);
	r->irq_ticks = row_number(irq_ticks);
	r->irqs = row_number(irqs);
	r->delay *= 1e9;
	r->longest_delay *= 1e9;
	r->slept *= 1e9;
	r->longest *= 1e9;
	r->now_ns = atof(now_s) * 1e9;
	snprintf(r->comm, sizeof(r->comm), "%s", line + at);
	return 1;
}

/* Calls FN for each row. */
__attribute__((unused))
static int view_rows(const struct view *v, enum view_kind kind, void (*fn)(const struct row *r, void *arg), void *arg)
{
	struct row r;
	int rows = 0;

	for (const char *p = v->text; p && *p; p = strchr(p, '\n'), p = p ? p + 1 : p) {
		if (*p == '#' || !row_parse(p, kind, &r))
			continue;
		rows++;
		if (fn)
			fn(&r, arg);
	}
	return rows;
}

/* What the rows of one process (and of one name, if COMM isn't NULL) add up to; the longest of them. */
struct sum {
	long pid;
	const char *comm;
	int rows;
	struct row row;
};

__attribute__((unused))
static void sum_row(const struct row *r, void *arg)
{
	struct sum *s = arg;
	struct row *sum = &s->row;

	if (r->pid != s->pid || (s->comm && strcmp(r->comm, s->comm)))
		return;
	s->rows++;
	sum->ticks += r->ticks;
	sum->scheds += r->scheds;
	sum->error += r->error;
	sum->delay += r->delay;
	sum->slept += r->slept;
	sum->irq_ticks += r->irq_ticks;
	sum->irqs += r->irqs;
	sum->delays += r->delays;
	if (r->longest > sum->longest)
		sum->longest = r->longest;
	if (r->longest_delay > sum->longest_delay)
		sum->longest_delay = r->longest_delay;
	sum->now_ns = r->now_ns;
	memcpy(sum->now, r->now, sizeof(sum->now));
}

__attribute__((unused))
static struct row view_sum(const struct view *v, enum view_kind kind, long pid, const char *comm)
{
	struct sum s = { .pid = pid, .comm = comm };

	view_rows(v, kind, sum_row, &s);
	return s.row;
}

#endif
