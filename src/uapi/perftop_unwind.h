/* SPDX-License-Identifier: GPL-2.0-only WITH Linux-syscall-note */
/*
 * Unwind tables: how to find a function's caller in code without frame
 * pointers. User space makes one of each file's .eh_frame (perftop-unwind(8))
 * and gives it to the module, by ioctl() on /dev/perftop. Takes CAP_SYS_ADMIN
 * in the initial user namespace (else EPERM). x86-64 only (else EOPNOTSUPP,
 * as with unwind_mb=0).
 *
 * The layout of a table in memory, and in a file of the cache: the head, then
 *
 *	struct perftop_unwind_rule rule[rules];
 *	__le32 start[rows];	ascending, each once
 *	__le16 number[rows];	of the rule
 *
 * A row is valid from its start to the next one's, the last one to the end of
 * the file, so it should be PERFTOP_CFA_FRAME; so is what is before the first
 * one. Starts are offsets in the file, not addresses: the module knows where the
 * file is mapped.
 *
 * A return address is looked up less one, as the call is before it.
 */
#ifndef PERFTOP_UNWIND_H
#define PERFTOP_UNWIND_H

#include <linux/ioctl.h>
#include <linux/types.h>

#include "perftop.h"

#define PERFTOP_UNWIND_MAGIC	"ptopunw\n"	/* without NUL */
#define PERFTOP_UNWIND_VERSION	1
#define PERFTOP_UNWIND_RULES	65536		/* at most */
#define PERFTOP_UNWIND_ROWS	4194304

struct perftop_unwind_table {
	char magic[8];
	__le32 version;
	__le32 rules;
	__le32 rows;
	__le32 reserved;	/* 0 */
};

/* perftop_unwind_rule.cfa: the canonical frame address (CFA) is ... */
#define PERFTOP_CFA_NONE	0	/* not to be said so: the walk ends here */
#define PERFTOP_CFA_END		1	/* none: the outermost frame */
#define PERFTOP_CFA_SP		2	/* rsp + cfa_offset */
#define PERFTOP_CFA_BP		3	/* rbp + cfa_offset */
#define PERFTOP_CFA_AT_SP	4	/* the word at rsp + cfa_offset */
#define PERFTOP_CFA_AT_BP	5	/* the word at rbp + cfa_offset */
#define PERFTOP_CFA_SIGNAL	6	/* of a struct ucontext at rsp */
#define PERFTOP_CFA_BX		7	/* rbx + cfa_offset */
/*
 * There's no information. As in a file without a table, a frame pointer is
 * followed if it is credible.
 */
#define PERFTOP_CFA_FRAME	8

/* perftop_unwind_rule.bp: the caller's rbp is ... */
#define PERFTOP_BP_SAME		0	/* in rbp */
#define PERFTOP_BP_AT_CFA	1	/* the word at CFA + bp_offset */
#define PERFTOP_BP_AT_BP	2	/* the word at rbp + bp_offset */
#define PERFTOP_BP_UNKNOWN	3

/* perftop_unwind_rule.bx: the caller's rbx is the word at CFA + 8 * bx, or */
#define PERFTOP_BX_SAME		0	/* in rbx */
#define PERFTOP_BX_UNKNOWN	0x7fff

/*
 * The return address is the word at CFA - 8, and the caller's rsp is the CFA.
 * What a kind doesn't use is 0, so that equal rules have equal bytes.
 */
struct perftop_unwind_rule {
	__u8 cfa;
	__u8 bp;
	__le16 bx;		/* two's complement, as what follows */
	__le32 cfa_offset;
	__le32 bp_offset;
};

/*
 * A file in which a walk has ended for want of a table. content is in: 0, or
 * the last one that was returned; out: the next one. ENOENT: there is no other.
 * It is returned until a table is loaded, or it is said that there is none.
 */
