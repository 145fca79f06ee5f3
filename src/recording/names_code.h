/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * When code is mapped that can't be noted by the probe alone (probe/mappings.h):
 * a file that wasn't seen before gets its name while it is mapped, and threads
 * of a large process are told that code of theirs was replaced. For names.c.
 */
#ifndef PTOP_NAMES_CODE_H
#define PTOP_NAMES_CODE_H

#include <linux/mutex.h>
#include <linux/types.h>

struct irq_work;
struct workqueue_struct;

/* Guards all that is known of names. */
extern struct mutex ptop_names_mutex;
/* Its two work items may run at the same time. */
extern struct workqueue_struct *ptop_names_wq;

/* irq_work handler: queue the work item. In hard interrupt context. */
void ptop_names_code_wake(struct irq_work *work);
/* Stop the work item and wait for it. */
void ptop_names_code_stop(void);

/* Sleep, in a work item. */
void ptop_names_nap(u64 ns);

#endif
