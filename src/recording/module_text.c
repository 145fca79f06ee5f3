// SPDX-License-Identifier: GPL-2.0-only
/* Process context. See module_text.h. */
#include "compat.h"
#include "probe/percpu.h"
#include "probe/unwind.h"
#include "recording/module_text.h"
#include "recording/store_sweep.h"

static bool rekeyed;		/* set under recording's mutex */

/* Is @addr in the text of @mod that @gone says? */
static bool ptop_module_text_has(const struct module *mod, u64 gone, u64 addr)
{
	return within_module_init(addr, mod) ||
	       (gone != PTOP_FRAME_INIT_GONE && within_module_core(addr, mod));
}

void ptop_module_text_forget(const struct module *mod, u64 gone)
{
	bool unwatched = ptop_unwind_saw_dynamic();

	ptop_unwind_forget_modules();
	if (gone == PTOP_FRAME_DYNAMIC_GONE && !unwatched)
		return;
	WRITE_ONCE(ptop_global.text_gen, ptop_global.text_gen + 1);
	if (ptop_store_forget_text(mod, gone, ptop_module_text_has))
		WRITE_ONCE(rekeyed, true);
	/* A snapshot taken meanwhile may have copies of the old keys. */
	WRITE_ONCE(ptop_global.text_gen, ptop_global.text_gen + 1);
}

u32 ptop_module_text_gen(void)
{
	return READ_ONCE(ptop_global.text_gen);
}

bool ptop_module_text_rekeyed(void)
{
	return READ_ONCE(rekeyed);
}
