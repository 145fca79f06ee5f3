/* SPDX-License-Identifier: GPL-2.0-only */
/* Reading /proc/perftop and /proc/schedtop: one snapshot in memory, its rows and the numbers of its header. */
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

struct row {
	int cpu;			/* schedtop only */
	long pid;			/* perftop: tgid */
	unsigned long long ticks, scheds, error;
	char comm[80];
};

/* The row at LINE, if it is one: each view has its own columns. */
__attribute__((unused))
static int row_parse(const char *line, int perftop, struct row *r)
{
	char error[32];
	int at = 0, n;

	memset(r, 0, sizeof(*r));
	if (perftop)
		n = sscanf(line, " %*d %*8[0-9a-f] %llu %*f %*f%% %llu %31s %ld %*s %n", &r->ticks, &r->scheds, error, &r->pid, &at);
	else
		n = sscanf(line, " %d %ld %llu %*f %llu %*s %*s %31s %n", &r->cpu, &r->pid, &r->ticks, &r->scheds, error, &at);
	if (n < (perftop ? 4 : 5) || !at)
		return 0;
	r->error = strcmp(error, "-") ? strtoull(error, NULL, 10) : 0;
	snprintf(r->comm, sizeof(r->comm), "%.*s", (int)strcspn(line + at, "\n"), line + at);
	return 1;
}

/* Calls FN for each row. */
__attribute__((unused))
static int view_rows(const struct view *v, int perftop, void (*fn)(const struct row *r, void *arg), void *arg)
{
	struct row r;
	int rows = 0;

	for (const char *p = v->text; p && *p; p = strchr(p, '\n'), p = p ? p + 1 : p) {
		if (*p == '#' || !row_parse(p, perftop, &r))
			continue;
		rows++;
		if (fn)
			fn(&r, arg);
	}
	return rows;
}

/* Ticks and times scheduled of one process (and of one name, if COMM isn't NULL). */
struct sum {
	long pid;
	const char *comm;
	unsigned long long ticks, scheds, error;
};

__attribute__((unused))
static void sum_row(const struct row *r, void *arg)
{
	struct sum *s = arg;

	if (r->pid != s->pid || (s->comm && strcmp(r->comm, s->comm)))
		return;
	s->ticks += r->ticks;
	s->scheds += r->scheds;
	s->error += r->error;
}

__attribute__((unused))
static struct sum view_sum(const struct view *v, int perftop, long pid, const char *comm)
{
	struct sum s = { .pid = pid, .comm = comm };

	view_rows(v, perftop, sum_row, &s);
	return s;
}

#endif
