/* SPDX-License-Identifier: GPL-2.0-only */
#ifndef PTOP_STREAM_H
#define PTOP_STREAM_H

#include <linux/types.h>
#include <linux/uidgid.h>

struct ptop_stream_config {
	u32 events;		/* of a ring; 0: there are none */
	umode_t mode;
	kgid_t gid;
};

/* Make /proc/perftop_events. Returns 0 or -ENOMEM. Process context. */
int ptop_stream_init(const struct ptop_stream_config *cfg);
/* Remove it; open ones hold the module, so there are none. */
void ptop_stream_exit(void);

#endif
