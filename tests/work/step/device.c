// SPDX-License-Identifier: GPL-2.0-only
/* What the module says of a stopped thread's stack: that of its open wait. */
#include "step.h"
#include "../../../src/uapi/perftop.h"

static char *data;
static size_t size;
static const struct perftop_frame **frame;
static const struct perftop_object **object;
static unsigned int nr_frames, nr_objects;

void step_device_read(void)
{
	static size_t room;
	int fd = open("/dev/perftop", O_RDONLY);
	ssize_t n;

	if (fd < 0)
		die("/dev/perftop");
	size = 0;
	do {
		if (room - size < 65536)
			data = realloc(data, room = 2 * room + 1048576);
		n = read(fd, data + size, room - size);
		if (n < 0)
			die("/dev/perftop");
		size += n;
	} while (n);
	close(fd);
}

/* Ids are numbers from 1 on. */
static void device_id(const void ***array, unsigned int *nr, unsigned int id, const void *rec)
{
	static unsigned int room[2];
	unsigned int *has = &room[nr == &nr_objects];

	if (id != *nr + 1)
		wrong("id %u comes after %u", id, *nr);
	if (id >= *has)
		*array = realloc(*array, (*has = 2 * id + 1024) * sizeof(**array));
	(*array)[(*nr)++] = rec;
}

/* The thread's wait; the frames and objects that come before it are known then. */
static const struct perftop_wait *device_wait(pid_t tid)
{
	const struct perftop_record *rec;

	nr_frames = 0;
	nr_objects = 0;
	for (size_t at = 0; at < size; at += rec->bytes) {
		const struct perftop_wait *wait = (const void *)(rec = (const void *)(data + at));

		if (rec->type == PERFTOP_FRAME)
			device_id((const void ***)&frame, &nr_frames, ((const struct perftop_frame *)rec)->id, rec);
		if (rec->type == PERFTOP_OBJECT)
			device_id((const void ***)&object, &nr_objects, ((const struct perftop_object *)rec)->id, rec);
		if (rec->type == PERFTOP_WAIT && wait->pid == (unsigned int)tid)
			return wait;
	}
	return NULL;
}

/* Is that the mapping's file? Of a long path only the end is there. */
static bool device_same(const struct perftop_object *o, const char *path)
{
	size_t had = strlen(path), has = strlen(o->path);

	if (!o->cut)
		return !strcmp(o->path, path);
	return has > 3 && had >= has - 3 && !strcmp(path + had - (has - 3), o->path + 3);
}

/* The address of a file's frame, of which there is one. */
static uint64_t device_address(const struct step_maps *maps, const struct perftop_frame *f, bool first)
{
	const struct perftop_object *o = f->object ? object[f->object - 1] : NULL;
	uint64_t inside = first ? f->offset : f->offset - 1;

	if (!o)
		return f->offset;
	for (unsigned int i = 0; i < maps->nr; i++) {
		const struct step_map *m = &maps->map[i];

		if (m->exec && device_same(o, m->path) && inside >= m->offset && inside - m->offset < m->end - m->begin)
			return f->offset - m->offset + m->begin;
	}
	return 0;
}

bool step_device_stack(const struct step_maps *maps, pid_t tid, struct step_stack *stack)
{
	const struct perftop_wait *wait = device_wait(tid);
	const struct perftop_trace *t;
	const __le32 *id;

	if (!wait || !(wait->flags & PERFTOP_ASLEEP))
		return false;
	t = &wait->stack;
	id = (const void *)((const char *)wait + t->frames);
	stack->nr = 0;
	stack->cut = t->flags & PERFTOP_USER_CUT;
	stack->why = NULL;
	for (unsigned int i = 0; i < t->user && i < STEP_FRAMES; i++, stack->nr++) {
		stack->pc[i] = device_address(maps, frame[id[t->kernel + i] - 1], !i);
		stack->guessed[i] = false;
	}
	if (t->flags & (PERFTOP_USER_UNSEEN | PERFTOP_UNSEEN | PERFTOP_NO_ROOM | PERFTOP_FIRST)) {
		stack->cut = true;
		stack->why = "not taken";
	}
	return true;
}

void step_device(const struct step_maps *maps, pid_t tid, struct step_stack *stack)
{
	/* It's off its CPU: ptrace() has waited for that. Only the accounting may be a moment late. */
	do
		step_device_read();
	while (!step_device_stack(maps, tid, stack));
}
