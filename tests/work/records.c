// SPDX-License-Identifier: GPL-2.0-only
/*
 * records WHAT: reads /dev/perftop as uapi/perftop.h has it, and says what is wrong, if anything, and fails.
 *	check [-s SIZE] [FILE]	a snapshot is whole, and each byte of it is what it should be; in reads of SIZE bytes
 *	rows FILE		prints what it has, one line for each thing
 *	events TEXT		prints events until TEXT is in the path of one
 *	api			what the file can do
 *	build-id FILE		prints that of a program
 */
#include "work.h"
#include "../../src/uapi/perftop.h"
#include <poll.h>
#include <stddef.h>
#include <sys/epoll.h>
#include <sys/ioctl.h>

#define DEVICE "/dev/perftop"

/* ---- reading */

static unsigned char *data;
static size_t size;

static void slurp(const char *name, size_t piece)
{
	int fd = open(name, O_RDONLY);
	size_t room = 0;
	ssize_t n;

	if (fd < 0)
		die("%s", name);
	do {
		if (room < size + piece) {
			room = room * 2 + piece + (1 << 20);
			data = realloc(data, room);
			if (!data)
				die("%zu bytes", room);
		}
		/* What a read leaves untouched is seen. */
		memset(data + size, 0xaa, piece);
		n = read(fd, data + size, piece);
		if (n < 0)
			die("read %s", name);
		size += n;
	} while (n);
	if (read(fd, data + size, piece))
		wrong("there's more after the end");
	close(fd);
}

static const struct perftop_record *at(size_t off)
{
	const struct perftop_record *rec = (const void *)(data + off);

	if (off + sizeof(*rec) > size)
		wrong("cut off at %zu", off);
	if (rec->bytes < sizeof(*rec) || rec->bytes % 8 || rec->bytes > size - off)
		wrong("record of %u bytes at %zu of %zu", rec->bytes, off, size);
	return rec;
}

#define each_record(rec)							\
	(size_t off_ = 0; off_ < size && ((rec) = at(off_)); off_ += (rec)->bytes)

/* ---- check */

static void zero(const void *from, size_t bytes, const char *what)
{
	const unsigned char *p = from;

	while (bytes--)
		if (p[bytes])
			wrong("%s: byte %#x where nothing is, %zu", what, p[bytes], bytes);
}

/* A string in an array: zero after its end. */
static void string(const char *s, size_t room, const char *what)
{
	size_t len = strnlen(s, room);

	zero(s + len, room - len, what);
}

/* A string up to the end of its record. */
static void last_string(const struct perftop_record *rec, const char *s, const char *what)
{
	size_t room = (const char *)rec + rec->bytes - s;

	if (strnlen(s, room) == room)
		wrong("%s has no end", what);
	if (room - strlen(s) > 8)
		wrong("%s: %zu bytes too many", what, room - strlen(s) - 8);
	string(s, room, what);
}

static unsigned int objects, frames;

static void stack(const struct perftop_record *rec, const struct perftop_stack *s, size_t fixed)
{
	unsigned int n = s->kernel + s->user;
	const __le32 *id = (const void *)((const char *)rec + s->frames);

	if (s->frames != fixed || rec->bytes != fixed + (n + n % 2) * 4)
		wrong("a stack of %u frames at %u in a record of %u bytes", n, s->frames, rec->bytes);
	for (unsigned int i = 0; i < n; i++)
		if (!id[i] || id[i] > frames)
			wrong("there's no frame %u", id[i]);
	zero(id + n, (n % 2) * 4, "after a stack");
	zero(&s->reserved, sizeof(s->reserved), "stack");
	if ((s->flags & PERFTOP_KTHREAD) && (s->user || s->tgid || s->program))
		wrong("a kernel thread with user frames");
	if (s->flags & ~0x1f)
		wrong("stack flags %#x", s->flags);
}

static void exactly(const struct perftop_record *rec, size_t bytes, const char *what)
{
	if (rec->bytes != bytes)
		wrong("%s of %u bytes", what, rec->bytes);
}

