// SPDX-License-Identifier: GPL-2.0-only
/*
 * /proc/perftop: tasks by CPU time. /proc/schedtop: pids of each CPU by CPU
 * time. /proc/lattop (lattop.c): pids by the time that they slept. README.md
 * has annotated output.
 *
 * Opening a file takes a snapshot and ranks it; reading formats what is in
 * the snapshot, so it doesn't matter in which pieces that is done. Lines that
 * begin with '#' are the header. Times are in ticks of the clock that the
 * header names, and in seconds.
 *
 * What can be written to any of them is in control.h.
 */
#define pr_fmt(fmt) KBUILD_MODNAME ": " fmt

#include <linux/err.h>
#include <linux/math64.h>
#include <linux/module.h>
#include <linux/proc_fs.h>
#include <linux/seq_file.h>

#include "access.h"
#include "arena.h"
#include "books.h"
#include "compat.h"
#include "control.h"
#include "hook.h"
#include "lattop.h"
#include "names.h"
#include "rank.h"
#include "show.h"
#include "snap.h"
#include "view.h"

/* A row to show. */
struct ptop_line {
	struct ptop_row row;
	const struct ptop_name *name;	/* of its first user frame, and so on */
};

/* The swapper has no entry; among a CPU's others this is its index. */
#define PTOP_INDEX_IDLE U32_MAX

struct ptop_view {
	enum ptop_kind kind;
	struct ptop_snap *snap;
	struct ptop_line *line;		/* in order */
	u32 nr;
	void *entries;			/* of the lines */
	struct ptop_name *names;	/* of all user frames of the lines */
	struct ptop_symbols *symbols;
	struct ptop_lattop *lattop;	/* PTOP_SLEEPS: this instead of the lines */
	u64 hrtimer_missed;		/* see ptop_hook_hrtimer_missed() */
};

static struct ptop_view_config config;
static struct proc_dir_entry *files[PTOP_KINDS];

static void ptop_show_cache(struct seq_file *m, const struct ptop_books *b)
{
	u64 all = b->same + b->walked + b->unwound;
	u64 same = ptop_percent_of(b->same, all);
	u64 walked = ptop_percent_of(b->walked, all);
	u64 unwound = all ? 10000 - same - walked : 0;

	seq_printf(m, "# stack cache:  %llu stacks: %llu.%02llu %% unchanged, %llu.%02llu %% by table, %llu.%02llu %% unwound\n",
		   all, same / 100, same % 100, walked / 100, walked % 100,
		   unwound / 100, unwound % 100);
	if (READ_ONCE(*config.verify) || b->verified)
		seq_printf(m, "# verified:     %llu stacks, %llu disagreements, %llu changed meanwhile\n",
			   b->verified, b->disagreed, b->unstable);
}

static void ptop_show_percent(struct seq_file *m, const char *name, u64 ticks,
			      ptop_wide elapsed)
{
	u64 share = ptop_percent_of(ticks, elapsed);

	seq_printf(m, "%s%llu.%02llu %%", name, share / 100, share % 100);
}

static void ptop_show_cost(struct seq_file *m, const struct ptop_sums *sum)
{
	const struct ptop_books *b = &sum->books;
	u64 all = b->cost + sum->hook_cost;
	u32 budget = READ_ONCE(*config.budget);

	ptop_show_percent(m, "# own cost:     ", all, sum->elapsed);
	seq_printf(m, " of CPU time, %llu ticks a switch: ",
		   b->switches ? div64_u64(all, b->switches) : 0);
	if (sum->hook_cost || !b->switches)
		ptop_show_percent(m, "hook ", sum->hook_cost, sum->elapsed);
	else
		seq_puts(m, "hook not measured");
	ptop_show_percent(m, ", counters ", b->cost - b->stack_cost,
			  sum->elapsed);
	ptop_show_percent(m, ", stacks ", b->stack_cost, sum->elapsed);
	seq_printf(m, " of budget %u.%02u %%, step %u: ", budget / 100,
		   budget % 100, sum->step);
	if (sum->step)
		seq_printf(m, "one stack in %lu is taken", BIT(sum->step));
	else
		seq_puts(m, "every stack is taken");
	if (b->unsampled)
		seq_printf(m, ", unsampled %llu switches", b->unsampled);
	seq_putc(m, '\n');
}

