// SPDX-License-Identifier: GPL-2.0-only
/*
 * /proc/perftop: stacks by CPU time. /proc/schedtop: threads of each CPU by CPU
 * time. /proc/lattop: threads by time asleep. docs/output.md describes each
 * line and column.
 *
 * open() takes a snapshot and ranks it; read() formats it, so it may be read in
 * any pieces. Header lines begin with '#'. Times are in ticks of the clock that
 * the header names, and in seconds.
 *
 * control.h has what can be written to these files.
 */
#define pr_fmt(fmt) KBUILD_MODNAME ": " fmt

#include <linux/err.h>
#include <linux/module.h>
#include <linux/proc_fs.h>
#include <linux/seq_file.h>

#include "compat.h"
#include "interface/access.h"
#include "interface/control.h"
#include "interface/format.h"
#include "interface/proc_files.h"
#include "interface/proc_view.h"
#include "probe/hook.h"
#include "snapshot/lattop.h"
#include "snapshot/rows.h"
#include "snapshot/snapshot.h"

static struct ptop_proc_config config;
static struct proc_dir_entry *files[PTOP_KINDS];

const struct ptop_proc_config *ptop_proc_config(void)
{
	return &config;
}

static void *ptop_seq_start(struct seq_file *m, loff_t *pos)
{
	const struct ptop_proc_view *v = m->private;

	/* A write-only file has no view; lseek() comes here nevertheless. */
	return v && *pos <= v->nr ? pos : NULL;
}

static void *ptop_seq_next(struct seq_file *m, void *p, loff_t *pos)
{
	++*pos;
	return ptop_seq_start(m, pos);
}

static void ptop_seq_stop(struct seq_file *m, void *p)
{
}

static int ptop_seq_show(struct seq_file *m, void *p)
{
	const struct ptop_proc_view *v = m->private;
	loff_t pos = *(loff_t *)p;
	bool perftop = v->kind == PTOP_STACKS;

	if (v->kind == PTOP_SLEEPS)
		ptop_lattop_show(m, v, pos);
	else if (!pos && perftop)
		ptop_perftop_show_head(m, v);
	else if (!pos)
		ptop_schedtop_show_head(m, v);
	else if (perftop)
		ptop_perftop_show_row(m, v, pos - 1);
	else
		ptop_schedtop_show_row(m, v, pos - 1);
	return 0;
}

static const struct seq_operations ptop_seq_ops = {
	.start = ptop_seq_start,
	.next = ptop_seq_next,
	.stop = ptop_seq_stop,
	.show = ptop_seq_show,
};

static void ptop_proc_free(struct ptop_proc_view *v)
{
	ptop_cgroups_free(&v->cgroups);
	ptop_lattop_free(v->lattop);
	ptop_rows_free(&v->rows);
	if (!IS_ERR_OR_NULL(v->snap))
		ptop_snap_free(v->snap);
	kfree(v);
}

/* The id of a row's cgroup. */
static u64 ptop_proc_cgroup(const struct ptop_proc_view *v, u32 i)
{
	if (v->kind == PTOP_SLEEPS)
		return v->lattop->row[i].id.cgroup;
	if (v->kind == PTOP_STACKS)
		return ptop_key_cgroup(v->rows.line[i].key);
	return v->rows.line[i].row.entry->key[PTOP_PID_CGROUP];
}

static int ptop_proc_cgroups(struct ptop_proc_view *v)
{
	int err = ptop_cgroups_init(&v->cgroups);
	u32 i;

	if (!err)
		err = ptop_cgroups_add(&v->cgroups, v->snap->target.cgroup);
	for (i = 0; i < v->nr && !err; i++) {
		err = ptop_cgroups_add(&v->cgroups, ptop_proc_cgroup(v, i));
		cond_resched();
	}
	if (!err)
		err = ptop_cgroups_names(&v->cgroups);
	return err ?: ptop_format_cgroups(&v->cgroups);
}

