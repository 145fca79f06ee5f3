// SPDX-License-Identifier: GPL-2.0-only
#include <dwarf.h>
#include <endian.h>

#include "unwind/rule.h"

/* Where the kernel puts registers in the struct ucontext of a signal. */
#define SIGNAL_RBP 120
#define SIGNAL_RSP 160
#define SIGNAL_RA 168

/* A location, as libdw tells it. */
struct place {
	Dwarf_Op mem[3];
	Dwarf_Op *op;
	size_t nr;
};

/* The base register of an operation, and the offset; below 0: it has none. */
static int op_base(const Dwarf_Op *op, s64 *offset)
{
	if (op->atom == DW_OP_bregx) {
		*offset = op->number2;
		return op->number < UNWIND_RA ? (int)op->number : -1;
	}
	*offset = op->number;
	return op->atom >= DW_OP_breg0 && op->atom <= DW_OP_breg31 ?
		op->atom - DW_OP_breg0 : -1;
}

static bool op_is_base(const Dwarf_Op *op, int reg, s64 offset)
{
	s64 has;

	return op_base(op, &has) == reg && has == offset;
}

/* An offset that has room in a rule, as it's stored there. */
static bool rule_offset(s64 offset, __le32 *to)
{
	*to = htole32((u32)offset);
	return offset >= INT32_MIN && offset <= INT32_MAX;
}

static bool place_of(struct place *p, Dwarf_Frame *frame, int reg)
{
	return !dwarf_frame_register(frame, reg, p->mem, &p->op, &p->nr);
}

/* The word at CFA + offset. */
static bool place_at_cfa(const struct place *p, s64 *offset)
{
	if (!p->nr || p->nr > 2 || p->op[0].atom != DW_OP_call_frame_cfa ||
	    (p->nr == 2 && p->op[1].atom != DW_OP_plus_uconst))
		return false;
	*offset = p->nr == 2 ? (s64)p->op[1].number : 0;
	return true;
}

/* The word at a register + offset. Before an expression libdw puts the CFA. */
static bool place_at_base(const struct place *p, int reg, s64 *offset)
{
	return p->nr == 2 && p->op[0].atom == DW_OP_call_frame_cfa &&
	       op_base(&p->op[1], offset) == reg;
}

static bool place_undefined(const struct place *p)
{
	return !p->nr && p->op == p->mem;
}

static bool place_same(const struct place *p)
{
	return !p->nr && !p->op;
}

/* ---- the CFA */

/*
 * (rsp + 8) + (((rip & 15) >= N) << 3): an entry pushes its number before it
 * jumps to the first one.
 */
static u32 cfa_plt(const Dwarf_Op *op, size_t nr)
{
	static const u8 atoms[] = {
		DW_OP_lit15, DW_OP_and, 0, DW_OP_ge, DW_OP_lit3, DW_OP_shl,
		DW_OP_plus,
	};
	u32 i, from;

	if (nr != 2 + ARRAY_SIZE(atoms) || !op_is_base(&op[0], UNWIND_RSP, 8) ||
	    op[1].atom != DW_OP_breg0 + UNWIND_RA || op[1].number)
		return 0;
	for (i = 0; i < ARRAY_SIZE(atoms); i++)
		if (atoms[i] && op[2 + i].atom != atoms[i])
			return 0;
	from = op[4].atom - DW_OP_lit0;
	return from < UNWIND_PLT_ENTRY ? from : 0;
}

static bool cfa_rule(Dwarf_Frame *frame, struct perftop_unwind_rule *r, u32 *plt)
{
	Dwarf_Op *op;
	size_t nr;
	s64 offset;
	int reg;
	bool at;

	if (dwarf_frame_cfa(frame, &op, &nr) || !nr)
		return false;
	*plt = cfa_plt(op, nr);
	if (*plt) {
		offset = 8;
		reg = UNWIND_RSP;
		at = false;
	} else {
		reg = op_base(op, &offset);
		at = nr == 2 && op[1].atom == DW_OP_deref;
		if (nr != 1 && !at)
			return false;
	}
	if (reg == UNWIND_RSP)
		r->cfa = at ? PERFTOP_CFA_AT_SP : PERFTOP_CFA_SP;
	else if (reg == UNWIND_RBP)
		r->cfa = at ? PERFTOP_CFA_AT_BP : PERFTOP_CFA_BP;
	else if (reg == UNWIND_RBX && !at)
		r->cfa = PERFTOP_CFA_BX;
	else
		return false;
	return rule_offset(offset, &r->cfa_offset);
}

