// SPDX-License-Identifier: GPL-2.0-only
/*
 * /proc/perftop_events: events as they happen. docs/output.md describes the
 * lines.
 *
 * A header, whose lines begin with '#', then a line per event since the file
 * was opened, in order of time, without end: a read waits for the next event.
 * If a reader was too slow, a line that begins with '#' says how many events of
 * a CPU are missing there. A read returns whole lines, unless there is no room
 * for one.
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
#include <linux/uaccess.h>
#include <linux/wait.h>

#include "compat.h"
#include "interface/access.h"
#include "interface/control.h"
#include "interface/events_file.h"
#include "interface/events_private.h"

#define PTOP_STREAM_FILE "perftop_events"

static struct ptop_stream_config config;
static struct proc_dir_entry *stream_file;

/* ---- events in order of time */

/* The CPU with the earliest event up to the horizon, or -1. */
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
 * Read all rings. No event seen later can have a time before the clock was
 * read, as events are stamped under the ring's lock, under which we read.
 */
static void ptop_stream_read_rings(struct ptop_stream *s)
{
	int cpu;

	s->horizon = ptop_events_clock();
	for_each_possible_cpu(cpu)
		ptop_events_next(cpu, &s->at[cpu]);
}

/*
 * Format the next event. @look: read the rings, if there is none left. Returns
 * whether there was an event.
 */
static bool ptop_stream_next(struct ptop_stream *s, bool look)
{
	int cpu = ptop_stream_first(s);

	if (cpu < 0 && look) {
		ptop_stream_read_rings(s);
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
 * A waiter that checked while another thread was reading may have missed events
 * which that thread left unread.
 */
static void ptop_stream_wake_missed(struct ptop_stream *s)
{
	wait_queue_head_t *wait = s->reader.wait;

	if (wq_has_sleeper(wait) && ptop_stream_ready(s))
		wake_up_interruptible_poll(wait, EPOLLIN | EPOLLRDNORM);
}

/* ---- the file */

/* Returns the bytes copied; 0: no event. Under the lock. */
static ssize_t ptop_stream_copy(struct ptop_stream *s, char __user *to,
				size_t size)
{
	size_t done = 0, len;

	while (done < size) {
		/*
		 * Events that come meanwhile are for the next read, which must
		 * end.
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
		/* Don't block other readers of this open file while waiting. */
		if (mutex_lock_interruptible(&s->lock))
			return -ERESTARTSYS;
		ret = ptop_stream_copy(s, to, size);
		mutex_unlock(&s->lock);
		ptop_stream_wake_missed(s);
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
	/* Queue first, then check; see ptop_event_end(). */
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
	/* The opener, as the file may have been passed to another process. */
	s->reader.user = file->f_cred->uid;
	err = ptop_events_attach(&s->reader, &sums);
	if (err) {
		kvfree(s);
		return ERR_PTR(err);
	}
	if (records)
		ptop_stream_record_head(s);
	else
		ptop_stream_head(s, &sums, config.events);
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
	/* A /proc file doesn't hold the module while it is open. */
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
	/* Readers aren't serialized by the file position while one waits. */
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
