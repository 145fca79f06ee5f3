/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * /dev/perftop: snapshots and events for programs, see uapi/perftop.h.
 */
#ifndef PTOP_DEVICE_H
#define PTOP_DEVICE_H

/* Returns 0, or the error of misc_register(). */
int ptop_device_init(void);
void ptop_device_exit(void);

#endif
