/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * What the parts of recording share: recording.c, which starts and stops it,
 * reset.c, notifiers.c and init.c. For these alone; others include recording.h.
 *
 * Unless something else is said, process context, under the recording mutex,
 * and with CPU hotplug locked out.
 */
#ifndef PTOP_RECORDING_PARTS_H
#define PTOP_RECORDING_PARTS_H

#include <linux/mutex.h>
#include <linux/types.h>

struct ptop_cpu;

/*
 * Held to start, stop or reset recording, briefly, and by kernel threads only:
 * a process of low priority would keep the kernel waiting.
 */
extern struct mutex ptop_recording_mutex;

/* Under that mutex. */
struct ptop_recording {
	bool running;		/* started, not stopped */
	bool suspended;		/* the machine is suspended, or about to be */
	u64 since;		/* ptop_recording_since() */
};

extern struct ptop_recording ptop_recording;

/* Is recording on: started, and neither paused nor suspended? */
bool ptop_recording_is_open(void);
/* Record all online CPUs, unless it is paused or suspended; and stop that. */
void ptop_recording_open(void);
void ptop_recording_close(void);

/*
 * A CPU's state is allocated; others may be recorded meanwhile. Can't keep a
 * CPU from coming online. Returns whether it has its state.
 */
bool ptop_recording_watch(int cpu);
/* Start recording this CPU. Interrupts are off. */
void ptop_recording_start_cpu(void *unused);
/* Stop recording a CPU, from any. */
void ptop_recording_stop_cpu(struct ptop_cpu *c);

/* All counters begin again. */
void ptop_recording_reset_all(void);
/*
 * Run @fn in a kernel thread, under the mutex, when there is no snapshot.
 * Returns 0 or -ERESTARTSYS. Not under the mutex.
 */
int ptop_recording_command(void (*fn)(void));

/* Not under the mutex. Returns 0, or the error of CPU hotplug. */
int ptop_notifiers_init(void);
void ptop_notifiers_destroy(void);

#endif
