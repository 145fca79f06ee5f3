// SPDX-License-Identifier: GPL-2.0-only
#include <linux/cpumask.h>
#include <linux/kernel.h>
#include <linux/log2.h>
#include <linux/overflow.h>
#include <linux/sizes.h>
#include <linux/spinlock.h>
#include <linux/string.h>

#include "compat.h"
#include "memory.h"
#include "probe/cgroup_gone.h"

/* Where the tracepoint cuts paths, with the NUL. */
#define PTOP_GONE_PATH 1024

static DEFINE_RAW_SPINLOCK(gone_lock);
static void *gone;
static u32 gone_room, gone_used;	/* bytes */
static u64 gone_forgotten;

size_t ptop_cgroup_gone_bytes(void)
{
	return gone_room;
}

int ptop_cgroup_gone_init(void)
{
	/* As there are slots of threads. */
	gone_room = SZ_8K * min_t(u32, 8,
				  roundup_pow_of_two(num_online_cpus()));
	gone = ptop_memory_get(gone_room, PTOP_ALL_CPUS);
	return gone ? 0 : -ENOMEM;
}

void ptop_cgroup_gone_destroy(void)
{
	ptop_memory_free(gone);
	gone = NULL;
}

/* Forget half of them, so that what is left isn't moved each time. */
static void ptop_cgroup_gone_forget(void)
{
	u32 bytes = 0;

	while (bytes < gone_used / 2) {
		const struct ptop_gone *g = gone + bytes;

		bytes += g->bytes;
		gone_forgotten++;
	}
	gone_used -= bytes;
	memmove(gone, gone + bytes, gone_used);
}

void ptop_cgroup_gone_add(u64 id, const char *path)
{
	size_t len = strnlen(path, PTOP_GONE_PATH);
	struct ptop_gone *g;
	unsigned long flags;
	u32 bytes = ALIGN(struct_size(g, path, len + 1), sizeof(u64));

	BUILD_BUG_ON(2 * PTOP_GONE_PATH + 2 * sizeof(*g) > SZ_8K);
	raw_spin_lock_irqsave(&gone_lock, flags);
	/* A path that may have been cut isn't a path. */
	if (len >= PTOP_GONE_PATH - 1) {
		gone_forgotten++;
		goto unlock;
	}
	if (gone_used + bytes > gone_room)
		ptop_cgroup_gone_forget();
	g = gone + gone_used;
	g->id = id;
	g->bytes = bytes;
	memcpy(g->path, path, len);
	g->path[len] = '\0';
	gone_used += bytes;
unlock:
	raw_spin_unlock_irqrestore(&gone_lock, flags);
}

size_t ptop_cgroup_gone_copy(void *to)
{
	unsigned long flags;
	size_t bytes;

	raw_spin_lock_irqsave(&gone_lock, flags);
	bytes = gone_used;
	memcpy(to, gone, bytes);
	raw_spin_unlock_irqrestore(&gone_lock, flags);
	return bytes;
}

u64 ptop_cgroup_gone_forgotten(void)
{
	return READ_ONCE(gone_forgotten);
}
