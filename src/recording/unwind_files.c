// SPDX-License-Identifier: GPL-2.0-only
#include <linux/err.h>
#include <linux/mutex.h>
#include <linux/rcupdate.h>
#include <linux/sizes.h>
#include <linux/string.h>

#include "probe/mappings.h"
#include "probe/unwind_tables.h"
#include "recording/names.h"
#include "recording/names_code.h"
#include "recording/names_files.h"
#include "recording/store_sweep.h"
#include "recording/unwind_files.h"

static void (*tell_wanted)(void);	/* under the names mutex */

/* ---- in the work item */

void ptop_unwind_refresh(void)
{
	u32 changes;

	if (READ_ONCE(ptop_unwind.news)) {
		WRITE_ONCE(ptop_unwind.news, false);
		mutex_lock(&ptop_names_mutex);
		if (tell_wanted)
			tell_wanted();
		mutex_unlock(&ptop_names_mutex);
	}
	changes = READ_ONCE(ptop_unwind.changes);
	if (changes == ptop_unwind.settled)
		return;
	/* Walks that began before have ended, and what they found is kept. */
	synchronize_rcu();
	ptop_store_forget_user_shapes();
	WRITE_ONCE(ptop_unwind.settled, changes);
}

void ptop_unwind_on_wanted(void (*tell)(void))
{
	mutex_lock(&ptop_names_mutex);
	tell_wanted = tell;
	mutex_unlock(&ptop_names_mutex);
}

void ptop_unwind_walk_again(void)
{
	if (READ_ONCE(ptop_unwind.active))
		ptop_unwind_note_change();
}

static void ptop_unwind_changed(void)
{
	ptop_unwind_note_change();
	ptop_names_queue();
}

/* ---- which files are wanted */

static void ptop_unwind_describe(struct perftop_unwind_wanted *w,
				 const struct ptop_file *file)
{
	BUILD_BUG_ON(sizeof(w->path) != sizeof(file->path));
	BUILD_BUG_ON(sizeof(w->build_id) != sizeof(file->id.id));
	memcpy(w->path, file->path, sizeof(w->path));
	w->cut = file->cut;
	w->build_id_bytes = file->id.bytes;
	memcpy(w->build_id, file->id.id, sizeof(w->build_id));
	w->known = file->as.known;
	w->inode = file->as.inode;
	w->size = file->as.size;
	w->ctime = file->as.ctime;
	w->ctime_ns = file->as.ctime_ns;
	w->generation = file->as.generation;
	w->major = MAJOR(file->as.dev);
	w->minor = MINOR(file->as.dev);
}

static int ptop_unwind_activate(void)
{
	int err;

	if (ptop_unwind.active)
		return 0;
	err = ptop_unwind_tables_start();
	if (!err)
		ptop_unwind_changed();
	return err;
}

int ptop_unwind_wanted(struct perftop_unwind_wanted *w)
{
	const struct ptop_file *file;
	struct ptop_unwind_wanted next;
	u64 after = w->content;
	int err;

	if (!ptop_unwind.most)
		return -EOPNOTSUPP;
	memset(w, 0, sizeof(*w));
	mutex_lock(&ptop_names_mutex);
	err = ptop_unwind_activate();
	if (err)
		goto unlock;
	err = -ENOENT;
	while (err && ptop_unwind_next_wanted(after, &next)) {
		after = next.content;
		w->content = next.content;
		w->begin = next.begin;
		w->end = next.end;
		w->offset = next.offset;
		w->tgid = next.tgid;
		if (next.number == U32_MAX) {
			w->vdso = 1;
			strscpy(w->path, "[vdso]", sizeof(w->path));
			err = 0;
			break;
		}
		file = ptop_contents_file(next.number);
		if (!file)
			continue;
		ptop_unwind_describe(w, file);
		err = 0;
	}
unlock:
	mutex_unlock(&ptop_names_mutex);
	return err;
}

/* ---- tables are loaded */

/* Under the names mutex. @t: new, is used or left alone */
static int ptop_unwind_add(u64 content, struct ptop_unwind_table *t,
			   struct list_head *gone)
{
	if (!ptop_unwind_make_room(t->bytes, gone))
		return -ENOSPC;
	return ptop_unwind_attach(content, t);
}

int ptop_unwind_load(const struct perftop_unwind_load *l, const void *table)
{
	struct ptop_unwind_table *t, *new = NULL;
	LIST_HEAD(gone);
	bool none;
	int err;

	if (!ptop_unwind.most)
		return -EOPNOTSUPP;
	if (!ptop_unwind_active())
		return -ENOENT;
	none = !memchr_inv(l->id, 0, sizeof(l->id));
	if (none && table)
		return -EINVAL;
	if (table) {
		new = ptop_unwind_make(table, l->bytes, l->id);
		if (IS_ERR(new))
			return PTR_ERR(new);
	}
	mutex_lock(&ptop_names_mutex);
	/* Before it can be used. */
	ptop_unwind_note_change();
	t = none ? NULL : ptop_unwind_find(l->id);
	if (none || t)
		err = ptop_unwind_attach(l->content, t);
	else if (new)
		err = ptop_unwind_add(l->content, new, &gone);
	else
		err = -ENODATA;
	if (!err && !none && !t)
		new = NULL;
	ptop_names_queue();
	mutex_unlock(&ptop_names_mutex);
	ptop_unwind_free_all(&gone);
	ptop_unwind_free(new);
	return err;
}

int ptop_unwind_loaded(struct perftop_unwind_loaded *l)
{
	const struct ptop_unwind_table *t;
	const struct ptop_file *file;
	u64 at = l->at, content;
	u32 number;

	if (!ptop_unwind.most)
		return -EOPNOTSUPP;
	memset(l, 0, sizeof(*l));
	mutex_lock(&ptop_names_mutex);
	t = ptop_unwind_nth(at, &content);
	if (t) {
		l->at = at + 1;
		memcpy(l->id, t->id, sizeof(l->id));
		l->bytes = t->bytes;
		l->rows = t->rows;
		l->rules = t->rules;
		l->contents = t->slots;
		l->used = READ_ONCE(t->used);
		number = ptop_content_find(content);
		file = number == U32_MAX ? NULL : ptop_contents_file(number);
		if (file)
			memcpy(l->path, file->path, sizeof(l->path));
		else if (content == PTOP_CONTENT_VDSO)
			strscpy(l->path, "[vdso]", sizeof(l->path));
	}
	mutex_unlock(&ptop_names_mutex);
	return t ? 0 : -ENOENT;
}

void ptop_unwind_stats(struct ptop_unwind_stats *stats)
{
	mutex_lock(&ptop_names_mutex);
	*stats = (struct ptop_unwind_stats) {
		.tables = ptop_unwind.tables,
		.wanted = ptop_unwind_nr_wanted(),
		.bytes = ptop_unwind.bytes,
		.most = ptop_unwind.most,
		.loaded = ptop_unwind.loaded,
		.dropped = ptop_unwind.dropped,
		.active = ptop_unwind.active,
	};
	mutex_unlock(&ptop_names_mutex);
}

/* ---- allocated and freed */

void ptop_unwind_files_init(u32 megabytes)
{
	/* Elsewhere there are frame records. */
	if (!IS_ENABLED(CONFIG_X86_64))
		megabytes = 0;
	ptop_unwind_tables_init((size_t)megabytes * SZ_1M);
}

void ptop_unwind_files_destroy(void)
{
	ptop_unwind_tables_destroy();
}