static void check_frame(const struct perftop_record *rec)
{
	const struct perftop_frame *f = (const void *)rec;

	if (f->id != ++frames)
		wrong("frame %u is number %u", frames, f->id);
	if (f->object > objects)
		wrong("there's no object %u", f->object);
	zero(&f->reserved, sizeof(f->reserved), "frame");
	last_string(rec, f->symbol, "symbol");
	if (f->flags & PERFTOP_FRAME_USER)
		zero(f->symbol, 1, "symbol of a user frame");
	else if (!f->symbol[0] || f->offset || f->object)
		wrong("kernel frame '%s', %#llx", f->symbol, (unsigned long long)f->offset);
}

static void check_record(const struct perftop_record *rec)
{
	const struct perftop_head *h = (const void *)rec;
	const struct perftop_param *param = (const void *)rec;
	const struct perftop_object *o = (const void *)rec;
	const struct perftop_task *t = (const void *)rec;
	const struct perftop_pid *p = (const void *)rec;
	const struct perftop_sleep *s = (const void *)rec;
	const struct perftop_wait *w = (const void *)rec;

	switch (rec->type) {
	case PERFTOP_HEAD:
		exactly(rec, sizeof(*h), "head");
		if (memcmp(h->magic, PERFTOP_MAGIC, 8) || h->abi != PERFTOP_ABI)
			wrong("magic or ABI");
		string(h->target, sizeof(h->target), "target");
		string(h->version, sizeof(h->version), "version");
		string(h->kernel, sizeof(h->kernel), "kernel");
		string(h->clock, sizeof(h->clock), "clock");
		string(h->backend, sizeof(h->backend), "backend");
		string(h->hook, sizeof(h->hook), "hook");
		string(h->hrtimer_hook, sizeof(h->hrtimer_hook), "hrtimer_hook");
		break;
	case PERFTOP_PARAM:
		string(param->name, sizeof(param->name), "parameter");
		last_string(rec, param->value, "value");
		break;
	case PERFTOP_CPU:
		exactly(rec, sizeof(struct perftop_cpu), "CPU");
		zero(&((const struct perftop_cpu *)rec)->reserved, 4, "CPU");
		break;
	case PERFTOP_OBJECT:
		if (o->id != ++objects)
			wrong("object %u is number %u", objects, o->id);
		zero(o->reserved, sizeof(o->reserved), "object");
		zero(o->reserved2, sizeof(o->reserved2), "object");
		if (o->build_id_bytes > sizeof(o->build_id))
			wrong("a build id of %u bytes", o->build_id_bytes);
		zero(o->build_id + o->build_id_bytes, sizeof(o->build_id) - o->build_id_bytes, "build id");
		last_string(rec, o->path, "path");
		break;
	case PERFTOP_FRAME:
		check_frame(rec);
		break;
	case PERFTOP_TASK:
		stack(rec, &t->stack, sizeof(*t));
		zero(&t->reserved, sizeof(t->reserved), "task");
		if (t->pids > PERFTOP_WHO)
			wrong("%u pids", t->pids);
		zero(t->pid + t->pids, (PERFTOP_WHO - t->pids) * 4, "pids");
		string(t->comm, sizeof(t->comm), "name of a task");
		break;
	case PERFTOP_PID:
		exactly(rec, sizeof(*p), "pid");
		string(p->comm, sizeof(p->comm), "name of a pid");
		break;
	case PERFTOP_SLEEP:
		stack(rec, &s->stack, sizeof(*s));
		zero(s->reserved, sizeof(s->reserved), "sleep");
		string(s->comm, sizeof(s->comm), "name of a sleeper");
		break;
	case PERFTOP_WAIT:
		stack(rec, &w->stack, sizeof(*w));
		zero(w->reserved, sizeof(w->reserved), "wait");
		string(w->comm, sizeof(w->comm), "name of who waits");
		break;
	case PERFTOP_END:
		exactly(rec, sizeof(struct perftop_end), "end");
		break;
	default:
		wrong("type %u", rec->type);
	}
}