/* Returns -EAGAIN if it has to be @roomy, see ptop_snap_end(). */
static struct ptop_proc_view *ptop_proc_try(enum ptop_kind kind, bool roomy,
					    bool nonblock)
{
	struct ptop_proc_view *v = kzalloc(sizeof(*v), PTOP_READER_GFP);
	u32 kinds = BIT(kind);
	int err;

	if (!v)
		return ERR_PTR(-ENOMEM);
	v->kind = kind;
	v->hrtimer_missed = ptop_hook_hrtimer_missed();
	v->mappings_missed = ptop_mappings_missed();
	if (kind == PTOP_STACKS)
		ptop_mappings_stats(&v->mappings);
	ptop_unwind_stats(&v->unwind);
	v->sum = READ_ONCE(*config.sum);
	if (kind == PTOP_SLEEPS)
		kinds |= BIT(PTOP_PIDS);
	v->snap = ptop_snap_begin(kinds, roomy, nonblock);
	if (IS_ERR(v->snap)) {
		err = PTR_ERR(v->snap);
		goto free_view;
	}
	if (kind == PTOP_STACKS)
		err = ptop_rows_rank(&v->rows, v->snap, kind, v->snap->merge,
				     false, READ_ONCE(*config.top));
	else if (kind == PTOP_PIDS)
		err = ptop_rows_rank(&v->rows, v->snap, kind,
				     v->sum == PTOP_SUM_CGROUP, READ_ONCE(*config.idle), U32_MAX);
	else
		err = ptop_lattop_take(v->snap, READ_ONCE(*config.sleepers),
				       v->sum, &v->lattop);
	v->nr = v->rows.nr;
	if (!ptop_snap_end(v->snap) && !err)
		err = -EAGAIN;
	if (!err && kind == PTOP_STACKS)
		err = ptop_rows_names(&v->rows, v->snap);
	if (!err && kind != PTOP_SLEEPS && v->sum != PTOP_SUM_CGROUP)
		ptop_rows_comms(&v->rows, v->snap, kind);
	if (!err && kind == PTOP_SLEEPS)
		err = ptop_lattop_finish(v->lattop, v->snap, &v->nr);
	if (!err)
		err = ptop_proc_cgroups(v);
	if (!err)
		return v;
free_view:
	ptop_proc_free(v);
	return ERR_PTR(err);
}

static struct ptop_proc_view *ptop_proc_take(enum ptop_kind kind, bool nonblock)
{
	struct ptop_proc_view *v = ptop_proc_try(kind, false, nonblock);
	u32 i;

	for (i = 1; i < PTOP_SNAP_TRIES && v == ERR_PTR(-EAGAIN); i++)
		v = ptop_proc_try(kind, true, nonblock);
	return v;
}

static int ptop_proc_open(struct file *file, enum ptop_kind kind)
{
	struct ptop_proc_view *v = NULL;
	int err = ptop_access_open(file);

	if (err)
		return err;
	/* A /proc file doesn't hold the module while it is open. */
	if (!try_module_get(THIS_MODULE))
		return -ENODEV;
	if (file->f_mode & FMODE_READ) {
		v = ptop_proc_take(kind, file->f_flags & O_NONBLOCK);
		if (IS_ERR(v)) {
			err = PTR_ERR(v);
			goto put_module;
		}
	}
	err = seq_open(file, &ptop_seq_ops);
	if (err)
		goto free_view;
	((struct seq_file *)file->private_data)->private = v;
	return 0;

free_view:
	if (v)
		ptop_proc_free(v);
put_module:
	module_put(THIS_MODULE);
	return err;
}

static int ptop_perftop_open(struct inode *inode, struct file *file)
{
	return ptop_proc_open(file, PTOP_STACKS);
}

static int ptop_schedtop_open(struct inode *inode, struct file *file)
{
	return ptop_proc_open(file, PTOP_PIDS);
}

static int ptop_lattop_open(struct inode *inode, struct file *file)
{
	return ptop_proc_open(file, PTOP_SLEEPS);
}

static int ptop_proc_release(struct inode *inode, struct file *file)
{
	struct seq_file *m = file->private_data;

	if (m->private)
		ptop_proc_free(m->private);
	seq_release(inode, file);
	module_put(THIS_MODULE);
	return 0;
}

static const struct proc_ops ptop_proc_ops[PTOP_KINDS] = {
	[PTOP_STACKS] = {
		.proc_open = ptop_perftop_open,
		.proc_read = seq_read,
		.proc_lseek = seq_lseek,
		.proc_write = ptop_control_write,
		.proc_release = ptop_proc_release,
	},
	[PTOP_PIDS] = {
		.proc_open = ptop_schedtop_open,
		.proc_read = seq_read,
		.proc_lseek = seq_lseek,
		.proc_write = ptop_control_write,
		.proc_release = ptop_proc_release,
	},
	[PTOP_SLEEPS] = {
		.proc_open = ptop_lattop_open,
		.proc_read = seq_read,
		.proc_lseek = seq_lseek,
		.proc_write = ptop_control_write,
		.proc_release = ptop_proc_release,
	},
};

static const char * const file_names[PTOP_KINDS] = {
	[PTOP_STACKS] = "perftop",
	[PTOP_PIDS] = "schedtop",
	[PTOP_SLEEPS] = "lattop",
};

void ptop_proc_exit(void)
{
	int i;

	for (i = PTOP_KINDS - 1; i >= 0; i--)
		proc_remove(files[i]);
}

int ptop_proc_init(const struct ptop_proc_config *cfg)
{
	int i;

	config = *cfg;
	for (i = 0; i < PTOP_KINDS; i++) {
		files[i] = proc_create(file_names[i], cfg->mode, NULL,
				       &ptop_proc_ops[i]);
		if (!files[i]) {
			pr_err("/proc/%s: can't be made, no memory or already there\n",
			       file_names[i]);
			ptop_proc_exit();
			return -ENOMEM;
		}
		proc_set_user(files[i], GLOBAL_ROOT_UID, cfg->gid);
	}
	return 0;
}
