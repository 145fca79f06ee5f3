/* SPDX-License-Identifier: GPL-2.0-only WITH Linux-syscall-note */
/*
 * What /dev/perftop says, and files of it (perftop(5)).
 *
 * Reading the device gives one consistent snapshot as a sequence of records,
 * then end of file. Nothing has to be set up. After ioctl(PERFTOP_EVENTS) it
 * gives events instead, as they happen, without end: wait for them in read() or
 * poll(). A read may end within a record.
 *
 * Numbers are little-endian. Times are in ticks of the clock that the head
 * names, unless something else is said. Strings are NUL-terminated in an array,
 * or fill it, or go on to the end of the record. They come from user space, so
 * escape them.
 *
 * Each record has its length, a multiple of 8. A reader must skip records that
 * it doesn't know, and what a record has beyond the members it knows: records,
 * members at the end of a record, and bits that were zero may be added.
 * PERFTOP_ABI changes when something that exists gets another meaning.
 *
 * Order: head, user stacks, parameters, CPUs, objects, files, cgroups, frames, code, rows,
 * end. A snapshot without an end record was cut off. What an id refers to comes
 * before its first use.
 */
#ifndef PERFTOP_H
#define PERFTOP_H

#include <linux/ioctl.h>
#include <linux/types.h>

#define PERFTOP_ABI 1
#define PERFTOP_MAGIC "perftop\n"	/* at byte 8 of the head, without NUL */

#define PERFTOP_EVENTS _IO('p', 0xe0)

/*
 * Streams of events that may be open at a time, including those of
 * /proc/perftop_events: per user (else EMFILE, also from open() there), and in
 * all (else ENFILE). A stream counts for the user that opened the file. A
 * waiter is woken within 5 ms; if more than 5 wait for its stream, by a
 * descriptor in an epoll set, in poll() or in read(), as many ms later as they
 * are.
 */
#define PERFTOP_STREAMS		128
#define PERFTOP_STREAMS_USER	32

enum perftop_type {
	PERFTOP_HEAD = 1,
	PERFTOP_PARAM,
	PERFTOP_CPU,
	PERFTOP_OBJECT,		/* a file that programs map */
	PERFTOP_FRAME,
	PERFTOP_STACK,		/* a unique stack on a CPU: time it ran */
	PERFTOP_PID,		/* a thread, on a CPU */
	PERFTOP_SLEEP,		/* a thread and a stack it slept at, on a CPU */
	PERFTOP_WAIT,		/* an open wait, not yet in the rows above */
	PERFTOP_END,
	PERFTOP_EVENT,
	PERFTOP_LOST,		/* events lost by a reader that was too slow */
	PERFTOP_CGROUP,		/* a cgroup (v2) that rows are of */
	PERFTOP_FILE,		/* which file an object without a build id is */
	PERFTOP_CODE,		/* where code without a file is */
	PERFTOP_USER		/* user stacks: struct perftop_user in perftop_unwind.h */
};

struct perftop_record {
	__le32 type;
	__le32 bytes;		/* including this header */
};

#define PERFTOP_NAME 16		/* a thread's comm */

/* Bits of perftop_head.flags */
#define PERFTOP_PAUSED		0x01	/* recording is paused */
#define PERFTOP_BLIND		0x02	/* hook isn't called: times are wrong */
#define PERFTOP_CONSTANT	0x04	/* the clock ticks at one rate, */
#define PERFTOP_NONSTOP		0x08	/* and in deep sleep, too */
#define PERFTOP_OF_EVENTS	0x10	/* the head of a stream of events */
#define PERFTOP_KERNEL_STACKS	0x20	/* kernel stacks are taken */
#define PERFTOP_USER_STACKS	0x40
#define PERFTOP_UNSTABLE	0x80	/* the kernel doesn't trust the clock */
#define PERFTOP_SCHEDULED	0x100	/* verify_times: scheduler's clock */
#define PERFTOP_CGROUPS		0x200	/* rows have cgroups; moves are seen */
#define PERFTOP_NSPIDS		0x400	/* rows have an nspid */

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
	__le32 depth;		/* frames of a kind, at most */
	__le32 members;		/* processes that match the target, */
	__le32 full;		/* and those that found no room */
	__le32 unknown;		/* threads asleep since an unknown time */
	__le32 budget;		/* 1/100 of a percent */
	char target[PERFTOP_NAME];	/* part of a name; or "cgroup:" */
	char version[16];
	char kernel[64];	/* release */
	char clock[16];
	char backend[16];	/* of the hooks */
	char hook[64];		/* of context switches */
	char hrtimer_hook[64];	/* empty: there is none */
	__le64 cgroups_forgotten; /* removed ones whose paths had no room */
	__le64 target_cgroup;	/* id, 0: by name; a snapshot has its record */
};

/* A parameter of the module, as sysfs has it. */
struct perftop_param {
	struct perftop_record rec;
	char name[32];
	char value[];
};