#define PTOP_SHOW_STOPPED 8	/* CPUs */

/* CPUs that aren't recorded, or weren't, as that costs too much. */
static void ptop_show_stopped(struct seq_file *m, const struct ptop_snap *snap,
			      const struct ptop_books *sum)
{
	u32 stop = READ_ONCE(*config.stop), i, nr = 0;
	struct ptop_seconds t = ptop_seconds(sum->stopped);

	if (!sum->stops)
		return;
	seq_printf(m, "# stopped:      %llu times, %llu.%06u s, as hook and counters took more than stop=%u.%02u %%",
		   sum->stops, t.s, t.us, stop / 100, stop % 100);
	for (i = 0; i < snap->nr; i++) {
		const struct ptop_snap_cpu *s = &snap->cpu[i];

		if (!s->stopped || nr++ >= PTOP_SHOW_STOPPED)
			continue;
		t = ptop_seconds(s->stopped);
		seq_printf(m, "%s CPU %u for %llu.%06u s",
			   nr == 1 ? "; now:" : ",", s->cpu, t.s, t.us);
	}
	if (nr > PTOP_SHOW_STOPPED)
		seq_printf(m, ", and %u more", nr - PTOP_SHOW_STOPPED);
	seq_putc(m, '\n');
}

static void ptop_show_perftop_head(struct seq_file *m,
				   const struct ptop_view *v)
{
	struct ptop_sums sum;

	ptop_sums_get(v->snap, PTOP_STACKS, &sum);
	ptop_show_head(m, v->snap);
	seq_printf(m, "# stacks:       %s, depth %u, %llu truncated, %llu unnamed\n",
		   config.stacks, config.depth, sum.books.truncated,
		   sum.books.unnamed);
	ptop_show_cache(m, &sum.books);
	ptop_show_cost(m, &sum);
	ptop_show_stopped(m, v->snap, &sum.books);
	seq_puts(m, "# cpu time:     ");
	ptop_show_ticks(m, sum.elapsed);
	seq_puts(m, ", ");
	ptop_show_explained(m, sum.tasks + sum.idle + sum.others,
			    sum.evicted_ticks + sum.unattributed, sum.elapsed);
	ptop_show_part(m, "tasks:", sum.tasks, sum.elapsed);
	seq_putc(m, '\n');
	ptop_show_part(m, "idle:", sum.idle, sum.elapsed);
	seq_putc(m, '\n');
	ptop_show_part(m, "evicted:", sum.evicted_ticks, sum.elapsed);
	seq_printf(m, ", %llu entries\n", sum.evicted);
	ptop_show_part(m, "unattributed:", sum.unattributed, sum.elapsed);
	seq_putc(m, '\n');
	if (sum.others) {
		ptop_show_part(m, "others:", sum.others, sum.elapsed);
		seq_putc(m, '\n');
	}
	ptop_show_counts(m, v->snap, PTOP_STACKS, &sum);
	seq_puts(m, "# rank     hash                ticks        seconds    share       scheds    error-ticks     tgid  more comm\n");
}

static void ptop_show_hrtimers(struct seq_file *m, const struct ptop_view *v)
{
	const struct ptop_snap *snap = v->snap;
	u32 i;

	if (!ptop_hook_name(PTOP_POINT_HRTIMER)) {
		seq_printf(m, "# hrtimer:      not measured, %s\n",
			   config.hrtimer ? "the hook could not be planted" :
					    "hrtimer=0");
		return;
	}
	for (i = 0; i < snap->nr; i++) {
		const struct ptop_books *b = &snap->cpu[i].books;

		seq_printf(m, "# hrtimer cpu %u: %llu interrupts, %llu ticks, which the ticks of who ran include\n",
			   snap->cpu[i].cpu, b->hrtimers, b->hrtimer);
	}
	seq_printf(m, "# hrtimer:      by %s, missed %llu\n",
		   ptop_hook_name(PTOP_POINT_HRTIMER),
		   v->hrtimer_missed);
}

