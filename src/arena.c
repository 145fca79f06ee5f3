// SPDX-License-Identifier: GPL-2.0-only
#include <linux/cache.h>
#include <linux/overflow.h>
#include <linux/sched.h>
#include <linux/sizes.h>

#include "arena.h"
#include "compat.h"

/*
 * Allocations above 64 kB are mapped from blocks of 64 kB, which are allocated
 * and cleared one by one, with cond_resched() in between. kvmalloc() prefers
 * one piece of contiguous memory, and no other thread runs on the CPU while it
 * clears megabytes. vmalloc() uses single pages, and a CPU's list of these is
 * refilled and drained with interrupts off: since 6.7 by up to 2,000 pages at a
 * time, which takes 0.6 ms. Blocks bypass that list. So what is too large for
 * kmalloc()'s caches takes a block, too.
 */
#define PTOP_BLOCK SZ_64K

/* Header in front of what is mapped. */
struct ptop_blocks {
	struct page **page;
	size_t pages;
	unsigned int order;	/* of the blocks; 0: none of 64 kB were free */
} ____cacheline_aligned;

static void ptop_blocks_put(struct page **page, size_t pages,
			    unsigned int order)
{
	size_t i;

	for (i = 0; i < pages; i += 1UL << order) {
		__free_pages(page[i], order);
		cond_resched();
	}
	kvfree(page);
}

static struct page **ptop_blocks_get(size_t pages, unsigned int order,
				     gfp_t gfp)
{
	struct page **page;
	size_t i, k;

	page = kvmalloc_array(pages, sizeof(*page), PTOP_READER_GFP);
	if (!page)
		return NULL;
	for (i = 0; i < pages; i += 1UL << order) {
		page[i] = alloc_pages(gfp, order);
		if (!page[i]) {
			ptop_blocks_put(page, i, order);
			return NULL;
		}
		for (k = 1; k < 1UL << order; k++)
			page[i + k] = page[i] + k;
		cond_resched();
	}
	return page;
}

static void *ptop_blocks_map(size_t bytes, gfp_t gfp, unsigned int order)
{
	size_t pages = ALIGN(bytes, PAGE_SIZE << order) >> PAGE_SHIFT;
	struct page **page = ptop_blocks_get(pages, order, gfp);
	struct ptop_blocks *b;

	if (!page)
		return NULL;
	b = vmap(page, pages, VM_MAP, PAGE_KERNEL);
	if (!b) {
		ptop_blocks_put(page, pages, order);
		return NULL;
	}
	b->page = page;
	b->pages = pages;
	b->order = order;
	return b + 1;
}

void *ptop_reader_get(size_t n, size_t size, gfp_t gfp)
{
	size_t bytes, mapped;
	gfp_t in_stock;
	void *p;

	gfp |= PTOP_READER_GFP;
	if (check_mul_overflow(n, size, &bytes) || bytes > SIZE_MAX / 2)
		return NULL;
	if (bytes <= PAGE_SIZE)
		return kmalloc(bytes, gfp);
	mapped = sizeof(struct ptop_blocks) + bytes;
	/* Contiguous pages only if available: no reclaim for them. */
	in_stock = gfp & ~__GFP_DIRECT_RECLAIM;
	if (bytes <= PTOP_BLOCK)
		p = kmalloc(bytes > KMALLOC_MAX_CACHE_SIZE ? PTOP_BLOCK : bytes,
			    in_stock);
	else
		p = ptop_blocks_map(mapped, in_stock, get_order(PTOP_BLOCK));
	return p ? p : ptop_blocks_map(mapped, gfp, 0);
}

void ptop_reader_free(const void *p)
{
	const struct ptop_blocks *b = p;
	struct ptop_blocks copy;

	if (!is_vmalloc_addr(p)) {
		kfree(p);
		return;
	}
	copy = *--b;
	vunmap(b);
	ptop_blocks_put(copy.page, copy.pages, copy.order);
}

struct ptop_chunk *ptop_arena_grow(struct ptop_arena *arena)
{
	struct ptop_chunk *c;

	BUILD_BUG_ON(sizeof(*c) + PTOP_CHUNK_DATA != PTOP_BLOCK);
	c = ptop_reader_alloc(1, PTOP_BLOCK);
	if (!c)
		return NULL;
	c->next = NULL;
	c->used = 0;
	if (arena->last)
		arena->last->next = c;
	else
		arena->first = c;
	arena->last = c;
	return c;
}

void ptop_arena_free(struct ptop_arena *arena)
{
	struct ptop_chunk *c;

	while ((c = arena->first)) {
		arena->first = c->next;
		ptop_reader_free(c);
		cond_resched();
	}
	arena->last = NULL;
}