/* ---- the registers */

static bool bp_rule(Dwarf_Frame *frame, struct perftop_unwind_rule *r)
{
	struct place p;
	s64 offset = 0;

	if (!place_of(&p, frame, UNWIND_RBP))
		return false;
	if (place_same(&p)) {
		r->bp = PERFTOP_BP_SAME;
	} else if (place_at_cfa(&p, &offset)) {
		r->bp = PERFTOP_BP_AT_CFA;
	} else if (place_at_base(&p, UNWIND_RBP, &offset)) {
		r->bp = PERFTOP_BP_AT_BP;
	} else {
		r->bp = PERFTOP_BP_UNKNOWN;
		offset = 0;
	}
	return rule_offset(offset, &r->bp_offset);
}

/*
 * libdw doesn't know that rbx is kept unless something else is said: no function
 * says that it isn't. At CFA itself nothing is saved: that is the caller's.
 */
static bool bx_rule(Dwarf_Frame *frame, struct perftop_unwind_rule *r)
{
	struct place p;
	s64 offset;

	if (!place_of(&p, frame, UNWIND_RBX))
		return false;
	if (place_same(&p) || place_undefined(&p))
		r->bx = htole16(PERFTOP_BX_SAME);
	else if (place_at_cfa(&p, &offset) && offset && offset % 8 == 0 &&
		 offset / 8 >= INT16_MIN && offset / 8 < PERFTOP_BX_UNKNOWN)
		r->bx = htole16((u16)(offset / 8));
	else
		r->bx = htole16(PERFTOP_BX_UNKNOWN);
	return true;
}

/* The caller's rsp is the CFA. */
static bool sp_is_cfa(Dwarf_Frame *frame)
{
	struct place p;

	return place_of(&p, frame, UNWIND_RSP) && p.nr == 2 &&
	       p.op[0].atom == DW_OP_call_frame_cfa &&
	       p.op[1].atom == DW_OP_stack_value;
}

static bool signal_register(Dwarf_Frame *frame, int reg, s64 at)
{
	struct place p;
	s64 offset;

	return place_of(&p, frame, reg) &&
	       place_at_base(&p, UNWIND_RSP, &offset) && offset == at;
}

/* As the C libraries describe the function that returns from a signal. */
static bool signal_rule(Dwarf_Frame *frame, const struct perftop_unwind_rule *r)
{
	return r->cfa == PERFTOP_CFA_AT_SP &&
	       r->cfa_offset == htole32(SIGNAL_RSP) &&
	       signal_register(frame, UNWIND_RA, SIGNAL_RA) &&
	       signal_register(frame, UNWIND_RBP, SIGNAL_RBP);
}

struct perftop_unwind_rule unwind_rule(Dwarf_Frame *frame, u32 *plt)
{
	const struct perftop_unwind_rule none = { .cfa = PERFTOP_CFA_NONE };
	struct perftop_unwind_rule r = none;
	struct place ra;
	bool signal, cfa;
	s64 offset;

	*plt = 0;
	if (dwarf_frame_info(frame, NULL, NULL, &signal) != UNWIND_RA ||
	    !place_of(&ra, frame, UNWIND_RA))
		return none;
	if (place_undefined(&ra))
		return (struct perftop_unwind_rule) { .cfa = PERFTOP_CFA_END };
	cfa = cfa_rule(frame, &r, plt);
	if (signal) {
		*plt = 0;
		return cfa && signal_rule(frame, &r) ?
			(struct perftop_unwind_rule) { .cfa = PERFTOP_CFA_SIGNAL } : none;
	}
	if (cfa && place_at_cfa(&ra, &offset) && offset == -8 &&
	    sp_is_cfa(frame) && bp_rule(frame, &r) && bx_rule(frame, &r))
		return r;
	*plt = 0;
	return none;
}
