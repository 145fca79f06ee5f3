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

#define PERFTOP_UNWIND_WANTED	_IOWR('p', 0xe1, struct perftop_unwind_wanted)
#define PERFTOP_UNWIND_LOAD	_IOW('p', 0xe2, struct perftop_unwind_load)
#define PERFTOP_UNWIND_LOADED	_IOWR('p', 0xe3, struct perftop_unwind_loaded)

#endif
