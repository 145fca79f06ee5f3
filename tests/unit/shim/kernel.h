/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * What src/probe/table.c, src/snapshot/rank.c and src/recording/buildid.c take from the kernel, in user space. The headers beside this one are named as the kernel's and
 * include it. The rb-tree is a plain search tree that isn't balanced: same order, same interface, nothing to get wrong.
 */
#ifndef SHIM_KERNEL_H
#define SHIM_KERNEL_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <errno.h>

typedef uint64_t u64;
#define S64_MAX INT64_MAX
typedef int64_t s64;
typedef uint32_t u32;
typedef uint16_t u16;
typedef uint8_t u8;

#define TASK_COMM_LEN 16
#define __kprobes
#define __aligned(n) __attribute__((aligned(n)))
#define PTOP_GFP 0
#define PTOP_READER_GFP 0
#define unlikely(x) (x)
#define ARRAY_SIZE(a) (sizeof(a) / sizeof((a)[0]))
#define min(a, b) ({ typeof(a) _a = (a); typeof(b) _b = (b); _a < _b ? _a : _b; })
#define max(a, b) ({ typeof(a) _a = (a); typeof(b) _b = (b); _a > _b ? _a : _b; })
#define swap(a, b) do { typeof(a) _t = (a); (a) = (b); (b) = _t; } while (0)
#define container_of(p, type, member) ((type *)((char *)(p) - offsetof(type, member)))

static inline u64 roundup_pow_of_two(u64 n)
{
	u64 p = 1;

	while (p < n)
		p *= 2;
	return p;
}

static inline u64 rounddown_pow_of_two(u64 n)
{
	return n & (n - 1) ? roundup_pow_of_two(n) / 2 : n;
}

/* How many allocations until one fails (-1: never), how many are there, and how much was asked for in all. */
static long shim_fail_in = -1, shim_allocated, shim_bytes;

static inline void *shim_alloc(size_t n)
{
	if (!shim_fail_in)
		return NULL;
	if (shim_fail_in > 0)
		shim_fail_in--;
	shim_allocated++;
	shim_bytes += n;
	return calloc(1, n);
}

static inline void *shim_alloc_dirty(size_t n)
{
	void *p = shim_alloc(n);

	return p ? memset(p, 0x5a, n) : NULL;
}

static inline void kvfree(const void *p)
{
	shim_allocated -= !!p;
	free((void *)p);
}

/* There's one thread. */
typedef struct { int counter; } atomic_t;

#define atomic_set(v, i) ((v)->counter = (i))
#define atomic_read(v) ((v)->counter)
#define atomic_inc_return(v) (++(v)->counter)
#define READ_ONCE(x) (x)
#define WRITE_ONCE(x, v) ((x) = (v))
#define cond_resched() do { } while (0)
#define ALIGN(x, a) (((x) + (a) - 1) / (a) * (a))

#define ptop_reader_alloc(n, size) shim_alloc_dirty((size_t)(n) * (size))
#define ptop_reader_zalloc(n, size) shim_alloc((size_t)(n) * (size))
#define ptop_reader_free(p) kvfree(p)
#define PTOP_ALL_CPUS (-1)
#define ptop_memory_get(n, cpu) ((void)(cpu), shim_alloc(n))
#define ptop_memory_free(p) kvfree(p)
#define kvmalloc_array(n, size, gfp) shim_alloc_dirty((size_t)(n) * (size))

struct rb_node {
	struct rb_node *rb_left, *rb_right, *parent;
};

struct rb_root {
	struct rb_node *rb_node;
};

struct rb_root_cached {
	struct rb_root rb_root;
	struct rb_node *rb_leftmost;
};

#define RB_ROOT ((struct rb_root) { NULL })
#define RB_ROOT_CACHED ((struct rb_root_cached) { { NULL }, NULL })
#define rb_entry(p, type, member) container_of(p, type, member)
#define rb_entry_safe(p, type, member) ({ typeof(p) _p = (p); _p ? rb_entry(_p, type, member) : NULL; })
#define rb_first_cached(root) ((root)->rb_leftmost)

static inline void rb_link_node(struct rb_node *n, struct rb_node *parent, struct rb_node **link)
{
	*n = (struct rb_node) { .parent = parent };
	*link = n;
}

static inline void rb_insert_color(struct rb_node *n, struct rb_root *root)
{
	(void)n;
	(void)root;
}

static inline void rb_insert_color_cached(struct rb_node *n, struct rb_root_cached *root, bool leftmost)
{
	if (leftmost)
		root->rb_leftmost = n;
}

static inline struct rb_node *rb_first(const struct rb_root *root)
{
	struct rb_node *n = root->rb_node;

	while (n && n->rb_left)
		n = n->rb_left;
	return n;
}

static inline struct rb_node *rb_next(const struct rb_node *n)
{
	if (n->rb_right) {
		n = n->rb_right;
		while (n->rb_left)
			n = n->rb_left;
		return (struct rb_node *)n;
	}
	while (n->parent && n == n->parent->rb_right)
		n = n->parent;
	return n->parent;
}

/* Puts NEW, maybe NULL, where N is. */
/* Puts NEW, maybe NULL, where N is. */
static inline struct rb_node *rb_prev(const struct rb_node *n)
{
	if (n->rb_left) {
		n = n->rb_left;
		while (n->rb_right)
			n = n->rb_right;
		return (struct rb_node *)n;
	}
	while (n->parent && n == n->parent->rb_left)
		n = n->parent;
	return n->parent;
}

static inline void shim_replace(struct rb_node *n, struct rb_node *new, struct rb_root *root)
{
	if (!n->parent)
		root->rb_node = new;
	else if (n->parent->rb_left == n)
		n->parent->rb_left = new;
	else
		n->parent->rb_right = new;
	if (new)
		new->parent = n->parent;
}

static inline void rb_erase(struct rb_node *n, struct rb_root *root)
{
	struct rb_node *next;

	if (!n->rb_left) {
		shim_replace(n, n->rb_right, root);
	} else if (!n->rb_right) {
		shim_replace(n, n->rb_left, root);
	} else {
		next = rb_next(n);
		if (next->parent != n) {
			shim_replace(next, next->rb_right, root);
			next->rb_right = n->rb_right;
			next->rb_right->parent = next;
		}
		shim_replace(n, next, root);
		next->rb_left = n->rb_left;
		next->rb_left->parent = next;
	}
}

static inline void rb_erase_cached(struct rb_node *n, struct rb_root_cached *root)
{
	if (root->rb_leftmost == n)
		root->rb_leftmost = rb_next(n);
	rb_erase(n, &root->rb_root);
}

#endif
