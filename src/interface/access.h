/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Who may see what the machine does, and who may control that: SECURITY.md has
 * the table. The modes of our files let (almost) everybody try. They can't
 * decide, as a container's root has CAP_DAC_OVERRIDE, may be in any group, and
 * can make a node of the device for itself.
 *
 * Capabilities are those in the initial user namespace. A group counts in the
 * initial pid and user namespaces only, and root's never does: processes have
 * it that have been given nothing.
 *
 * All in process context.
 */
#ifndef PTOP_ACCESS_H
#define PTOP_ACCESS_H

#include <linux/fs.h>
#include <linux/types.h>
#include <linux/uidgid.h>

/* At load, before there is a file. Members of @gid may read; root's: nobody. */
void ptop_access_init(kgid_t gid);

/* In open(): may who opens @file read or write, as it asks? Or -EACCES. */
int ptop_access_open(const struct file *file);

/*
 * In write(): might who opened @file write to it now? Or -EPERM. Whoever it
 * was passed on to writes for them.
 */
int ptop_access_write(const struct file *file);

/* In a parameter's setter: may current set it? Or -EPERM. */
int ptop_access_set(void);

#endif