static void ptop_show_schedtop_head(struct seq_file *m,
				    const struct ptop_view *v)
{
	struct ptop_sums sum;
	u32 i;

	ptop_show_head(m, v->snap);
	for (i = 0; i < v->snap->nr; i++) {
		const struct ptop_snap_cpu *s = &v->snap->cpu[i];
		const struct ptop_snap_table *t = &s->table[PTOP_PIDS];
		const struct ptop_books *b = &s->books;
		char name[16];

		snprintf(name, sizeof(name), "cpu %u:", s->cpu);
		seq_printf(m, "# %-13s %llu ticks = tasks %llu + idle %llu + evicted %llu + unattributed %llu",
			   name, b->elapsed, (u64)t->ticks, b->idle,
			   (u64)t->evicted_ticks, b->unattributed[PTOP_PIDS]);
		if (b->others)
			seq_printf(m, " + others %llu", b->others);
		seq_puts(m, ", ");
		ptop_show_explained(m, t->ticks + b->idle + b->others,
				    t->evicted_ticks +
				    b->unattributed[PTOP_PIDS], b->elapsed);
	}
	ptop_show_hrtimers(m, v);
	ptop_sums_get(v->snap, PTOP_PIDS, &sum);
	ptop_show_counts(m, v->snap, PTOP_PIDS, &sum);
	seq_puts(m, "#  cpu      pid                ticks        seconds       scheds        delay-s longest-delay-s       sleep-s  hrtimer-ticks   hrtimers    error-ticks comm\n");
}

static const struct ptop_key *ptop_row_key(const struct ptop_row *row)
{
	return (const struct ptop_key *)row->entry->key;
}

static void ptop_show_perftop_row(struct seq_file *m, const struct ptop_view *v,
				  u32 i)
{
	const struct ptop_row *row = &v->line[i].row;
	const struct ptop_key *key = ptop_row_key(row);
	ptop_wide elapsed = 0;
	u64 share;
	u32 k;

	for (k = 0; k < v->snap->nr; k++)
		elapsed += v->snap->cpu[k].books.elapsed;
	share = ptop_ratio(row->ticks, elapsed, 10000);
	seq_printf(m, "%6u %08x", i + 1, ptop_books_hash(row->entry->hash));
	ptop_show_columns(m, row->ticks);
	seq_printf(m, " %4llu.%02llu%% %12llu", share / 100, share % 100,
		   row->count);
	ptop_show_number(m, row->error, 14);
	seq_printf(m, " %8u", key->tgid ? key->tgid : row->entry->pid[0]);
	if (row->more_who)
		seq_printf(m, " %4u+", row->nr_who - 1);
	else
		ptop_show_number(m, row->nr_who - 1, 5);
	seq_putc(m, ' ');
	ptop_show_escaped(m, row->entry->comm, TASK_COMM_LEN);
	seq_putc(m, '\n');
	ptop_show_stack(m, v->symbols, key, v->line[i].name);
}

static void ptop_show_schedtop_row(struct seq_file *m,
				   const struct ptop_view *v,
				   const struct ptop_row *row)
{
	const struct ptop_entry *e = row->entry;
	const struct ptop_waits *waits = (void *)e + v->snap->extra[PTOP_PIDS];

	seq_printf(m, "%6u %8u", row->cpu, e->pid[0]);
	ptop_show_columns(m, row->ticks);
	seq_printf(m, " %12llu", row->count);
	if (e->pid[0]) {
		ptop_show_time(m, waits->delay);
		ptop_show_time(m, waits->longest);
		ptop_show_time(m, waits->sleep);
	} else {
		seq_printf(m, " %14s %14s %14s", "-", "-", "-");
	}
	if (ptop_hook_name(PTOP_POINT_HRTIMER)) {
		ptop_show_number(m, waits->hrtimer, 14);
		ptop_show_number(m, waits->hrtimers, 10);
	} else {
		seq_printf(m, " %14s %10s", "n/a", "n/a");
	}
	ptop_show_number(m, row->error, 14);
	seq_putc(m, ' ');
	ptop_show_escaped(m, e->comm, TASK_COMM_LEN);
	seq_putc(m, '\n');
}