/* Index into perftop_cpu.table[] */
#define PERFTOP_STACKS	0
#define PERFTOP_PIDS	1
#define PERFTOP_SLEEPS	2
#define PERFTOP_TABLES	3

struct perftop_table {
	__le64 ticks;		/* sum of its rows */
	__le64 bound;		/* upper bound of a key without a row */
	__le64 evicted_ticks;
	__le64 evicted;
	__le32 used;
	__le32 entries;
};

/* How often sums of ticks passed 2^64: many threads sleep at the same time. */
struct perftop_over {
	__le32 ticks;
	__le32 evicted_ticks;
};

#define PERFTOP_LENGTHS 64

/*
 * The accounting of a CPU. With PERFTOP_STACKS as well as PERFTOP_PIDS:
 * ticks + idle + others + evicted_ticks + unattributed = elapsed
 */
struct perftop_cpu {
	struct perftop_record rec;
	__le32 cpu;
	__le32 step;		/* budget: one stack in 2^step is taken */
	__le64 elapsed;
	__le64 idle;
	__le64 idled;		/* times that the idle task was switched in */
	__le64 others;		/* time of threads that the target excludes */
	__le64 unattributed[2];
	__le64 switches, missed, clamped, untracked, truncated, unnamed;
	__le64 cost;		/* ticks in the hook of switches, */
	__le64 same, walked, unwound;	/* ways to take a stack */
	__le64 unsampled;	/* switches whose stack the budget left out */
	__le64 stack_cost;	/* part of cost for stacks */
	__le64 verified, disagreed, unstable;
	__le64 hrtimer;		/* ticks in hrtimer interrupts, */
	__le64 hrtimers;	/* and how many there were: */
	__le64 idle_hrtimer;	/* both, while the CPU was idle */
	__le64 idle_hrtimers;
	__le64 running_start;	/* of the running thread; see perftop_pid */
	__le32 running;		/* its pid; 0: none */
	__le32 reserved;
	struct perftop_table table[PERFTOP_TABLES];
	__le64 hook_cost;	/* and of the ways into it and out of it */
	/* Ended waits of 2^i ticks and more; those of 0 count as 1. */
	__le64 sleeps[PERFTOP_LENGTHS];
	__le64 delays[PERFTOP_LENGTHS];
	__le64 reserved2[2];
	struct perftop_over over[PERFTOP_TABLES];	/* of table[] */
	/* Times not recorded because of stop=: */
	__le64 stops;		/* how often, */
	__le64 stopped;		/* ticks in all, */
	__le64 stopped_now;	/* and up to now; 0: the CPU is recorded */
	/* Ticks beside cost and hook_cost: */
	__le64 event_cost;	/* of exec, fork, exit and timer hooks, */
	__le64 name_cost;	/* of the work item that looks up names */
	__le64 tracepoint_saves;	/* less of all with hook=tracepoint */
	__le64 store_full;	/* stacks that found no room to be kept */
};

#define PERFTOP_BUILD_ID 20

struct perftop_object {
	struct perftop_record rec;
	__le32 id;		/* from 1 on */
	__u8 build_id_bytes;	/* 0: not known */
	__u8 cut;		/* the path is the end of a longer one */
	__u8 reserved[2];
	__u8 build_id[PERFTOP_BUILD_ID];
	__u8 reserved2[4];
	char path[];		/* or [anon], [vdso] */
};

/*
 * The identity of an object's file, if it has no build id: as long as a file
 * has the same on this machine, it wasn't changed. Device and inode as in
 * /proc/PID/maps, generation as by FS_IOC_GETVERSION, size and ctime as by
 * fstat(2).
 */
struct perftop_file {
	struct perftop_record rec;
	__le32 object;
	__le32 generation;
	__le32 major;		/* of the device, */
	__le32 minor;
	__le64 inode;
	__le64 size;
	__le64 ctime;		/* seconds since 1970, */
	__le32 ctime_ns;	/* and ns */
	__le32 reserved;
};

/* Bits of perftop_cgroup.flags */
#define PERFTOP_CGROUP_GONE	0x01	/* it was removed */
#define PERFTOP_CGROUP_CUT	0x02	/* the path is the end of a longer one */

/*
 * A cgroup of the unified hierarchy. The path is relative to the reader's
 * cgroup namespace, as in /proc/PID/cgroup; empty if it isn't known.
 */
struct perftop_cgroup {
	struct perftop_record rec;
	__le64 id;		/* of its directory: the inode's number */
	__le32 flags;
	__le32 reserved;
	char path[];
};

/* Bits of perftop_frame.flags */
#define PERFTOP_FRAME_USER	0x01

struct perftop_frame {
	struct perftop_record rec;
	__le32 id;		/* from 1 on */
	__le32 flags;
	__le32 object;		/* of a user frame; 0: unknown */
	__le32 reserved;
	__le64 offset;		/* in the file; else the address itself */
	char symbol[];		/* kernel: name+offset/size [module] */
};