struct perftop_unwind_wanted {
	__u64 content;		/* a file under a path, unchanged */
	__u64 begin, end;	/* a mapping of it in a process that had it, */
	__u64 offset;		/* of begin in the file */
	__u32 tgid;
	__u32 vdso;		/* 1: it is the vdso, without a file */
	/* As in struct perftop_object and struct perftop_file: */
	__u8 build_id_bytes;
	__u8 cut;
	__u8 known;		/* what follows is; without a build id only */
	__u8 reserved;
	__u8 build_id[20];
	__u64 inode;
	__u64 size;
	__u64 ctime;
	__u32 ctime_ns;
	__u32 generation;
	__u32 major;
	__u32 minor;
	char path[128];
};

/*
 * Load the table of a content. Tables of one id are one: if the module has it,
 * table and bytes may be 0 (ENODATA if it hasn't).
 *
 * EINVAL: not a table. E2BIG: larger than unwind_mb. ENOSPC: others fill that,
 * and are in use: not before a minute later. ENOENT: no such content is known.
 * ENOMEM.
 */
struct perftop_unwind_load {
	__u64 content;
	__u8 id[16];		/* a digest of the table; 0: there is none */
	__u64 table;		/* address */
	__u64 bytes;
};

/*
 * A loaded table, in no order. at: 0, or as returned. ENOENT: no other.
 * contents: how many files under a path use it.
 */
struct perftop_unwind_loaded {
	__u64 at;
	__u8 id[16];
	__u64 bytes;
	__u32 rows;
	__u32 rules;
	__u32 contents;
	__u32 used;		/* by a walk since another was dropped for room */
	char path[128];		/* of one of them */
};

/*
 * Bits 8 to 11 of perftop_trace.flags, with PERFTOP_USER_CUT: why the user stack
 * ends there.
 */
#define PERFTOP_WHY_SHIFT	8
#define PERFTOP_WHY_MASK	15
enum perftop_why {
	PERFTOP_WHY_UNSAID,	/* by frame pointers: mostly there are none */
	PERFTOP_WHY_DEPTH,	/* it is deeper than user_depth */
	PERFTOP_WHY_NO_CODE,	/* it isn't known what code is there */
	PERFTOP_WHY_NO_TABLE,	/* for that code, yet */
	PERFTOP_WHY_NO_RULE,	/* for that code, nor will there be */
	PERFTOP_WHY_NO_MEMORY,	/* the stack isn't in memory there */
	PERFTOP_WHY_IMPLAUSIBLE, /* what would be the next frame can't be it */
	PERFTOP_WHY_TIME,	/* it would take too long */
	PERFTOP_WHYS = 16
};

/* The record of type PERFTOP_USER, since the reset where it counts. */
struct perftop_user {
	struct perftop_record rec;
	__le32 depth;		/* frames of a user stack, at most */
	__le32 active;		/* somebody asks for files that are wanted */
	__le32 tables;		/* now, */
	__le32 wanted;
	__le64 bytes;		/* of them, */
	__le64 most;		/* at most; 0: none are taken */
	__le64 loaded;		/* tables since the module was loaded, */
	__le64 dropped;		/* and those that had to go */
	__le64 table_frames;	/* of stacks taken: found by a table, */
	__le64 pointer_frames;	/* by a frame pointer, */
	__le64 cut[PERFTOP_WHYS];	/* and stacks that were cut, by why */
	/* Code that programs map: */
	__le32 programs;
	__le32 programs_room;
	__le64 programs_evicted;
	__le64 code_no_room;
	__le64 code_missed;
	__le64 code_late;
	char code_hook[32];	/* empty: it isn't followed */
};

#define PERFTOP_UNWIND_WANTED	_IOWR('p', 0xe1, struct perftop_unwind_wanted)
#define PERFTOP_UNWIND_LOAD	_IOW('p', 0xe2, struct perftop_unwind_load)
#define PERFTOP_UNWIND_LOADED	_IOWR('p', 0xe3, struct perftop_unwind_loaded)

#endif