/* What may look like anything: a program's keyed hash, in rows with a stack; times; a build id. */
static int in_noise(const struct perftop_record *rec, size_t i)
{
	size_t from, bytes = sizeof(__le64);

	switch (rec->type) {
	case PERFTOP_TASK:
	case PERFTOP_SLEEP:
	case PERFTOP_WAIT:
		from = sizeof(*rec) + offsetof(struct perftop_stack, program);
		break;
	case PERFTOP_HEAD:
		from = offsetof(struct perftop_head, taken);
		bytes = offsetof(struct perftop_head, reset) + sizeof(__le64) - from;
		break;
	case PERFTOP_OBJECT:
		from = offsetof(struct perftop_object, build_id);
		bytes = PERFTOP_BUILD_ID;
		break;
	default:
		return 0;
	}
	return i + 8 > from && i < from + bytes;
}

/* What a kernel address looks like; numbers below zero, which some are, don't. */
static void no_address(const struct perftop_record *rec)
{
	const unsigned char *p = (const void *)rec;
	uint64_t word;

	if (rec->type == PERFTOP_CPU)
		return;
	for (size_t i = 0; i + 8 <= rec->bytes; i++) {
		if (in_noise(rec, i))
			continue;
		memcpy(&word, p + i, 8);
		if (word >= 0xffff800000000000 && word < 0xfffffffffffff000 && memchr(&word, 0, 8) == NULL && (word >> 40) != 0xffffff)
			wrong("%#llx in a record of type %u, byte %zu", (unsigned long long)word, rec->type, i);
		if ((word >> 32) == 0xffffffff && (uint32_t)word >= 0x80000000 && (uint32_t)word < 0xfffff000)
			wrong("%#llx in a record of type %u, byte %zu", (unsigned long long)word, rec->type, i);
	}
}

static void check(void)
{
	const struct perftop_record *rec, *last = NULL;
	const struct perftop_end *end;
	uint64_t n = 0, bytes = 0;
	/* The rows may come in any order. */
	static const int stage[] = { 9, 0, 1, 2, 3, 4, 5, 5, 5, 5, 6 };
	int now = -1;

	for each_record(rec) {
		last = rec;
		if (rec->type > PERFTOP_END)
			wrong("type %u", rec->type);
		if (stage[rec->type] < now || (rec->type == PERFTOP_HEAD) != !n)
			wrong("type %u in the wrong place", rec->type);
		now = stage[rec->type];
		check_record(rec);
		no_address(rec);
		if (rec->type != PERFTOP_END) {
			n++;
			bytes += rec->bytes;
		}
	}
	end = (const void *)last;
	if (!last || last->type != PERFTOP_END)
		wrong("no end");
	if (end->records != n || end->bytes != bytes)
		wrong("%llu records, %llu bytes by the end, %llu and %llu there", (unsigned long long)end->records,
		      (unsigned long long)end->bytes, (unsigned long long)n, (unsigned long long)bytes);
	printf("%llu records, %zu bytes\n", (unsigned long long)n, size);
}

/* ---- rows */

#define NUMBER(x) ((unsigned long long)(x))

/* Frames and files by their ids, which are numbers from 1 on. */
static const struct perftop_frame **frame_of;
static const struct perftop_object **object_of;

static void number_them(void)
{
	const struct perftop_record *rec;
	size_t n = 1;

	for each_record(rec)
		n++;
	frame_of = calloc(n, sizeof(*frame_of));
	object_of = calloc(n, sizeof(*object_of));
	if (!frame_of || !object_of)
		die("%zu records", n);
	for each_record(rec) {
		const struct perftop_frame *f = (const void *)rec;
		const struct perftop_object *o = (const void *)rec;

		if (rec->type == PERFTOP_FRAME && f->id < n)
			frame_of[f->id] = f;
		if (rec->type == PERFTOP_OBJECT && o->id < n)
			object_of[o->id] = o;
	}
}

