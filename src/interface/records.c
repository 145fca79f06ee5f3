// SPDX-License-Identifier: GPL-2.0-only
/*
 * While the tables are frozen, records are made of their rows. What takes
 * longer follows later: names are looked up, once each.
 */
#include <linux/err.h>
#include <linux/random.h>
#include <linux/siphash.h>
#include <linux/slab.h>

#include "compat.h"
#include "interface/records.h"
#include "interface/records_private.h"
#include "snapshot/snapshot.h"

static siphash_key_t program_key;

u64 ptop_record_program(const struct ptop_key *key)
{
	if (key->flags & PTOP_KEY_KTHREAD)
		return 0;
	return siphash_3u64(key->start, key->mm, key->exec, &program_key);
}

void ptop_records_free(struct ptop_records *r)
{
	ptop_arena_free(&r->rows);
	ptop_pool_destroy(&r->frames);
	ptop_pool_destroy(&r->owners);
	ptop_pool_destroy(&r->objects);
	ptop_cgroups_free(&r->cgroups);
	ptop_reader_free(r->places);
	ptop_reader_free(r->key);
	ptop_reader_free(r->symbols);
	ptop_reader_free(r->room);
	if (!IS_ERR_OR_NULL(r->snap))
		ptop_snap_free(r->snap);
	kfree(r);
}

/* Returns -EAGAIN if it has to be @roomy, see ptop_snap_end(). */
static struct ptop_records *ptop_records_try(bool roomy, bool nonblock)
{
	struct ptop_records *r = kzalloc(sizeof(*r), PTOP_READER_GFP);
	int err;

	if (!r)
		return ERR_PTR(-ENOMEM);
	r->snap = ptop_snap_begin(BIT(PTOP_KINDS) - 1, roomy, nonblock);
	if (IS_ERR(r->snap)) {
		err = PTR_ERR(r->snap);
		goto free;
	}
	err = ptop_cgroups_init(&r->cgroups);
	if (!err)
		err = ptop_cgroups_add(&r->cgroups, r->snap->target.cgroup);
	if (!err)
		err = ptop_record_tables(r);
	if (!err)
		err = ptop_record_waits(r);
	if (!ptop_snap_end(r->snap) && !err)
		err = -EAGAIN;
	if (!err)
		err = ptop_record_finish(r);
	if (!err)
		return r;
free:
	ptop_records_free(r);
	return ERR_PTR(err);
}

struct ptop_records *ptop_records_take(bool nonblock, bool addresses)
{
	struct ptop_records *r = ptop_records_try(false, nonblock);
	u32 i;

	for (i = 1; i < PTOP_SNAP_TRIES && r == ERR_PTR(-EAGAIN); i++)
		r = ptop_records_try(true, nonblock);
	if (!IS_ERR(r))
		r->addresses = addresses;
	return r;
}

void ptop_record_init(const struct ptop_record_config *cfg)
{
	ptop_records_frames_init();
	ptop_records_write_init(cfg);
	get_random_bytes(&program_key, sizeof(program_key));
}
