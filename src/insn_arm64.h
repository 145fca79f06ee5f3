/* SPDX-License-Identifier: GPL-2.0-only */
/* Call instructions of A64: Arm ARM, C6.2, BL, BLR, BLRA*. */
#ifndef PTOP_INSN_ARM64_H
#define PTOP_INSN_ARM64_H

#include <linux/bitops.h>
#include <linux/types.h>

static inline bool ptop_insn_is_bl(u32 insn)
{
	return (insn & 0xfc000000) == 0x94000000;
}

/* Offset from the instruction to its target, in bytes. */
static inline s64 ptop_insn_bl_offset(u32 insn)
{
	return (s64)sign_extend32(insn, 25) * 4;
}

static inline bool ptop_insn_is_blr(u32 insn)
{
	return (insn & 0xfffffc1f) == 0xd63f0000 ||	/* BLR */
	       (insn & 0xfffff81f) == 0xd63f081f ||	/* BLRAAZ, BLRABZ */
	       (insn & 0xfffff800) == 0xd73f0800;	/* BLRAA, BLRAB */
}

static inline bool ptop_insn_calls(u32 insn)
{
	return ptop_insn_is_bl(insn) || ptop_insn_is_blr(insn);
}

#endif