/* As /proc/perftop has them, but separated by ; */
static void show_stack(const struct perftop_record *rec, const struct perftop_stack *s)
{
	const __le32 *id = (const void *)((const char *)rec + s->frames);

	for (int i = 0; i < s->kernel + s->user; i++) {
		const struct perftop_frame *f = frame_of[id[i]];

		if (i < s->kernel)
			printf("%sk %s", i ? ";" : "", f->symbol);
		else if (f->object)
			printf("%su %s+%#llx", i ? ";" : "", object_of[f->object]->path, NUMBER(f->offset));
		else
			printf("%su [unknown] %#llx", i ? ";" : "", NUMBER(f->offset));
	}
}

static void rows(void)
{
	const struct perftop_record *rec;

	number_them();
	for each_record(rec) {
		const struct perftop_head *h = (const void *)rec;
		const struct perftop_cpu *c = (const void *)rec;
		const struct perftop_task *t = (const void *)rec;
		const struct perftop_pid *p = (const void *)rec;
		const struct perftop_sleep *s = (const void *)rec;
		const struct perftop_wait *w = (const void *)rec;
		const struct perftop_object *o = (const void *)rec;

		switch (rec->type) {
		case PERFTOP_HEAD:
			printf("head|%u|%s|%s|%s|%s|%llu|%u|%u|%#x|%llu|%llu\n", h->abi, h->version, h->kernel, h->backend, h->hook,
			       NUMBER(h->khz), h->cpus, h->depth, h->flags, NUMBER(h->memory), NUMBER(h->taken - h->reset));
			break;
		case PERFTOP_PARAM:
			printf("param|%s|%s\n", ((const struct perftop_param *)rec)->name, ((const struct perftop_param *)rec)->value);
			break;
		case PERFTOP_CPU:
			printf("cpu|%u|%llu|%llu|%llu|%llu|%lld|%llu|%llu|%u\n", c->cpu, NUMBER(c->elapsed), NUMBER(c->table[PERFTOP_PIDS].ticks),
			       NUMBER(c->idle), NUMBER(c->table[PERFTOP_PIDS].evicted_ticks), (long long)c->unattributed[PERFTOP_PIDS],
			       NUMBER(c->switches), NUMBER(c->table[PERFTOP_TASKS].ticks), c->table[PERFTOP_TASKS].used);
			break;
		case PERFTOP_OBJECT:
			printf("object|%s|", o->path);
			for (int i = 0; i < o->build_id_bytes; i++)
				printf("%02x", o->build_id[i]);
			printf("\n");
			break;
		case PERFTOP_TASK:
			printf("task|%08x|%llu|%llu|%u|%u|", t->stack.hash, NUMBER(t->ticks), NUMBER(t->count), t->stack.tgid, t->cpu);
			show_stack(rec, &t->stack);
			printf("|%.16s\n", t->comm);
			break;
		case PERFTOP_PID:
			printf("pid|%u|%u|%llu|%llu|%llu|%llu|%u|%u|%.16s\n", p->cpu, p->pid, NUMBER(p->ticks), NUMBER(p->count),
			       NUMBER(p->hrtimer), NUMBER(p->hrtimers), p->tgid, p->flags, p->comm);
			break;
		case PERFTOP_SLEEP:
			printf("sleep|%u|%u|%llu|%llu|%llu|%u|%c|", s->pid, s->tgid, NUMBER(s->ticks), NUMBER(s->count), NUMBER(s->longest),
			       s->flags, s->state);
			show_stack(rec, &s->stack);
			printf("|%.16s\n", s->comm);
			break;
		case PERFTOP_WAIT:
			printf("wait|%u|%u|%llu|%llu|%u|%c|", w->pid, w->tgid, NUMBER(w->sleep), NUMBER(w->delay), w->flags, w->state);
			show_stack(rec, &w->stack);
			printf("|%.16s\n", w->comm);
			break;
		}
	}
}

/* ---- events */

