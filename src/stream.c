// SPDX-License-Identifier: GPL-2.0-only
/*
 * /proc/perftop_events: what processes do, as it happens. README.md has
 * annotated output.
 *
 * A header, whose lines begin with '#', and then a line for each event since
 * the file was opened, in the order of time, without end: a read waits for the
 * next one. Where a reader was too slow, a line that begins with '#' says how
 * many events of a CPU are missing there. A read gives whole lines, unless
 * there isn't room for one.
 *
 * The device (device.c) has the same as records, see uapi/perftop.h.
 */
#define pr_fmt(fmt) KBUILD_MODNAME ": " fmt

#include <linux/cred.h>
#include <linux/err.h>
#include <linux/module.h>
#include <linux/mutex.h>
#include <linux/overflow.h>
#include <linux/poll.h>
#include <linux/proc_fs.h>
#include <linux/sched/signal.h>
#include <linux/uaccess.h>
#include <linux/utsname.h>
#include <linux/wait.h>

#include "access.h"
#include "compat.h"
#include "control.h"
#include "events.h"
#include "hook.h"
#include "percpu.h"
#include "record.h"
#include "stream.h"
#include "target.h"
#include "text.h"

#define PTOP_STREAM_FILE "perftop_events"

/* Each byte of a name may become four; the rest of a line, or of the header. */
#define PTOP_STREAM_TEXT (4 * PTOP_EVENT_BYTES + 1024)

struct ptop_stream {
	struct ptop_reader reader;	/* of at[] */
	wait_queue_head_t wait;		/* unless there's another one */
	struct mutex lock;	/* of all the rest */
	bool records;		/* rather than text */
	u64 horizon;		/* events until then are in order */
	size_t len, off;	/* of the text; how much of it was read */
	char text[PTOP_STREAM_TEXT] __aligned(8);
	struct ptop_events_at at[];	/* by CPU */
};

static struct ptop_stream_config config;
static struct proc_dir_entry *stream_file;

/* ---- lines */

static __printf(2, 3) void ptop_stream_printf(struct ptop_stream *s,
					      const char *fmt, ...)
{
	va_list args;

	va_start(args, fmt);
	s->len += vscnprintf(s->text + s->len, sizeof(s->text) - s->len, fmt,
			     args);
	va_end(args);
}

static void ptop_stream_escaped(struct ptop_stream *s, const char *name,
				size_t max)
{
	for (; max && *name; name++, max--)
		ptop_stream_printf(s, ptop_text_plain(*name) ? "%c" : "\\x%02x",
				   (u8)*name);
}

static void ptop_stream_target(struct ptop_stream *s)
{
	struct ptop_target_info info;

	ptop_target_info(&info);
	ptop_stream_printf(s, "# target:       ");
	if (!info.name[0]) {
		ptop_stream_printf(s, "all\n");
		return;
	}
	ptop_stream_escaped(s, info.name, sizeof(info.name));
	ptop_stream_printf(s, "; %u processes, %u without room\n",
			   info.members, info.full);
}

static void ptop_stream_head(struct ptop_stream *s,
			     const struct ptop_events_sums *sums)
{
	ptop_stream_printf(s, "# perftop %s, abi %d, kernel %s\n", PTOP_VERSION,
			   PERFTOP_ABI, init_utsname()->release);
	ptop_stream_printf(s, "# hook:         %s %s, %s, %s\n",
			   ptop_hook_backend(),
			   ptop_hook_name(PTOP_POINT_EXEC),
			   ptop_hook_name(PTOP_POINT_FORK),
			   ptop_hook_name(PTOP_POINT_EXIT));
	ptop_stream_printf(s, "# clock:        CLOCK_MONOTONIC, in seconds\n");
	ptop_stream_printf(s, "# state:        %s\n",
			   ptop_account_paused() ? "paused" : "recording");
	ptop_stream_target(s);
	ptop_stream_printf(s, "# ring:         %u events per CPU\n",
			   config.events);
	ptop_stream_printf(s, "# streams:      %u open, at most %u, and %u of one user\n",
			   sums->readers, PERFTOP_STREAMS,
			   PERFTOP_STREAMS_USER);
	ptop_stream_printf(s, "# events:       %llu recorded, %llu missed, ",
			   sums->recorded, sums->missed + ptop_hook_missed());
	ptop_stream_printf(s, "%llu lost by slow readers\n", sums->lost);
	ptop_stream_printf(s, "#     seconds comm; event\n");
}