static void *ptop_seq_start(struct seq_file *m, loff_t *pos)
{
	const struct ptop_view *v = m->private;

	/* A file that is only written has none; lseek() looks nevertheless. */
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
	const struct ptop_view *v = m->private;
	loff_t pos = *(loff_t *)p;
	bool perftop = v->kind == PTOP_STACKS;

	if (v->kind == PTOP_SLEEPS)
		ptop_lattop_show(m, v->lattop, v->snap, pos);
	else if (!pos && perftop)
		ptop_show_perftop_head(m, v);
	else if (!pos)
		ptop_show_schedtop_head(m, v);
	else if (perftop)
		ptop_show_perftop_row(m, v, pos - 1);
	else
		ptop_show_schedtop_row(m, v, &v->line[pos - 1].row);
	return 0;
}

static const struct seq_operations ptop_seq_ops = {
	.start = ptop_seq_start,
	.next = ptop_seq_next,
	.stop = ptop_seq_stop,
	.show = ptop_seq_show,
};

static void ptop_view_free(struct ptop_view *v)
{
	ptop_lattop_free(v->lattop);
	kvfree(v->symbols);
	kvfree(v->names);
	kvfree(v->entries);
	kvfree(v->line);
	if (!IS_ERR_OR_NULL(v->snap))
		ptop_snap_free(v->snap);
	kfree(v);
}

static bool ptop_view_same(void *snap, const struct ptop_ranked *a,
			   const struct ptop_ranked *b)
{
	return ptop_snap_same(snap, PTOP_STACKS, 0, a->cpu, a->index, b->cpu,
			      b->index);
}

static void ptop_view_add(struct ptop_snap *snap, enum ptop_kind kind,
			  struct ptop_rank *rank, u32 cpu, bool idle)
{
	const struct ptop_snap_cpu *s = &snap->cpu[cpu];
	struct ptop_brief brief[PTOP_SNAP_CHUNK];
	u32 i, first, nr;

	for (first = 0; first < s->table[kind].used; first += nr) {
		nr = ptop_snap_list(snap, kind, cpu, first, brief);
		for (i = 0; i < nr; i++) {
			/* It shows in the order of equal times. */
			brief[i].hash = ptop_books_hash(brief[i].hash);
			ptop_rank_add(rank, &brief[i], cpu);
		}
		cond_resched();
	}
	if (idle) {
		brief[0] = (struct ptop_brief) {
			.ticks = s->books.idle,
			.index = PTOP_INDEX_IDLE,
		};
		ptop_rank_add(rank, &brief[0], cpu);
	}
}

static void ptop_view_read(const struct ptop_snap *snap, enum ptop_kind kind,
			   const struct ptop_ranked *r, struct ptop_entry *e)
{
	const struct ptop_snap_cpu *s = &snap->cpu[r->cpu];
	struct ptop_waits *waits = (void *)e + snap->extra[PTOP_PIDS];

	if (r->index != PTOP_INDEX_IDLE) {
		ptop_snap_read(snap, kind, r->cpu, r->index, e);
		return;
	}
	memset(e, 0, snap->stride[kind]);
	waits->hrtimer = s->books.idle_hrtimer;
	waits->hrtimers = s->books.idle_hrtimers;
	e->ticks = s->books.idle;
	e->count = s->books.idled;
	e->nr_who = 1;
	snprintf(e->comm, sizeof(e->comm), "swapper/%u", s->cpu);
}