/* Nothing of another event is in it. */
static void check_event(const struct perftop_event *e)
{
	string(e->comm, sizeof(e->comm), "name");
	last_string(&e->rec, e->path, "path");
	switch (e->kind) {
	case PERFTOP_EXEC:
		zero(&e->code, sizeof(e->code), "code of an exec");
		zero(&e->others, sizeof(e->others), "others of an exec");
		if (e->cut && strlen(e->path) < 200)
			wrong("%u bytes are cut off of %s", e->cut, e->path);
		return;
	case PERFTOP_FORK:
	case PERFTOP_CLONE:
		zero(&e->others, sizeof(e->others), "others of a fork");
		break;
	}
	zero(&e->cut, sizeof(e->cut), "cut where there's no path");
	zero(e->path, 1, "a path where there's none");
}

static void events(const char *text)
{
	static unsigned char buf[4096];
	size_t have = 0;
	int fd = open(DEVICE, O_RDONLY), first = 1;
	const struct perftop_event *e = (const void *)buf;

	if (fd < 0 || ioctl(fd, PERFTOP_EVENTS, 0))
		die(DEVICE);
	ready();
	setvbuf(stdout, NULL, _IOLBF, 0);
	for (;;) {
		ssize_t n = read(fd, buf + have, sizeof(buf) - have);

		if (n <= 0)
			die("read");
		have += n;
		while (have >= sizeof(e->rec) && have >= e->rec.bytes) {
			if (first != (e->rec.type == PERFTOP_HEAD))
				wrong("type %u at first", e->rec.type);
			if (e->rec.bytes % 8 || e->rec.bytes < 8)
				wrong("%u bytes", e->rec.bytes);
			first = 0;
			if (e->rec.type == PERFTOP_HEAD &&
			    !(((const struct perftop_head *)e)->flags & PERFTOP_OF_EVENTS))
				wrong("the head isn't that of events");
			if (e->rec.type == PERFTOP_LOST)
				printf("lost %llu\n", NUMBER(((const struct perftop_lost *)e)->events));
			if (e->rec.type == PERFTOP_EVENT) {
				check_event(e);
				if (e->pid == e->tgid)
					printf("PID %u ", e->tgid);
				else
					printf("thread %u of PID %u ", e->pid, e->tgid);
				if (e->kind == PERFTOP_EXEC)
					printf("executed execve syscall for pathname: %s\n", e->path);
				else if (e->kind == PERFTOP_FORK)
					printf("forked PID %u\n", e->code);
				else if (e->kind == PERFTOP_CLONE)
					printf("cloned thread %u\n", e->code);
				else
					printf("exited %#x\n", e->code);
				if (e->kind == PERFTOP_EXEC && strstr(e->path, text))
					return;
			}
			have -= e->rec.bytes;
			memmove(buf, buf + e->rec.bytes, have);
		}
	}
}

/* ---- what the file can do */

static void fails(int err, long result, const char *what)
{
	if (result >= 0)
		wrong("%s: worked", what);
	if (errno != err)
		wrong("%s: %s", what, strerror(errno));
}

static int ready_for(int fd, int how)
{
	struct pollfd p = { .fd = fd, .events = POLLIN | POLLOUT };

	if (poll(&p, 1, 0) < 0)
		die("poll");
	return !!(p.revents & how);
}

/* Who waits already when it becomes a stream is woken. */
static void early(void)
{
	struct epoll_event ev = { .events = EPOLLIN };
	int fd = open(DEVICE, O_RDONLY | O_NONBLOCK), set = epoll_create1(0);
	char buf[4096];
	pid_t pid;

	if (fd < 0 || epoll_ctl(set, EPOLL_CTL_ADD, fd, &ev))
		die("epoll_ctl");
	if (ioctl(fd, PERFTOP_EVENTS, 0))
		die("events");
	do {
		while (read(fd, buf, sizeof(buf)) > 0)
			;
	} while (epoll_wait(set, &ev, 1, 0));
	pid = fork();
	if (!pid)
		_exit(0);
	if (epoll_wait(set, &ev, 1, 10000) != 1)
		wrong("epoll_wait hasn't woken where it waited for a snapshot before");
	waitpid(pid, NULL, 0);
	close(set);
	close(fd);
}

