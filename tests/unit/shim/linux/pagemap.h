/* SPDX-License-Identifier: GPL-2.0-only */
/* A file, and which of its pages are in memory: each an allocation of its own. */
#ifndef SHIM_PAGEMAP_H
#define SHIM_PAGEMAP_H

#include "../kernel.h"

#define PAGE_SIZE 4096UL
#define S32_MAX INT32_MAX
#define min_t(type, a, b) min((type)(a), (type)(b))

typedef u64 pgoff_t;
struct page { void *data; bool uptodate, poisoned; int count; };
struct address_space { struct page *page; u64 pages; u64 *host; };
struct file { struct address_space *f_mapping; };

/* How often a page was looked for. */
static u32 shim_lookups;

static inline struct page *pagecache_get_page(struct address_space *m, u64 index, int flags, int gfp)
{
	shim_lookups++;
	if (index >= m->pages || !m->page[index].data)
		return NULL;
	m->page[index].count++;
	return &m->page[index];
}

#define ptop_file_is_mapped(file) true
#define PageUptodate(page) ((page)->uptodate)
#define PageHWPoison(page) ((page)->poisoned)
#define page_address(page) ((page)->data)
#define put_page(page) ((page)->count--)
#define i_size_read(host) (*(host))

#endif
