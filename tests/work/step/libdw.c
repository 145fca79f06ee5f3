// SPDX-License-Identifier: GPL-2.0-only
/* What libdw says of a stopped thread's stack: as eu-stack does. */
#include "step.h"
#include <elfutils/libdwfl.h>

#define RA 16

static char *no_debug_files;
static const Dwfl_Callbacks callbacks = {
	.find_elf = dwfl_linux_proc_find_elf,
	.find_debuginfo = dwfl_standard_find_debuginfo,
	.debuginfo_path = &no_debug_files,
};

static Dwfl *dwfl;
static bool interrupted;	/* the frame before the next one is a signal's */
static bool outermost;		/* it has no caller, as its CFI says */

/* Nothing but .eh_frame is used, and debug files are large. */
static int no_debuginfo(Dwfl_Module *mod, void **data, const char *name, Dwarf_Addr base, const char *file, const char *link, GElf_Word crc,
			char **found)
{
	(void)mod, (void)data, (void)name, (void)base, (void)file, (void)link, (void)crc, (void)found;
	return -1;
}

static void libdw_report(pid_t pid)
{
	static Dwfl_Callbacks mine;

	mine = callbacks;
	mine.find_debuginfo = no_debuginfo;
	if (dwfl)
		dwfl_end(dwfl);
	dwfl = dwfl_begin(&mine);
	if (!dwfl || dwfl_linux_proc_report(dwfl, pid) || dwfl_report_end(dwfl, NULL, NULL) || dwfl_linux_proc_attach(dwfl, pid, true))
		wrong("libdw: %s", dwfl_errmsg(-1));
}

/* Is there CFI for it, and is that a signal's frame? */
static bool libdw_has_cfi(uint64_t pc, bool *signal)
{
	Dwfl_Module *mod = dwfl_addrmodule(dwfl, pc);
	Dwarf_Addr bias = 0;
	Dwarf_CFI *cfi = mod ? dwfl_module_eh_cfi(mod, &bias) : NULL;
	Dwarf_Op memory[3], *op;
	Dwarf_Frame *frame;
	size_t nr;

	*signal = false;
	outermost = false;
	if (!cfi || dwarf_cfi_addrframe(cfi, pc - bias, &frame))
		return false;
	dwarf_frame_info(frame, NULL, NULL, signal);
	outermost = !dwarf_frame_register(frame, RA, memory, &op, &nr) && !nr && op == memory;
	free(frame);
	return true;
}

static int libdw_frame(Dwfl_Frame *state, void *arg)
{
	struct step_stack *stack = arg;
	Dwarf_Addr pc;

	if (stack->nr == STEP_FRAMES || !dwfl_frame_pc(state, &pc, NULL))
		return DWARF_CB_ABORT;
	/* What libdw calls an activation is a signal's own frame, too: but that is returned to. */
	if (stack->nr && interrupted)
		pc++;
	stack->guessed[stack->nr] = !libdw_has_cfi(stack->nr ? pc - 1 : pc, &interrupted);
	stack->pc[stack->nr++] = pc;
	return DWARF_CB_OK;
}

void step_libdw(const struct step_maps *maps, bool changed, pid_t tid, struct step_stack *stack)
{
	if (!dwfl || changed)
		libdw_report(maps->pid);
	interrupted = false;
	stack->nr = 0;
	stack->cut = dwfl_getthread_frames(dwfl, tid, libdw_frame, stack) != 0;
	stack->why = stack->cut ? dwfl_errmsg(-1) : NULL;
	/* It doesn't say so if it can't read a word, or has no value for a register. */
	if (!stack->cut && !outermost) {
		stack->cut = true;
		stack->why = "ends without a reason";
	}
}

const char *step_libdw_name(uint64_t pc)
{
	Dwfl_Module *mod = dwfl_addrmodule(dwfl, pc);

	return mod ? dwfl_module_addrname(mod, pc) : NULL;
}

void step_libdw_print(const struct step_stack *stack, const struct step_maps *maps)
{
	for (unsigned int i = 0; i < stack->nr; i++) {
		uint64_t pc = stack->pc[i], at = i ? pc - 1 : pc;
		const struct step_map *map = step_maps_find(maps, at);

		const char *name = step_libdw_name(at);

		printf("#     %#lx %s (%s+%#lx)%s\n", pc, name ? name : "?", map ? map->path : "?", map ? pc - map->begin + map->offset : 0,
		       stack->guessed[i] ? " no CFI" : "");
	}
	if (stack->cut)
		printf("#     [cut] %s\n", stack->why ? stack->why : "");
}
