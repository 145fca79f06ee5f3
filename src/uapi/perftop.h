/* SPDX-License-Identifier: GPL-2.0-only WITH Linux-syscall-note */
/*
 * What /dev/perftop says, and files of it (perftop(5)).
 *
 * To read the device gives one consistent snapshot, as a sequence of records,
 * then end of file. Nothing has to be set up. After ioctl(PERFTOP_EVENTS) it
 * gives events instead, as they happen, without end: to be waited for by read
 * or poll. A read may end within a record.
 *
 * Numbers are little-endian. Times are in ticks of the clock that the head
 * names, where nothing else is said. Strings are NUL-terminated in an array,
 * or fill it, or go on to the end of the record; they are what user space made
 * them, so escape them.
 *
 * Each record has its length, a multiple of 8. A reader skips records that it
 * doesn't know, and what a record has beyond what it knows. So records may be
 * added, and members at a record's end, and bits that were zero. PERFTOP_ABI
 * changes when something that was there means something else.
 *
 * Order: head, parameters, CPUs, objects, frames, rows, end. What has no end
 * was cut off. What an id refers to comes before it.
 */
#ifndef PERFTOP_H
#define PERFTOP_H

#include <linux/ioctl.h>
#include <linux/types.h>

#define PERFTOP_ABI 1
#define PERFTOP_MAGIC "perftop\n"	/* at byte 8 of a snapshot, without a NUL */

#define PERFTOP_EVENTS _IO('p', 0xe0)

/*
 * Streams of events that may be open at a time, those of /proc/perftop_events
 * among them: of one user (else EMFILE, also by open() there), and in all
 * (ENFILE), by who has opened the file. Who waits for one is woken within 5 ms;
 * and as many ms more as there are who wait for it, by a descriptor in an epoll
 * set, in poll() or in read(), if these are more than 5.
 */
#define PERFTOP_STREAMS		128
#define PERFTOP_STREAMS_USER	32

enum perftop_type {
	PERFTOP_HEAD = 1,
	PERFTOP_PARAM,
	PERFTOP_CPU,
	PERFTOP_OBJECT,		/* a file that programs are mapped from */
	PERFTOP_FRAME,
	PERFTOP_TASK,		/* a unique stack, on a CPU: time that it ran */
	PERFTOP_PID,		/* a thread, on a CPU */
	PERFTOP_SLEEP,		/* a thread at a place where it slept, on a CPU */
	PERFTOP_WAIT,		/* a wait that isn't over, so in no row above */
	PERFTOP_END,
	PERFTOP_EVENT,
	PERFTOP_LOST		/* events, for a reader that was too slow */
};

struct perftop_record {
	__le32 type;
	__le32 bytes;		/* with this */
};

#define PERFTOP_NAME 16		/* of a thread, as comm in the kernel */

/* Bits of perftop_head.flags */
#define PERFTOP_PAUSED		0x01	/* recording is */
#define PERFTOP_BLIND		0x02	/* the hook is not called: times are wrong */
#define PERFTOP_CONSTANT	0x04	/* the clock ticks at one rate, */
#define PERFTOP_NONSTOP		0x08	/* and in deep sleep, too */
#define PERFTOP_OF_EVENTS	0x10	/* this is a stream of events */
#define PERFTOP_KERNEL_STACKS	0x20	/* are taken */
#define PERFTOP_USER_STACKS	0x40
#define PERFTOP_UNSTABLE	0x80	/* the kernel doesn't trust the clock */
#define PERFTOP_SCHEDULED	0x100	/* verify_times: times begin where the scheduler's do */

struct perftop_head {
	struct perftop_record rec;
	char magic[8];
	__le32 abi;
	__le32 flags;
	__le64 khz;		/* ticks in a millisecond */
	__le64 taken;		/* CLOCK_MONOTONIC, ns, */
	__le64 date;		/* and CLOCK_REALTIME */
	__le64 reset;		/* CLOCK_MONOTONIC, ns */
	__le64 memory;		/* bytes */
	__le64 events_missed;
	__le64 hrtimer_missed;
	__le32 cpus;
	__le32 depth;		/* of stacks, at most, of each kind */
	__le32 members;		/* processes that match the target, */
	__le32 full;		/* and for which there was no room */
	__le32 unknown;		/* threads asleep since an unknown time */
	__le32 budget;		/* 1/100 of a percent */
	char target[PERFTOP_NAME];
	char version[16];
	char kernel[64];	/* release */
	char clock[16];
	char backend[16];	/* of the hooks */
	char hook[64];		/* of context switches */
	char hrtimer_hook[64];	/* empty: there is none */
};

