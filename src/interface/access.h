/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Access control: which users may read what perftop shows, and which may
 * control it. SECURITY.md has the table. The modes of our files allow (almost)
 * everybody to try; they can't decide, as root in a container has
 * CAP_DAC_OVERRIDE, may be in any group, and can make a device node of its own.
 *
 * Capabilities are those in the initial user namespace. A group counts in the
 * initial pid and user namespaces only, and group root never does: processes
 * have it without having been given anything.
 *
 * All in process context.
 */
#ifndef PTOP_ACCESS_H
#define PTOP_ACCESS_H

#include <linux/fs.h>
#include <linux/types.h>
#include <linux/uidgid.h>

/**
 * ptop_access_init - set the group of readers
 * @gid: members of this group may read; gid 0: no group may
 *
 * At load, before there are files.
 */
void ptop_access_init(kgid_t gid);

/**
 * ptop_access_open - may this file be opened as asked?
 * @file: being opened by current, for reading, writing or neither
 *
 * In open(). Opening for neither, which allows ioctl() only, needs the right to
 * read. Returns 0 or -EACCES.
 */
int ptop_access_open(const struct file *file);

/* May the opener see addresses in user space? It might trace any process. */
bool ptop_access_addresses(const struct file *file);

/* Has the opener CAP_SYS_ADMIN? */
bool ptop_access_admin(const struct file *file);

/**
 * ptop_access_write - may this file be written to now?
 * @file: the open file
 *
 * In write(). Checks the rights of the file's opener, for any process that the
 * file was passed to. Returns 0 or -EPERM.
 */
int ptop_access_write(const struct file *file);

/**
 * ptop_access_set - may current set a parameter?
 *
 * In a parameter's setter. Returns 0 or -EPERM.
 */
int ptop_access_set(void);

#endif