/* The address of a frame in [anon]. Takes CAP_PERFMON or CAP_SYS_ADMIN. */
struct perftop_code {
	struct perftop_record rec;
	__le32 frame;
	__le32 tgid;
	__le64 address;
	__le64 program;		/* as in perftop_trace */
	/* Of the process, if it executes that program now; else 0: */
	__le64 start;		/* as in /proc/PID/stat (22), but in ns */
	__le64 stack;		/* as in /proc/PID/stat (28) */
	__le64 since;		/* CLOCK_REALTIME, ns; 0: not known */
};

/* Bits of perftop_trace.flags */
#define PERFTOP_KTHREAD		0x01	/* no user frames, nor process */
#define PERFTOP_KERNEL_CUT	0x02	/* the kernel stack goes on */
#define PERFTOP_USER_CUT	0x04	/* user stack goes on, or is unknown */
#define PERFTOP_USER_UNSEEN	0x08	/* the user stack was not taken */
#define PERFTOP_UNSEEN		0x10	/* nor was the kernel stack */
#define PERFTOP_NO_ROOM		0x20	/* taken, but there was no room for it */
#define PERFTOP_FIRST		0x40	/* none: a program's first interval */

/* A stack in a row: ids of frames, innermost first, kernel and then user. */
struct perftop_trace {
	__le16 frames;		/* offset in the row of the frame ids, __le32 */
	__u8 kernel;		/* numbers of frames */
	__u8 user;
	__le16 flags;
	__le16 reserved;
	__le32 hash;		/* as /proc/perftop shows it */
	__le32 tgid;		/* 0: kernel threads */
	__le64 program;		/* with tgid: identifies process and program */
};

#define PERFTOP_STACK_PIDS 4

struct perftop_stack {
	struct perftop_record rec;
	struct perftop_trace stack;
	__le64 ticks;
	__le64 count;		/* times scheduled in */
	__le64 error;		/* missing ticks, at most; but see bound */
	__le32 cpu;
	__u8 pids;		/* of pid[] */
	__u8 more;		/* there were more pids than fit */
	__le16 reserved;
	__le32 pid[PERFTOP_STACK_PIDS];
	char comm[PERFTOP_NAME];	/* of pid[0] */
	__le64 cgroup;		/* id; 0: not known */
};

/* Bits of the flags of the rows below */
#define PERFTOP_EXITED	0x01
#define PERFTOP_ASLEEP	0x02	/* PERFTOP_WAIT: asleep; */
#define PERFTOP_WAITS	0x04	/* runnable, not running; */
#define PERFTOP_RUNS	0x08	/* running, the wait isn't accounted yet */

/*
 * A thread is its pid and its start time, in ns since boot. It has a row for
 * each cgroup that it ran in. nspid: in the reader's pid namespace; 0: it isn't
 * there, or is gone.
 */
struct perftop_pid {
	struct perftop_record rec;
	__le64 start;
	__le64 process;		/* start time of its process */
	__le32 pid, tgid, cpu, flags;
	__le64 ticks;
	__le64 count;
	__le64 error;
	__le64 delay;		/* run-queue delay, */
	__le64 longest_delay;	/* and the longest one */
	__le64 sleep;
	__le64 hrtimer;		/* of ticks, in hrtimer interrupts, */
	__le64 hrtimers;	/* and the number of these */
	char comm[PERFTOP_NAME];
	__le64 cgroup;
	__le32 nspid;
	__le32 reserved;
};

struct perftop_sleep {
	struct perftop_record rec;
	struct perftop_trace stack;	/* tgid 0: a kernel thread */
	__le64 start;
	__le64 process;
	__le32 pid, tgid, cpu, flags;
	__le64 ticks;		/* asleep */
	__le64 count;
	__le64 error;
	__le64 longest;
	__u8 state;		/* as in ps(1): S, D, I, T, t, P; or ? */
	__u8 reserved[7];
	char comm[PERFTOP_NAME];
	__le64 cgroup;
	__le32 nspid;
	__le32 reserved2;
};

struct perftop_wait {
	struct perftop_record rec;
	struct perftop_trace stack;	/* if asleep, and known */
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
	__le64 cgroup;
	__le32 nspid;
	__le32 reserved2;
};

struct perftop_end {
	struct perftop_record rec;
	__le64 records;		/* records before this one */
	__le64 bytes;
};

/* perftop_event.kind */
#define PERFTOP_EXEC		0
#define PERFTOP_FORK		1
#define PERFTOP_CLONE		2	/* of a thread */
#define PERFTOP_EXIT		3
#define PERFTOP_KTHREAD_EXIT	4	/* the code isn't one of wait(2) */

struct perftop_event {
	struct perftop_record rec;
	__le64 time;		/* CLOCK_MONOTONIC, ns */
	__le32 kind;
	__le32 pid;		/* of the thread */
	__le32 tgid;
	__le32 code;		/* child's pid; or exit code, as in wait(2) */
	__le32 others;		/* PERFTOP_EXIT: threads that go on */
	__le32 cut;		/* bytes missing before path */
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
