// SPDX-License-Identifier: GPL-2.0-only
/* See memory.h. */
#include <linux/atomic.h>
#include <linux/kmemleak.h>
#include <linux/nodemask.h>
#include <linux/pfn.h>
#include <linux/topology.h>

#include "compat.h"
#include "memory.h"

/*
 * For a piece of several pages: as GFP_TRANSHUGE_LIGHT, only if one is free,
 * on that node. No reclaim, no compaction, no reserves.
 */
#define PTOP_PIECE_GFP							\
	((PTOP_GFP | __GFP_ZERO | __GFP_THISNODE | __GFP_NOMEMALLOC) &	\
	 ~__GFP_RECLAIM)
/* For more than a piece: little compaction. Small pages will do. */
#define PTOP_HUGE_GFP (GFP_KERNEL | __GFP_NORETRY | __GFP_NOWARN)

static atomic_long_t taken;	/* pages */

#if defined(PTOP_TEST_MEMORY) && defined(CONFIG_X86_64)
/* tests: on which node each page is, and whether it is mapped by a huge one */
static void ptop_test_memory(const void *p, size_t pages, int cpu)
{
	size_t i, on[2] = { 0, 0 }, huge = 0;
	unsigned int level;

	for (i = 0; i < pages; i++) {
		const void *at = p + i * PAGE_SIZE;
		const struct page *page = is_vmalloc_addr(at) ?
					  vmalloc_to_page(at) :
					  virt_to_page(at);

		on[page_to_nid(page) & 1]++;
		lookup_address((unsigned long)at, &level);
		huge += level > PG_LEVEL_4K;
	}
	pr_info("perftop: test: memory of CPU %d: pages=%zu N0=%zu N1=%zu huge=%zu\n",
		cpu, pages, on[0], on[1], huge);
}
#else
static void ptop_test_memory(const void *p, size_t pages, int cpu)
{
}
#endif

/* In the kernel's direct map, which is of huge pages. */
static void *ptop_memory_piece(size_t pages, int node)
{
	unsigned int order = get_order(pages << PAGE_SHIFT);
	struct page *page = alloc_pages_node(node, PTOP_PIECE_GFP, order);
	size_t i;

	if (!page)
		return NULL;
	/* An order is a power of two: give back what is too much. */
	split_page(page, order);
	for (i = pages; i < 1UL << order; i++)
		__free_page(page + i);
	kmemleak_alloc(page_address(page), pages << PAGE_SHIFT, 1, PTOP_GFP);
	return page_address(page);
}

/* Single pages. NUMA_NO_NODE: of each node that has CPUs in turn. */
static void *ptop_memory_pages(size_t pages, int node)
{
	struct page **page = kvmalloc_array(pages, sizeof(*page), PTOP_GFP);
	bool spread = node == NUMA_NO_NODE;
	size_t i;
	void *p;

	if (!page)
		return NULL;
	for (i = 0; i < pages; i++) {
		if (spread)
			node = next_node_in(node, node_states[N_CPU]);
		page[i] = alloc_pages_node(node, PTOP_GFP | __GFP_ZERO, 0);
		if (!page[i])
			goto free;
		cond_resched();
	}
	/* vfree() will free the pages, and the array. */
	p = vmap(page, pages, VM_MAP | VM_MAP_PUT_PAGES, PAGE_KERNEL);
	if (p)
		return p;
free:
	while (i)
		__free_page(page[--i]);
	kvfree(page);
	return NULL;
}

/* NUMA_NO_NODE: there are several. */
static int ptop_memory_node(int cpu)
{
	if (cpu != PTOP_ALL_CPUS)
		return cpu_to_node(cpu);
	return num_node_state(N_CPU) == 1 ? first_node(node_states[N_CPU]) :
					    NUMA_NO_NODE;
}

static struct page *ptop_memory_first_page(const void *p)
{
	return is_vmalloc_addr(p) ? vmalloc_to_page(p) : virt_to_page(p);
}

bool ptop_memory_fits(size_t bytes)
{
	return bytes >> PAGE_SHIFT <= si_mem_available() / 2;
}

void *ptop_memory_get(size_t bytes, int cpu)
{
	int node = ptop_memory_node(cpu);
	bool huge = bytes > KMALLOC_MAX_SIZE && node != NUMA_NO_NODE;
	size_t pages;
	void *p = NULL;

	/* As vmalloc() does where it may map huge pages. */
	if (huge && IS_ENABLED(CONFIG_HAVE_ARCH_HUGE_VMALLOC))
		bytes = ALIGN(bytes, PMD_SIZE);
	pages = PFN_UP(bytes);
	if (huge)
		p = kvzalloc_node(bytes, PTOP_HUGE_GFP, node);
	else if (node != NUMA_NO_NODE && !__is_defined(PTOP_TEST_NO_PIECE))
		p = ptop_memory_piece(pages, node);
	if (!p)
		p = ptop_memory_pages(pages, node);
	if (!p)
		return NULL;
	set_page_private(ptop_memory_first_page(p), pages);
	atomic_long_add(pages, &taken);
	ptop_test_memory(p, pages, cpu);
	return p;
}

void ptop_memory_free(void *p)
{
	struct page *page;
	size_t pages;

	if (!p)
		return;
	page = ptop_memory_first_page(p);
	pages = page_private(page);
	set_page_private(page, 0);
	atomic_long_sub(pages, &taken);
	if (is_vmalloc_addr(p)) {
		vfree(p);
		return;
	}
	kmemleak_free(p);
	free_pages_exact(p, pages << PAGE_SHIFT);
}

size_t ptop_memory_taken(void)
{
	return (size_t)atomic_long_read(&taken) << PAGE_SHIFT;
}
