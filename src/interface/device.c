// SPDX-License-Identifier: GPL-2.0-only
/*
 * The opener's rights to read and to write are checked by access.c. What is
 * written is a command (control.h), as in /proc.
 */
#define pr_fmt(fmt) KBUILD_MODNAME ": " fmt

#include <linux/device.h>
#include <linux/err.h>
#include <linux/fs.h>
#include <linux/miscdevice.h>
#include <linux/module.h>
#include <linux/mutex.h>
#include <linux/poll.h>
#include <linux/slab.h>
#include <linux/uaccess.h>
#include <linux/wait.h>

#include "compat.h"
#include "interface/access.h"
#include "interface/control.h"
#include "interface/device.h"
#include "interface/events_file.h"
#include "interface/records.h"
#include "interface/unwind_ioctl.h"
#include "recording/unwind_files.h"

/* An open file: not read yet, or a snapshot, or a stream of events. */
struct ptop_device_file {
	wait_queue_head_t wait;	/* for events; also before a stream */
	struct mutex lock;	/* of what follows, but a stream once set */
	struct ptop_stream *stream;
	struct ptop_records *records;
	const void *made;		/* the next records, */
	size_t bytes, off;		/* and how much was read of them */
};

static int ptop_device_open(struct inode *inode, struct file *file)
{
	struct ptop_device_file *f;
	int err = ptop_access_open(file);

	if (err)
		return err;
	f = kzalloc(sizeof(*f), GFP_KERNEL_ACCOUNT);
	if (!f)
		return -ENOMEM;
	init_waitqueue_head(&f->wait);
	mutex_init(&f->lock);
	file->private_data = f;
	return stream_open(inode, file);
}

static int ptop_device_release(struct inode *inode, struct file *file)
{
	struct ptop_device_file *f = file->private_data;

	if (f->stream)
		ptop_stream_free(f->stream);
	if (f->records)
		ptop_records_free(f->records);
	kfree(f);
	return 0;
}

/* The snapshot is taken at the first read. */
static int ptop_device_take(struct ptop_device_file *f, const struct file *file)
{
	struct ptop_records *r =
		ptop_records_take(file->f_flags & O_NONBLOCK,
				  ptop_access_addresses(file));

	if (IS_ERR(r))
		return PTR_ERR(r);
	f->records = r;
	f->bytes = ptop_records_next(r, &f->made);
	return 0;
}

static ssize_t ptop_device_copy(struct ptop_device_file *f, char __user *to,
				size_t size)
{
	size_t done = 0, len;

	while (f->bytes && done < size) {
		len = min(f->bytes - f->off, size - done);
		if (copy_to_user(to + done, f->made + f->off, len))
			return done ? done : -EFAULT;
		done += len;
		f->off += len;
		if (f->off == f->bytes) {
			f->bytes = ptop_records_next(f->records, &f->made);
			f->off = 0;
			cond_resched();
			if (signal_pending(current))
				break;
		}
	}
	return done;
}

static ssize_t ptop_device_read(struct file *file, char __user *to, size_t size,
				loff_t *pos)
{
	struct ptop_device_file *f = file->private_data;
	struct ptop_stream *s;
	ssize_t ret = 0;

	if (mutex_lock_interruptible(&f->lock))
		return -ERESTARTSYS;
	s = f->stream;
	if (!s && !f->records && size)
		ret = ptop_device_take(f, file);
	if (!s && !ret)
		ret = ptop_device_copy(f, to, size);
	mutex_unlock(&f->lock);
	/* It stays a stream until the file is closed. */
	return s ? ptop_stream_read(file, s, to, size) : ret;
}

static __poll_t ptop_device_poll(struct file *file, poll_table *wait)
{
	struct ptop_device_file *f = file->private_data;
	struct ptop_stream *s;
	__poll_t mask = 0;

	if (file->f_mode & FMODE_WRITE)
		mask |= EPOLLOUT | EPOLLWRNORM;
	s = smp_load_acquire(&f->stream);	/* set by ioctl() */
	if (!s) {
		/* A snapshot is readable. But the file may become a stream. */
		poll_wait(file, &f->wait, wait);
		return mask | EPOLLIN | EPOLLRDNORM;
	}
	return mask | ptop_stream_poll(file, s, wait);
}

/* Turn a file that wasn't read yet into a stream of events from now on. */
static long ptop_device_events(struct file *file)
{
	struct ptop_device_file *f = file->private_data;
	struct ptop_stream *s;
	long err = 0;

	if (!(file->f_mode & FMODE_READ))
		return -EBADF;
	if (mutex_lock_interruptible(&f->lock))
		return -ERESTARTSYS;
	if (f->stream || f->records) {
		err = -EBUSY;
	} else {
		s = ptop_stream_new(file, true, &f->wait);
		if (IS_ERR(s))
			err = PTR_ERR(s);
		else	/* poll() reads it without the lock */
			smp_store_release(&f->stream, s);
	}
	mutex_unlock(&f->lock);
	return err;
}

static long ptop_device_ioctl(struct file *file, unsigned int cmd,
			      unsigned long arg)
{
	if (cmd != PERFTOP_EVENTS)
		return ptop_unwind_ioctl(file, cmd, arg);
	if (arg)
		return -EINVAL;
	return ptop_device_events(file);
}

static const struct file_operations ptop_device_ops = {
	.owner = THIS_MODULE,
	.open = ptop_device_open,
	.release = ptop_device_release,
	.read = ptop_device_read,
	.write = ptop_control_write,
	.poll = ptop_device_poll,
	.unlocked_ioctl = ptop_device_ioctl,
	.compat_ioctl = ptop_device_ioctl,
};

static ssize_t unwind_wanted_show(struct device *dev,
				  struct device_attribute *attr, char *buf)
{
	struct ptop_unwind_stats stats;

	ptop_unwind_stats(&stats);
	return sysfs_emit(buf, "%u\n", stats.wanted);
}

/* How many files want an unwind table: poll() it for POLLPRI. */
static DEVICE_ATTR_ADMIN_RO(unwind_wanted);

static struct attribute *ptop_device_attrs[] = {
	&dev_attr_unwind_wanted.attr,
	NULL
};
ATTRIBUTE_GROUPS(ptop_device);

static struct miscdevice ptop_device = {
	.minor = MISC_DYNAMIC_MINOR,
	.name = "perftop",
	.fops = &ptop_device_ops,
	.mode = 0640,
	.groups = ptop_device_groups,
};

static void ptop_device_tell_wanted(void)
{
	sysfs_notify(&ptop_device.this_device->kobj, NULL, "unwind_wanted");
}

int ptop_device_init(void)
{
	int err = misc_register(&ptop_device);

	if (err)
		pr_err("/dev/perftop can't be made: error %d\n", -err);
	else
		ptop_unwind_on_wanted(ptop_device_tell_wanted);
	return err;
}

void ptop_device_exit(void)
{
	ptop_unwind_on_wanted(NULL);
	misc_deregister(&ptop_device);
}