/* A parameter of the module, as sysfs has it. */
struct perftop_param {
	struct perftop_record rec;
	char name[32];
	char value[];
};

/* In perftop_cpu.table[] */
#define PERFTOP_TASKS	0
#define PERFTOP_PIDS	1
#define PERFTOP_SLEEPS	2
#define PERFTOP_TABLES	3

struct perftop_table {
	__le64 ticks;		/* of all its rows */
	__le64 bound;		/* what a key without a row may have, at most */
	__le64 evicted_ticks;
	__le64 evicted;
	__le32 used;
	__le32 entries;
};

/* How often a table's sums of ticks have passed 2^64, as many threads sleep. */
struct perftop_over {
	__le32 ticks;
	__le32 evicted_ticks;
};

#define PERFTOP_LENGTHS 64

/*
 * The accounting of a CPU. ticks + idle + others + evicted_ticks + unattributed =
 * elapsed, with PERFTOP_TASKS as well as PERFTOP_PIDS.
 */
struct perftop_cpu {
	struct perftop_record rec;
	__le32 cpu;
	__le32 step;		/* of the budget: what is left out, see docs/output.md */
	__le64 elapsed;
	__le64 idle;
	__le64 idled;		/* times that it became idle */
	__le64 others;		/* time of who isn't looked at */
	__le64 unattributed[2];
	__le64 switches;
	__le64 missed;
	__le64 clamped;
	__le64 untracked;
	__le64 truncated;
	__le64 unnamed;
	__le64 cost;		/* ticks in the hook, without the way into it */
	__le64 same, walked, unwound;	/* stacks, by how they were taken */
	__le64 unsampled;	/* switches without a stack, for the budget's sake */
	__le64 stack_cost;	/* of the cost, for stacks */
	__le64 verified;
	__le64 disagreed;
	__le64 unstable;
	__le64 hrtimer;		/* ticks in hrtimer interrupts, */
	__le64 hrtimers;	/* and how many there were: */
	__le64 idle_hrtimer;	/* of both, while it was idle */
	__le64 idle_hrtimers;
	__le64 running_start;	/* of who ran; see perftop_pid */
	__le32 running;		/* 0: nobody */
	__le32 reserved;
	struct perftop_table table[PERFTOP_TABLES];
	__le64 hook_cost;	/* ticks of the way into the hook */
	/* Waits that are over, of 2^i ticks and more; 0 is with 1. */
	__le64 sleeps[PERFTOP_LENGTHS];
	__le64 delays[PERFTOP_LENGTHS];
	__le64 reserved2[2];
	struct perftop_over over[PERFTOP_TABLES];	/* of table[] */
	/* Not recorded, as hook and counters cost more than stop=: */
	__le64 stops;		/* how often, */
	__le64 stopped;		/* ticks in all, */
	__le64 stopped_now;	/* and until now, or 0: it is recorded */
};

#define PERFTOP_BUILD_ID 20

struct perftop_object {
	struct perftop_record rec;
	__le32 id;		/* from 1 on */
	__u8 build_id_bytes;	/* 0: it isn't known */
	__u8 cut;		/* the path is the end of a longer one */
	__u8 reserved[2];
	__u8 build_id[PERFTOP_BUILD_ID];
	__u8 reserved2[4];
	char path[];		/* or [anon], [vdso] */
};

/* Bits of perftop_frame.flags */
#define PERFTOP_FRAME_USER	0x01

struct perftop_frame {
	struct perftop_record rec;
	__le32 id;		/* from 1 on */
	__le32 flags;
	__le32 object;		/* of a user frame; 0: not known */
	__le32 reserved;
	__le64 offset;		/* in the file; else the address itself */
	char symbol[];		/* of a kernel frame: name+offset/size [module] */
};

/* Bits of perftop_stack.flags */
#define PERFTOP_KTHREAD		0x01	/* no user frames; all kernel threads share a row */
#define PERFTOP_KERNEL_CUT	0x02	/* the kernel stack goes on */
#define PERFTOP_USER_CUT	0x04	/* the user stack goes on, or can't be known */
#define PERFTOP_USER_UNSEEN	0x08	/* the user stack was not looked at */
#define PERFTOP_UNSEEN		0x10	/* neither was the kernel stack */