static void ptop_stream_exited(struct ptop_stream *s,
			       const struct ptop_event_head *h)
{
	u32 code = h->code, signal = code & 0x7f;

	if (h->kind == PTOP_EVENT_KTHREAD_EXIT)
		ptop_stream_printf(s, "exited with code %d", h->code);
	else if (signal)
		ptop_stream_printf(s, "was killed by signal %u%s", signal,
				   code & 0x80 ? " with a core dump" : "");
	else
		ptop_stream_printf(s, "exited with code %u", code >> 8 & 0xff);
	if (h->others && h->pid == h->tgid)
		ptop_stream_printf(s, "; %u of its threads go on", h->others);
}

static void ptop_stream_event(struct ptop_stream *s, int cpu,
			      const struct ptop_events_at *at)
{
	const struct ptop_event_head *h = &at->event.head;
	u32 rest;
	u64 seconds = div_u64_rem(h->time, NSEC_PER_SEC, &rest);

	if (at->lost)
		ptop_stream_printf(s, "# lost %llu events of CPU %d\n",
				   at->lost, cpu);
	ptop_stream_printf(s, "%6llu.%06u ", seconds,
			   rest / (u32)NSEC_PER_USEC);
	ptop_stream_escaped(s, h->comm, sizeof(h->comm));
	if (h->pid == h->tgid)
		ptop_stream_printf(s, "; PID %u ", h->tgid);
	else
		ptop_stream_printf(s, "; thread %u of PID %u ", h->pid,
				   h->tgid);
	switch (h->kind) {
	case PTOP_EVENT_EXEC:
		ptop_stream_printf(s, "executed execve syscall for pathname: ");
		if (h->cut)
			ptop_stream_printf(s, "...");
		ptop_stream_escaped(s, at->event.path, sizeof(at->event.path));
		if (h->cut)
			ptop_stream_printf(s, "; %u bytes are cut off", h->cut);
		break;
	case PTOP_EVENT_FORK:
		ptop_stream_printf(s, "forked PID %u", h->child);
		break;
	case PTOP_EVENT_CLONE:
		ptop_stream_printf(s, "cloned thread %u", h->child);
		break;
	default:
		ptop_stream_exited(s, h);
	}
	ptop_stream_printf(s, "\n");
}

/* ---- records */

static void ptop_stream_record_head(struct ptop_stream *s)
{
	BUILD_BUG_ON(sizeof(struct perftop_head) > sizeof(s->text));
	ptop_record_head((struct perftop_head *)s->text, NULL);
	s->len = sizeof(struct perftop_head);
}

static void ptop_stream_record_lost(struct ptop_stream *s, int cpu, u64 lost)
{
	struct perftop_lost *l = (struct perftop_lost *)s->text;

	memset(l, 0, sizeof(*l));
	l->rec.type = cpu_to_le32(PERFTOP_LOST);
	l->rec.bytes = cpu_to_le32(sizeof(*l));
	l->events = cpu_to_le64(lost);
	l->cpu = cpu_to_le32(cpu);
	s->len = sizeof(*l);
}

