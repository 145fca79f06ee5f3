// SPDX-License-Identifier: GPL-2.0-only
#include <linux/jhash.h>
#include <linux/list.h>
#include <linux/log2.h>
#include <linux/mm.h>
#include <linux/rbtree.h>

#include "compat.h"
#include "memory.h"
#include "probe/stack.h"
#include "recording/names_files.h"
#include "recording/names_maps.h"

/* Of one CPU; on more of them there are more stacks, and more room. */
#define PTOP_MAPS 2048
#define PTOP_MAP_PROGRAMS 512
#define PTOP_MAP_PROGRAMS_MAX 4096

/* As in struct ptop_key. */
struct ptop_map_program {
	struct hlist_node node;	/* in its bucket, or among the free ones */
	u64 start, mm;
	u32 tgid, exec, layout;
	u32 uses;		/* mappings */
};

struct ptop_map {
	struct rb_node node;
	u32 program;		/* its number */
	u32 offset;		/* of the first page in the file, in pages */
	u64 first : 40;		/* pages */
	u64 pages : 24;
	struct ptop_shared_file *file;
};

/* By program, then address. Mappings of a program don't overlap. */
static struct rb_root maps_tree;
static struct ptop_map *maps;
/* The next one, the oldest: 64 bits, as maps_nr is no power of two. */
static u64 maps_head, maps_tail;
static u32 maps_nr;

static struct ptop_map_program *programs;
static struct hlist_head *buckets, vacant;
static u32 programs_nr;

/* ---- programs */

static struct hlist_head *ptop_map_bucket(const struct ptop_key *key)
{
	return &buckets[jhash_3words(key->tgid, key->start, key->layout,
				     key->exec) & (programs_nr - 1)];
}

static struct ptop_map_program *ptop_map_program(const struct ptop_key *key)
{
	struct ptop_map_program *g;

	hlist_for_each_entry(g, ptop_map_bucket(key), node)
		if (g->tgid == key->tgid && g->start == key->start &&
		    g->mm == key->mm && g->exec == key->exec &&
		    g->layout == key->layout)
			return g;
	return NULL;
}

static struct ptop_map_program *ptop_map_program_new(const struct ptop_key *key)
{
	struct ptop_map_program *g;

	g = hlist_entry(vacant.first, struct ptop_map_program, node);
	hlist_del(&g->node);
	hlist_add_head(&g->node, ptop_map_bucket(key));
	g->tgid = key->tgid;
	g->start = key->start;
	g->mm = key->mm;
	g->exec = key->exec;
	g->layout = key->layout;
	g->uses = 0;
	return g;
}

/* ---- mappings */

/* 0: it contains that page. */
static int ptop_map_cmp(u32 program, u64 page, const struct ptop_map *m)
{
	if (program != m->program)
		return program < m->program ? -1 : 1;
	if (page < m->first)
		return -1;
	return page >= m->first + m->pages;
}

static const struct ptop_map *ptop_map_find(const struct ptop_key *key,
					    u64 addr)
{
	const struct ptop_map_program *g = ptop_map_program(key);
	struct rb_node *n = g ? maps_tree.rb_node : NULL;

	while (n) {
		struct ptop_map *m = rb_entry(n, struct ptop_map, node);
		int cmp = ptop_map_cmp(g - programs, addr >> PAGE_SHIFT, m);

		if (!cmp)
			return m;
		n = cmp < 0 ? n->rb_left : n->rb_right;
	}
	return NULL;
}

bool ptop_maps_forget(void)
{
	struct ptop_map_program *g;
	struct ptop_map *m;

	if (maps_tail == maps_head)
		return false;
	m = &maps[maps_tail++ % maps_nr];
	rb_erase(&m->node, &maps_tree);
	ptop_files_put(m->file);
	g = &programs[m->program];
	if (!--g->uses) {
		hlist_del(&g->node);
		hlist_add_head(&g->node, &vacant);
	}
	return true;
}

void ptop_maps_add(const struct ptop_key *key, const struct ptop_place *place,
		   struct ptop_shared_file *file)
{
	struct rb_node **link = &maps_tree.rb_node, *parent = NULL;
	u64 first = place->begin >> PAGE_SHIFT, end = place->end >> PAGE_SHIFT;
	u64 page = place->addr >> PAGE_SHIFT, from = first;
	struct ptop_map_program *g = ptop_map_program(key);
	struct ptop_map *m;

	/* Not the one that is used here: it would be free then. */
	while (maps_head - maps_tail == maps_nr || (!g && hlist_empty(&vacant))) {
		ptop_maps_forget();
		g = ptop_map_program(key);
	}
	if (!g)
		g = ptop_map_program_new(key);
	g->uses++;
	m = &maps[maps_head++ % maps_nr];
	m->file = file;
	m->program = g - programs;
	while (*link) {
		struct ptop_map *other = rb_entry(*link, struct ptop_map, node);
		bool same = m->program == other->program;

		parent = *link;
		/* One that is there already keeps its name. */
		if (ptop_map_cmp(m->program, page, other) < 0) {
			if (same)
				end = min(end, (u64)other->first);
			link = &parent->rb_left;
		} else {
			if (same)
				first = max(first,
					    (u64)other->first + other->pages);
			link = &parent->rb_right;
		}
	}
	rb_link_node(&m->node, parent, link);
	rb_insert_color(&m->node, &maps_tree);
	m->first = first;
	m->pages = end - first;
	m->offset = (place->start >> PAGE_SHIFT) + first - from;
}

const struct ptop_file *ptop_maps_find(const struct ptop_key *key, u64 addr,
				       u64 *offset)
{
	const struct ptop_map *m = ptop_map_find(key, addr);

	if (!m)
		return NULL;
	*offset = addr - ((u64)m->first << PAGE_SHIFT) +
		  ((u64)m->offset << PAGE_SHIFT);
	return &m->file->file;
}

/* ---- allocated and freed */

static u32 ptop_maps_times(void)
{
	return ilog2(num_online_cpus()) + 1;
}

/* A power of two, as there are as many buckets. */
static u32 ptop_maps_programs(u32 times)
{
	if (times > 1)
		times = roundup_pow_of_two(2 * times);
	return min(times * PTOP_MAP_PROGRAMS, PTOP_MAP_PROGRAMS_MAX);
}

size_t ptop_maps_bytes(void)
{
	u32 times = ptop_maps_times();

	return times * PTOP_MAPS * sizeof(*maps) + ptop_maps_programs(times) *
	       (sizeof(*programs) + sizeof(*buckets));
}

int ptop_maps_init(void)
{
	u32 i;

	maps_nr = ptop_maps_times() * PTOP_MAPS;
	programs_nr = ptop_maps_programs(ptop_maps_times());
	maps = ptop_memory_get(maps_nr * sizeof(*maps), PTOP_ALL_CPUS);
	programs = ptop_memory_get(programs_nr * sizeof(*programs),
				   PTOP_ALL_CPUS);
	buckets = ptop_memory_get(programs_nr * sizeof(*buckets),
				  PTOP_ALL_CPUS);
	if (!maps || !programs || !buckets)
		return -ENOMEM;
	for (i = 0; i < programs_nr; i++)
		hlist_add_head(&programs[i].node, &vacant);
	return 0;
}

void ptop_maps_destroy(void)
{
	ptop_memory_free(buckets);
	ptop_memory_free(programs);
	ptop_memory_free(maps);
	buckets = NULL;
	programs = NULL;
	maps = NULL;
}