/* A stack in a row: ids of frames, innermost first, kernel and then user. */
struct perftop_stack {
	__le16 frames;		/* how many bytes from the row's begin they are: __le32 */
	__u8 kernel;		/* frames of each */
	__u8 user;
	__le16 flags;
	__le16 reserved;
	__le32 hash;		/* as /proc/perftop shows it */
	__le32 tgid;		/* 0: kernel threads */
	__le64 program;		/* with tgid: which process it is, and which program */
};

#define PERFTOP_WHO 4

struct perftop_task {
	struct perftop_record rec;
	struct perftop_stack stack;
	__le64 ticks;
	__le64 count;		/* times that a CPU was given to it */
	__le64 error;		/* ticks may be that much more, but see perftop_table.bound */
	__le32 cpu;
	__u8 pids;		/* of pid[] */
	__u8 more;		/* there were more than fit */
	__le16 reserved;
	__le32 pid[PERFTOP_WHO];
	char comm[PERFTOP_NAME];	/* of pid[0] */
};

/* Bits of the flags of the rows below */
#define PERFTOP_EXITED	0x01
#define PERFTOP_ASLEEP	0x02	/* PERFTOP_WAIT: it sleeps now; */
#define PERFTOP_WAITS	0x04	/* it is runnable, but not running; */
#define PERFTOP_RUNS	0x08	/* it runs, and how it waited before isn't accounted yet */

/* A thread is its pid and when it was started: ns since boot. */
struct perftop_pid {
	struct perftop_record rec;
	__le64 start;
	__le64 process;		/* start of its process */
	__le32 pid;
	__le32 tgid;
	__le32 cpu;
	__le32 flags;
	__le64 ticks;
	__le64 count;
	__le64 error;
	__le64 delay;		/* runnable, but not running, */
	__le64 longest_delay;	/* at a time */
	__le64 sleep;
	__le64 hrtimer;		/* of ticks, in hrtimer interrupts, */
	__le64 hrtimers;	/* of which there were so many */
	char comm[PERFTOP_NAME];
};

struct perftop_sleep {
	struct perftop_record rec;
	struct perftop_stack stack;	/* tgid may be 0 here: a kernel thread */
	__le64 start;
	__le64 process;
	__le32 pid;
	__le32 tgid;
	__le32 cpu;
	__le32 flags;
	__le64 ticks;		/* asleep */
	__le64 count;
	__le64 error;
	__le64 longest;
	__u8 state;		/* of that, as ps(1) has it: S, D, I, T, t, P; or ? */
	__u8 reserved[7];
	char comm[PERFTOP_NAME];
};

struct perftop_wait {
	struct perftop_record rec;
	struct perftop_stack stack;	/* if it's asleep, and that is known */
	__le64 start;
	__le64 process;
	__le32 pid;
	__le32 tgid;
	__le32 flags;
	__u8 state;
	__u8 reserved[3];
	__le64 sleep;		/* so far */
	__le64 delay;
	char comm[PERFTOP_NAME];
};

struct perftop_end {
	struct perftop_record rec;
	__le64 records;		/* before it */
	__le64 bytes;
};

/* perftop_event.kind */
#define PERFTOP_EXEC		0
#define PERFTOP_FORK		1
#define PERFTOP_CLONE		2	/* of a thread */
#define PERFTOP_EXIT		3
#define PERFTOP_KTHREAD_EXIT	4	/* its code isn't one of wait(2) */

struct perftop_event {
	struct perftop_record rec;
	__le64 time;		/* CLOCK_MONOTONIC, ns */
	__le32 kind;
	__le32 pid;		/* to whom it happened */
	__le32 tgid;
	__le32 code;		/* pid of the child; or the exit code, as wait(2) has it */
	__le32 others;		/* PERFTOP_EXIT: threads that go on */
	__le32 cut;		/* bytes that the path is too long by: it's the end of it */
	char comm[PERFTOP_NAME];
	char path[];		/* PERFTOP_EXEC */
};

struct perftop_lost {
	struct perftop_record rec;
	__le64 events;
	__le32 cpu;
	__le32 reserved;
};

#endif