static void ptop_stream_record(struct ptop_stream *s, int cpu,
			       const struct ptop_events_at *at)
{
	const struct ptop_event_head *h = &at->event.head;
	struct perftop_event *e;
	size_t path = 0, bytes;

	ptop_record_same(PTOP_EVENT_EXEC, PERFTOP_EXEC);
	ptop_record_same(PTOP_EVENT_FORK, PERFTOP_FORK);
	ptop_record_same(PTOP_EVENT_CLONE, PERFTOP_CLONE);
	ptop_record_same(PTOP_EVENT_EXIT, PERFTOP_EXIT);
	ptop_record_same(PTOP_EVENT_KTHREAD_EXIT, PERFTOP_KTHREAD_EXIT);
	BUILD_BUG_ON(sizeof(s->text) < sizeof(struct perftop_lost) +
		     sizeof(*e) + PTOP_EVENT_BYTES);
	if (at->lost)
		ptop_stream_record_lost(s, cpu, at->lost);
	if (h->kind == PTOP_EVENT_EXEC)
		path = strnlen(at->event.path, sizeof(at->event.path));
	bytes = ALIGN(sizeof(*e) + path + 1, sizeof(u64));
	e = (struct perftop_event *)(s->text + s->len);
	memset(e, 0, bytes);
	e->rec.type = cpu_to_le32(PERFTOP_EVENT);
	e->rec.bytes = cpu_to_le32(bytes);
	e->time = cpu_to_le64(h->time);
	e->kind = cpu_to_le32(h->kind);
	e->pid = cpu_to_le32(h->pid);
	e->tgid = cpu_to_le32(h->tgid);
	e->code = cpu_to_le32(h->child);
	e->others = cpu_to_le32(h->others);
	e->cut = cpu_to_le32(h->cut);
	strscpy_pad(e->comm, h->comm, sizeof(e->comm));
	memcpy(e->path, at->event.path, path);
	s->len += bytes;
}

/* ---- events in the order of time */

/* The CPU with the earliest event that is in order, or -1. */
static int ptop_stream_first(const struct ptop_stream *s)
{
	u64 time = s->horizon;
	int cpu, first = -1;

	for_each_possible_cpu(cpu) {
		const struct ptop_events_at *at = &s->at[cpu];

		if (at->have && (at->event.head.time < time ||
				 (first < 0 && at->event.head.time == time))) {
			first = cpu;
			time = at->event.head.time;
		}
	}
	return first;
}

/*
 * Look at all CPUs. Nothing that is seen later can be of a time before the
 * clock was read: events get their time under the lock under which we look.
 */
static void ptop_stream_look(struct ptop_stream *s)
{
	int cpu;

	s->horizon = ptop_events_clock();
	for_each_possible_cpu(cpu)
		ptop_events_next(cpu, &s->at[cpu]);
}

/*
 * Make the text of the next event. @look: for one that may have come since
 * that was last done. Returns whether there was any.
 */
static bool ptop_stream_next(struct ptop_stream *s, bool look)
{
	int cpu = ptop_stream_first(s);

	if (cpu < 0 && look) {
		ptop_stream_look(s);
		cpu = ptop_stream_first(s);
	}
	if (cpu < 0)
		return false;
	s->len = 0;
	s->off = 0;
	if (s->records)
		ptop_stream_record(s, cpu, &s->at[cpu]);
	else
		ptop_stream_event(s, cpu, &s->at[cpu]);
	WRITE_ONCE(s->at[cpu].have, false);
	ptop_events_next(cpu, &s->at[cpu]);
	return true;
}

static bool ptop_stream_ready(const struct ptop_stream *s)
{
	return READ_ONCE(s->off) != READ_ONCE(s->len) ||
	       ptop_events_ready(&s->reader);
}

/*
 * Whoever looked while somebody read may have missed what that one had in its
 * hands, and has left.
 */
static void ptop_stream_left(struct ptop_stream *s)
{
	wait_queue_head_t *wait = s->reader.wait;

	if (wq_has_sleeper(wait) && ptop_stream_ready(s))
		wake_up_interruptible_poll(wait, EPOLLIN | EPOLLRDNORM);
}

/* ---- the file */

/* Returns how much was copied; 0: there is nothing. Under the lock. */
static ssize_t ptop_stream_copy(struct ptop_stream *s, char __user *to,
				size_t size)
{
	size_t done = 0, len;

	while (done < size) {
		/*
		 * Events that come while we are at it are for the next time:
		 * a read must have an end.
		 */
		if (s->off == s->len && !ptop_stream_next(s, !done))
			break;
		len = s->len - s->off;
		if (len > size - done) {
			if (done)
				break;
			len = size;
		}
		if (copy_to_user(to + done, s->text + s->off, len))
			return done ? done : -EFAULT;
		s->off += len;
		done += len;
		cond_resched();
	}
	return done;
}

