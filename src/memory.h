/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Memory that is kept until the module is unloaded: taken at load, or when a
 * CPU comes. Process context, may sleep. See docs/design/memory.md.
 */
#ifndef PTOP_MEMORY_H
#define PTOP_MEMORY_H

#include <linux/types.h>

#define PTOP_ALL_CPUS (-1)

/**
 * ptop_memory_get - allocate zeroed memory, whole pages
 * @bytes: how much, maybe megabytes
 * @cpu: which uses it most: it is on that CPU's node; PTOP_ALL_CPUS: its pages
 *	are spread over the nodes that have CPUs
 *
 * Returns NULL rather than invoke the OOM killer. Free by ptop_memory_free().
 */
void *ptop_memory_get(size_t bytes, int cpu);
/* @p may be NULL. */
void ptop_memory_free(void *p);

/*
 * May so much be allocated in all? Up to half of what the machine has to spare:
 * while memory is taken until there is none, others that ask for some meet the
 * OOM killer. The tracer's ring buffer asks likewise (kernel/trace/ring_buffer.c).
 */
bool ptop_memory_fits(size_t bytes);

/* Bytes of all that is allocated. Any context. */
size_t ptop_memory_taken(void);

#endif