static void api(void)
{
	char buf[4096];
	int fd = open(DEVICE, O_RDONLY), other = open(DEVICE, O_WRONLY);
	void *volatile nowhere = (void *)1;
	pid_t pid;

	if (fd < 0 || other < 0)
		die(DEVICE);
	fails(ENOTTY, ioctl(fd, 0x5401, buf), "a terminal's ioctl");
	fails(ENOTTY, ioctl(fd, PERFTOP_EVENTS + 1, 0), "the next ioctl");
	fails(EINVAL, ioctl(fd, PERFTOP_EVENTS, 1), "PERFTOP_EVENTS with an argument");
	fails(EBADF, ioctl(other, PERFTOP_EVENTS, 0), "PERFTOP_EVENTS of a file that isn't read");
	fails(EBADF, read(other, buf, 1), "read of a file that isn't read");
	fails(EBADF, write(fd, "reset", 5), "write to a file that isn't written");
	fails(EINVAL, write(other, "rest", 4), "a command that isn't one");
	fails(ESPIPE, lseek(fd, 0, SEEK_SET), "seek");
	if (!ready_for(fd, POLLIN) || ready_for(fd, POLLOUT) || !ready_for(other, POLLOUT))
		wrong("poll before a read");
	if (read(fd, buf, 0))
		wrong("read of no bytes");
	fails(EFAULT, read(fd, nowhere, 100), "read to nowhere");
	if (read(fd, buf, 100) != 100 || memcmp(buf + 8, PERFTOP_MAGIC, 8))
		wrong("what was read to nowhere is lost");
	fails(EBUSY, ioctl(fd, PERFTOP_EVENTS, 0), "PERFTOP_EVENTS of a snapshot");
	close(fd);

	fd = open(DEVICE, O_RDWR | O_NONBLOCK);
	if (fd < 0 || ioctl(fd, PERFTOP_EVENTS, 0))
		die("events");
	fails(EBUSY, ioctl(fd, PERFTOP_EVENTS, 0), "PERFTOP_EVENTS twice");
	if (!ready_for(fd, POLLIN))
		wrong("there's no head to be read");
	while (read(fd, buf, sizeof(buf)) > 0)
		;
	if (errno != EAGAIN)
		wrong("a read where there is nothing: %s", strerror(errno));
	pid = fork();
	if (!pid) {
		nap_ns(200 * MSEC);
		_exit(0);
	}
	while (read(fd, buf, sizeof(buf)) > 0)	/* That one. */
		;
	if (poll(&(struct pollfd){ .fd = fd, .events = POLLIN }, 1, 10000) != 1)
		wrong("poll hasn't woken when a process exited");
	if (read(fd, buf, sizeof(buf)) < (ssize_t)sizeof(struct perftop_event))
		wrong("poll woke for nothing");
	waitpid(pid, NULL, 0);
	close(fd);
	close(other);
	early();
}

/* ---- build ids, by the section that the linker makes */

static void build_id(void)
{
	static const unsigned char note[] = { 4, 0, 0, 0, 20, 0, 0, 0, 3, 0, 0, 0, 'G', 'N', 'U', 0 };
	unsigned char *p = memmem(data, size, note, sizeof(note));

	if (!p)
		wrong("no build id");
	for (int i = 0; i < 20; i++)
		printf("%02x", p[sizeof(note) + i]);
	printf("\n");
}

int main(int argc, char **argv)
{
	const char *what = argc > 1 ? argv[1] : "";
	size_t piece = 1 << 16;

	if (argc > 3 && !strcmp(argv[2], "-s")) {
		piece = atoi(argv[3]);
		argc -= 2;
		argv += 2;
	}
	if (!strcmp(what, "check") || !strcmp(what, "rows") || !strcmp(what, "build-id"))
		slurp(argc > 2 ? argv[2] : DEVICE, piece);
	if (!strcmp(what, "check"))
		check();
	else if (!strcmp(what, "rows"))
		rows();
	else if (!strcmp(what, "build-id"))
		build_id();
	else if (!strcmp(what, "events") && argc > 2)
		events(argv[2]);
	else if (!strcmp(what, "api"))
		api();
	else
		wrong("usage: records check [-s SIZE] [FILE] | rows [FILE] | events TEXT | api | build-id FILE");
	return 0;
}
