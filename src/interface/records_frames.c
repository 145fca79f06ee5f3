// SPDX-License-Identifier: GPL-2.0-only
/* While the snapshot is held: numbers of frames. See records_private.h. */
#include <linux/log2.h>
#include <linux/random.h>

#include "compat.h"
#include "interface/records.h"
#include "interface/records_private.h"
#include "probe/stack.h"
#include "recording/recording.h"
#include "snapshot/snapshot.h"

static u64 frame_factor;	/* odd */

/* ---- growing arrays */

void ptop_pool_destroy(struct ptop_pool *p)
{
	ptop_reader_free(p->item);
	ptop_reader_free(p->bucket);
}

int ptop_pool_init(struct ptop_pool *p, size_t size, u32 expected)
{
	p->size = size;
	p->mask = roundup_pow_of_two(expected + 1) - 1;
	p->bucket = ptop_reader_zalloc(p->mask + 1, sizeof(*p->bucket));
	return p->bucket ? 0 : -ENOMEM;
}

void *ptop_pool_room(struct ptop_pool *p)
{
	u32 i, room = p->room * 2 ?: 64;
	void *item;

	if (p->nr < p->room)
		return ptop_pool_at(p, p->nr + 1);
	item = ptop_reader_alloc(room, p->size);
	if (!item)
		return NULL;
	for (i = 0; i < p->nr; i++) {
		memcpy(item + i * p->size, p->item + i * p->size, p->size);
		cond_resched();
	}
	ptop_reader_free(p->item);
	p->item = item;
	p->room = room;
	return ptop_pool_at(p, p->nr + 1);
}

/* ---- frames */

/*
 * Users choose the addresses of their frames, but not which of these are in the
 * same bucket.
 */
static u32 *ptop_record_bucket(const struct ptop_records *r, u64 addr,
			       u64 program)
{
	u64 hash = (addr ^ program) * frame_factor;

	return &r->frames.bucket[hash >> 32 & r->frames.mask];
}

/* The process of a new frame. Returns its number, or 0: out of memory. */
static u32 ptop_record_owner(struct ptop_records *r, const struct ptop_key *key,
			     u64 program)
{
	struct ptop_owner *o;

	if (r->owners.nr) {
		o = ptop_pool_at(&r->owners, r->owners.nr);
		/* Else it may be there twice. */
		if (o->program == program)
			return r->owners.nr;
	}
	o = ptop_pool_room(&r->owners);
	if (!o)
		return 0;
	o->program = program;
	o->tgid = key->tgid;
	o->start = key->start;
	o->mm = key->mm;
	o->exec = key->exec;
	o->layout = key->layout;
	return ++r->owners.nr;
}

/* Returns its number, or 0: out of memory. */
static u32 ptop_record_frame_new(struct ptop_records *r,
				 const struct ptop_key *key, u64 addr,
				 u64 program, u32 pid, u32 *bucket)
{
	struct ptop_frame *f = ptop_pool_room(&r->frames);

	if (!f)
		return 0;
	f->program = program;
	f->addr = addr;
	f->object = 0;
	f->offset = addr;
	f->pid = pid;
	f->owner = 0;
	if (program) {
		f->owner = ptop_record_owner(r, key, program);
		if (!f->owner)
			return 0;
	}
	f->next = *bucket;
	*bucket = ++r->frames.nr;
	return r->frames.nr;
}

/* Number a frame. Returns 0 or -ENOMEM. */
static int ptop_record_frame(struct ptop_records *r, const struct ptop_key *key,
			     u64 addr, u64 program, u32 pid, __le32 *number)
{
	u32 *bucket = ptop_record_bucket(r, addr, program), n;
	const struct ptop_frame *f;

	for (n = *bucket; n; n = f->next) {
		f = ptop_pool_at(&r->frames, n);
		if (f->addr == addr && f->program == program)
			break;
	}
	if (!n)
		n = ptop_record_frame_new(r, key, addr, program, pid, bucket);
	*number = cpu_to_le32(n);
	return n ? 0 : -ENOMEM;
}

/* Of @nr frames from @i on some aren't the known ones. 0 or -ENOMEM. */
static noinline int ptop_record_other(struct ptop_records *r,
				      const struct ptop_key *key, u32 i, u32 nr,
				      u32 pid, struct ptop_places *places)
{
	for (; nr--; i++) {
		/* It changes if the module's text is freed. */
		u64 addr = READ_ONCE(key->frame[i]);

		if (places->addr[i] == addr)
			continue;
		if (ptop_record_frame(r, key, addr, i < key->nr_kernel ? 0 :
				      places->program, pid, &places->number[i]))
			return -ENOMEM;
		places->addr[i] = addr;
	}
	return 0;
}