/* Read the entries of the rows that are shown. */
static int ptop_view_lines(struct ptop_view *v, const struct ptop_rank *rank,
			   bool merge)
{
	const struct ptop_snap *snap = v->snap;
	size_t stride = snap->stride[v->kind];
	u64 bounds = 0;
	u32 i;

	/* Of each row one is kept; there's one more for the others. */
	v->entries = ptop_reader_alloc(rank->nr + 1, stride);
	v->line = ptop_reader_zalloc(rank->nr + 1, sizeof(*v->line));
	if (!v->entries || !v->line)
		return -ENOMEM;
	v->nr = rank->nr;
	for (i = 0; i < snap->nr; i++)
		bounds += snap->cpu[i].table[v->kind].bound;
	for (i = 0; i < v->nr; i++) {
		const struct ptop_ranked *r = &rank->top[i];
		struct ptop_row *row = &v->line[i].row;
		u32 k = i;

		for (; r; r = ptop_rank_at(rank, r->more), k = v->nr) {
			const struct ptop_snap_cpu *s = &snap->cpu[r->cpu];
			struct ptop_entry *e;

			e = ptop_table_at(v->entries, stride, k);
			ptop_view_read(snap, v->kind, r, e);
			ptop_row_add(row, e, s->cpu, s->table[v->kind].bound);
			cond_resched();
		}
		/* On CPUs where it has no entry now, it may have had one. */
		if (merge)
			row->error += bounds - row->bound;
	}
	return 0;
}

static int ptop_view_rank(struct ptop_view *v, bool merge, bool idle, u32 limit)
{
	struct ptop_snap *snap = v->snap;
	u32 i, max = idle ? snap->nr : 0;
	struct ptop_rank rank;
	int err;

	for (i = 0; i < snap->nr; i++)
		max += snap->cpu[i].table[v->kind].used;
	err = ptop_rank_init(&rank, max, limit, merge ? ptop_view_same : NULL,
			     snap);
	if (err)
		return err;
	for (i = 0; i < snap->nr; i++)
		ptop_view_add(snap, v->kind, &rank, i, idle);
	ptop_rank_order(&rank);
	err = ptop_view_lines(v, &rank, merge);
	ptop_rank_destroy(&rank);
	return err;
}

static int ptop_view_names(struct ptop_view *v)
{
	u32 i, frames = 0;

	for (i = 0; i < v->nr; i++)
		frames += ptop_row_key(&v->line[i].row)->nr_user;
	v->names = ptop_reader_zalloc(frames + 1, sizeof(*v->names));
	v->symbols = ptop_reader_zalloc(1, sizeof(*v->symbols));
	if (!v->names || !v->symbols)
		return -ENOMEM;
	v->symbols->text_gen = v->snap->text_gen;
	frames = 0;
	for (i = 0; i < v->nr; i++) {
		const struct ptop_row *row = &v->line[i].row;
		const struct ptop_key *key = ptop_row_key(row);

		v->line[i].name = &v->names[frames];
		ptop_show_names(key, row->entry->pid[0], &v->names[frames]);
		frames += key->nr_user;
		cond_resched();
	}
	return 0;
}

/* Who lives may have another name than when it last had that CPU. */
static void ptop_view_comms(struct ptop_view *v)
{
	u32 i;

	for (i = 0; i < v->nr; i++) {
		struct ptop_entry *e = ptop_table_at(v->entries,
						     v->snap->stride[PTOP_PIDS],
						     i);

		if (e->pid[0])
			ptop_task_comm(e->key[0], e->key[1], e->comm);
		cond_resched();
	}
}