ssize_t ptop_stream_read(struct file *file, struct ptop_stream *s,
			 char __user *to, size_t size)
{
	ssize_t ret;

	if (!size)
		return 0;
	for (;;) {
		/* Who else reads this open file isn't kept from it while we wait. */
		if (mutex_lock_interruptible(&s->lock))
			return -ERESTARTSYS;
		ret = ptop_stream_copy(s, to, size);
		mutex_unlock(&s->lock);
		ptop_stream_left(s);
		if (ret)
			return ret;
		if (file->f_flags & O_NONBLOCK)
			return -EAGAIN;
		ret = wait_event_interruptible(*s->reader.wait,
					       ptop_stream_ready(s));
		if (ret)
			return ret;
	}
}

__poll_t ptop_stream_poll(struct file *file, struct ptop_stream *s,
			  poll_table *table)
{
	poll_wait(file, s->reader.wait, table);
	/* First say that we wait, then look; see ptop_event_end(). */
	smp_mb();
	return ptop_stream_ready(s) ? EPOLLIN | EPOLLRDNORM : 0;
}

struct ptop_stream *ptop_stream_new(const struct file *file, bool records,
				    wait_queue_head_t *wait)
{
	struct ptop_events_sums sums;
	struct ptop_stream *s;
	int err;

	if (!config.events)
		return ERR_PTR(-EOPNOTSUPP);
	s = kvzalloc(struct_size(s, at, nr_cpu_ids), PTOP_READER_GFP);
	if (!s)
		return ERR_PTR(-ENOMEM);
	mutex_init(&s->lock);
	init_waitqueue_head(&s->wait);
	s->records = records;
	s->reader.wait = wait ?: &s->wait;
	s->reader.at = s->at;
	/* Who has opened it: to whom it was passed may be anybody. */
	s->reader.user = file->f_cred->uid;
	err = ptop_events_attach(&s->reader, &sums);
	if (err) {
		kvfree(s);
		return ERR_PTR(err);
	}
	if (records)
		ptop_stream_record_head(s);
	else
		ptop_stream_head(s, &sums);
	return s;
}

void ptop_stream_free(struct ptop_stream *s)
{
	ptop_events_detach(&s->reader);
	kvfree(s);
}

/* ---- in /proc */

static ssize_t ptop_stream_proc_read(struct file *file, char __user *to,
				     size_t size, loff_t *pos)
{
	return ptop_stream_read(file, file->private_data, to, size);
}

static __poll_t ptop_stream_proc_poll(struct file *file, poll_table *wait)
{
	__poll_t mask = 0;

	if (file->f_mode & FMODE_WRITE)
		mask |= EPOLLOUT | EPOLLWRNORM;
	if (file->private_data)
		mask |= ptop_stream_poll(file, file->private_data, wait);
	return mask;
}

static int ptop_stream_open(struct inode *inode, struct file *file)
{
	struct ptop_stream *s = NULL;
	int err = ptop_access_open(file);

	if (err)
		return err;
	/* /proc would let the module go while the file is open. */
	if (!try_module_get(THIS_MODULE))
		return -ENODEV;
	if (file->f_mode & FMODE_READ) {
		s = ptop_stream_new(file, false, NULL);
		if (IS_ERR(s)) {
			module_put(THIS_MODULE);
			return PTR_ERR(s);
		}
	}
	file->private_data = s;
	/* Readers don't exclude each other while one waits. */
	return stream_open(inode, file);
}

static int ptop_stream_release(struct inode *inode, struct file *file)
{
	struct ptop_stream *s = file->private_data;

	if (s)
		ptop_stream_free(s);
	module_put(THIS_MODULE);
	return 0;
}

static const struct proc_ops ptop_stream_ops = {
	.proc_open = ptop_stream_open,
	.proc_read = ptop_stream_proc_read,
	.proc_poll = ptop_stream_proc_poll,
	.proc_write = ptop_control_write,
	.proc_release = ptop_stream_release,
};

void ptop_stream_exit(void)
{
	proc_remove(stream_file);
}

int ptop_stream_init(const struct ptop_stream_config *cfg)
{
	config = *cfg;
	if (!config.events)
		return 0;
	stream_file = proc_create(PTOP_STREAM_FILE, cfg->mode, NULL,
				  &ptop_stream_ops);
	if (!stream_file) {
		pr_err("/proc/" PTOP_STREAM_FILE ": can't be made, no memory or already there\n");
		return -ENOMEM;
	}
	proc_set_user(stream_file, GLOBAL_ROOT_UID, cfg->gid);
	return 0;
}