/*
 * Number the frames. Most are the same as at these places in the last stack
 * with as many kernel frames.
 */
static __always_inline int ptop_record_frames(struct ptop_records *r,
					      const struct ptop_key *key,
					      u64 program, u32 pid,
					      __le32 *number)
{
	u32 i, kernel = key->nr_kernel, nr = kernel + key->nr_user;
	struct ptop_places *places = &r->places[kernel];
	const u64 *known = places->addr, *frame = key->frame;

	if (nr > kernel && places->program != program) {
		places->program = program;
		/* No frame has such an address. */
		memset(&places->addr[kernel], 0xff,
		       PTOP_USER_DEPTH_MAX * sizeof(*known));
	}
	/* By two, as this is half of what a row takes. */
	for (i = 0; i + 1 < nr; i += 2) {
		if ((frame[i] != known[i] || frame[i + 1] != known[i + 1]) &&
		    ptop_record_other(r, key, i, 2, pid, places))
			return -ENOMEM;
		memcpy(number + i, places->number + i, 2 * sizeof(*number));
	}
	if (i == nr)
		return 0;
	if (frame[i] != known[i] &&
	    ptop_record_other(r, key, i, 1, pid, places))
		return -ENOMEM;
	number[i] = places->number[i];
	number[i + 1] = 0;
	return 0;
}

/* As ptop_record_program(). Rows of a program often follow each other. */
static u64 ptop_record_program_of(struct ptop_records *r,
				  const struct ptop_key *key)
{
	struct ptop_record_memo *memo = &r->memo;

	if (memo->flags != key->flags || memo->key[0] != key->start ||
	    memo->key[1] != key->mm || memo->key[2] != key->exec) {
		memo->program = ptop_record_program(key);
		memo->flags = key->flags;
		memo->key[0] = key->start;
		memo->key[1] = key->mm;
		memo->key[2] = key->exec;
	}
	return memo->program;
}

int ptop_record_stack(struct ptop_records *r, struct perftop_record *rec,
		      size_t fixed, const struct ptop_key *key, u32 hash,
		      u32 pid)
{
	struct perftop_trace *s = (struct perftop_trace *)(rec + 1);
	u64 program = ptop_record_program_of(r, key);

	ptop_record_same(PTOP_KEY_KTHREAD, PERFTOP_KTHREAD);
	ptop_record_same(PTOP_KEY_KERNEL_CUT, PERFTOP_KERNEL_CUT);
	ptop_record_same(PTOP_KEY_USER_CUT, PERFTOP_USER_CUT);
	ptop_record_same(PTOP_KEY_USER_UNSEEN, PERFTOP_USER_UNSEEN);
	ptop_record_same(PTOP_KEY_UNSEEN, PERFTOP_UNSEEN);
	ptop_record_same(PTOP_KEY_NO_ROOM, PERFTOP_NO_ROOM);
	ptop_record_same(PTOP_KEY_EXEC, PERFTOP_FIRST);
	s->frames = cpu_to_le16(fixed);
	s->kernel = key->nr_kernel;
	s->user = key->nr_user;
	s->flags = cpu_to_le16(key->flags);
	s->hash = cpu_to_le32(hash);
	s->tgid = cpu_to_le32(key->tgid);
	s->program = cpu_to_le64(program);
	/* One address in two layouts is two frames. */
	program += (u64)key->layout << PTOP_KEY_MM_BITS;
	return ptop_record_frames(r, key, program, pid, (void *)rec + fixed);
}

int ptop_record_frames_init(struct ptop_records *r, u32 stacks)
{
	size_t places = (PTOP_DEPTH_MAX + 1) * sizeof(*r->places);

	r->owners.size = sizeof(struct ptop_owner);
	r->places = ptop_reader_alloc(1, places);
	if (!r->places)
		return -ENOMEM;
	memset(r->places, 0xff, places);
	return ptop_pool_init(&r->frames, sizeof(struct ptop_frame), stacks);
}

void ptop_records_frames_init(void)
{
	get_random_bytes(&frame_factor, sizeof(frame_factor));
	frame_factor |= 1;
}