/* -EAGAIN: it has to be @roomy, see ptop_snap_end(). */
static struct ptop_view *ptop_view_try(enum ptop_kind kind, bool roomy,
				       bool nonblock)
{
	struct ptop_view *v = kzalloc(sizeof(*v), PTOP_READER_GFP);
	u32 kinds = BIT(kind);
	int err;

	if (!v)
		return ERR_PTR(-ENOMEM);
	v->kind = kind;
	v->hrtimer_missed = ptop_hook_hrtimer_missed();
	if (kind == PTOP_SLEEPS)
		kinds |= BIT(PTOP_PIDS);
	v->snap = ptop_snap_begin(kinds, roomy, nonblock);
	if (IS_ERR(v->snap)) {
		err = PTR_ERR(v->snap);
		goto free_view;
	}
	if (kind == PTOP_STACKS)
		err = ptop_view_rank(v, v->snap->merge, false,
				     READ_ONCE(*config.top));
	else if (kind == PTOP_PIDS)
		err = ptop_view_rank(v, false, READ_ONCE(*config.idle),
				     U32_MAX);
	else
		err = ptop_lattop_take(v->snap, READ_ONCE(*config.sleepers),
				       READ_ONCE(*config.sum), &v->lattop);
	if (!ptop_snap_end(v->snap) && !err)
		err = -EAGAIN;
	if (!err && kind == PTOP_STACKS)
		err = ptop_view_names(v);
	if (!err && kind == PTOP_PIDS)
		ptop_view_comms(v);
	if (!err && kind == PTOP_SLEEPS)
		err = ptop_lattop_finish(v->lattop, v->snap, &v->nr);
	if (!err)
		return v;
free_view:
	ptop_view_free(v);
	return ERR_PTR(err);
}

static struct ptop_view *ptop_view_take(enum ptop_kind kind, bool nonblock)
{
	struct ptop_view *v = ptop_view_try(kind, false, nonblock);
	u32 i;

	for (i = 1; i < PTOP_SNAP_TRIES && v == ERR_PTR(-EAGAIN); i++)
		v = ptop_view_try(kind, true, nonblock);
	return v;
}

static int ptop_view_open(struct file *file, enum ptop_kind kind)
{
	struct ptop_view *v = NULL;
	int err = ptop_access_open(file);

	if (err)
		return err;
	/* /proc would let the module go while the file is open. */
	if (!try_module_get(THIS_MODULE))
		return -ENODEV;
	if (file->f_mode & FMODE_READ) {
		v = ptop_view_take(kind, file->f_flags & O_NONBLOCK);
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
		ptop_view_free(v);
put_module:
	module_put(THIS_MODULE);
	return err;
}

static int ptop_perftop_open(struct inode *inode, struct file *file)
{
	return ptop_view_open(file, PTOP_STACKS);
}

static int ptop_schedtop_open(struct inode *inode, struct file *file)
{
	return ptop_view_open(file, PTOP_PIDS);
}

static int ptop_lattop_open(struct inode *inode, struct file *file)
{
	return ptop_view_open(file, PTOP_SLEEPS);
}

static int ptop_view_release(struct inode *inode, struct file *file)
{
	struct seq_file *m = file->private_data;

	if (m->private)
		ptop_view_free(m->private);
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
		.proc_release = ptop_view_release,
	},
	[PTOP_PIDS] = {
		.proc_open = ptop_schedtop_open,
		.proc_read = seq_read,
		.proc_lseek = seq_lseek,
		.proc_write = ptop_control_write,
		.proc_release = ptop_view_release,
	},
	[PTOP_SLEEPS] = {
		.proc_open = ptop_lattop_open,
		.proc_read = seq_read,
		.proc_lseek = seq_lseek,
		.proc_write = ptop_control_write,
		.proc_release = ptop_view_release,
	},
};

static const char * const file_names[PTOP_KINDS] = {
	[PTOP_STACKS] = "perftop",
	[PTOP_PIDS] = "schedtop",
	[PTOP_SLEEPS] = "lattop",
};

void ptop_view_exit(void)
{
	int i;

	for (i = PTOP_KINDS - 1; i >= 0; i--)
		proc_remove(files[i]);
}

int ptop_view_init(const struct ptop_view_config *cfg)
{
	int i;

	config = *cfg;
	for (i = 0; i < PTOP_KINDS; i++) {
		files[i] = proc_create(file_names[i], cfg->mode, NULL,
				       &ptop_proc_ops[i]);
		if (!files[i]) {
			pr_err("/proc/%s: can't be made, no memory or already there\n",
			       file_names[i]);
			ptop_view_exit();
			return -ENOMEM;
		}
		proc_set_user(files[i], GLOBAL_ROOT_UID, cfg->gid);
	}
	return 0;
}
