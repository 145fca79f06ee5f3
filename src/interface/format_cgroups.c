// SPDX-License-Identifier: GPL-2.0-only
/* The column of cgroups. Many rows have the same. See format.h. */
#include <linux/kernel.h>
#include <linux/seq_file.h>
#include <linux/string.h>

#include "compat.h"
#include "interface/format.h"
#include "interface/text.h"
#include "probe/cgroup.h"

#define PTOP_CGROUP_GONE_TEXT "(gone)"

/* Bytes of the text, with its NUL. Longer ones lose their beginning. */
#define PTOP_CGROUP_TEXT 1024

static u32 ptop_cgroup_escaped(u8 c)
{
	return ptop_text_plain(c) && c != ' ' ? 1 : 4;
}

/* The end of @path that has room for @room bytes when it is escaped. */
static const char *ptop_cgroup_end_of(const char *path, size_t room)
{
	const char *s = path + strlen(path);
	size_t used = 0;

	while (s > path && used + ptop_cgroup_escaped(s[-1]) <= room)
		used += ptop_cgroup_escaped(*--s);
	return s;
}

static void ptop_cgroup_text(char *to, const struct ptop_cgroup *g)
{
	size_t room = PTOP_CGROUP_TEXT - sizeof("..." PTOP_CGROUP_GONE_TEXT);
	const char *s;

	if (!g->path) {
		sprintf(to, "#%llu", g->id);
		return;
	}
	s = ptop_cgroup_end_of(g->path, room);
	if (s > g->path || g->cut)
		to += sprintf(to, "...");
	for (; *s; s++) {
		if (ptop_cgroup_escaped(*s) == 1)
			*to++ = *s;
		else
			to += sprintf(to, "\\x%02x", (u8)*s);
	}
	sprintf(to, "%s", g->gone ? PTOP_CGROUP_GONE_TEXT : "");
}

void ptop_format_cgroups_head(struct seq_file *m,
			      const struct ptop_cgroups *all)
{
	seq_puts(m, "# cgroups:      ");
	if (all->exist)
		seq_printf(m, "v2, %d below the root", all->exist);
	else
		seq_puts(m, "no cgroup v2 but the root");
	if (!ptop_cgroup_followed())
		seq_puts(m, ", threads that move are NOT FOLLOWED");
	if (all->forgotten)
		seq_printf(m, ", paths of %llu removed ones forgotten",
			   all->forgotten);
	seq_putc(m, '\n');
}

int ptop_format_cgroups(struct ptop_cgroups *all)
{
	char *text = ptop_reader_alloc(1, PTOP_CGROUP_TEXT);
	size_t bytes;
	char *copy;
	u32 i;

	if (!text)
		return -ENOMEM;
	for (i = 0; i < all->nr; i++) {
		ptop_cgroup_text(text, &all->item[i]);
		bytes = strlen(text) + 1;
		copy = ptop_arena_get(&all->paths, ALIGN(bytes, sizeof(u64)));
		if (!copy)
			break;
		memcpy(copy, text, bytes);
		all->item[i].text = copy;
		cond_resched();
	}
	ptop_reader_free(text);
	return i < all->nr ? -ENOMEM : 0;
}

void ptop_format_cgroup(struct seq_file *m, const struct ptop_cgroups *all,
			u64 id)
{
	const struct ptop_cgroup *g = id ? ptop_cgroups_find(all, id) : NULL;

	seq_putc(m, ' ');
	seq_puts(m, g ? g->text : "-");
}
