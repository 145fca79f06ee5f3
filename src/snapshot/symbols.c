// SPDX-License-Identifier: GPL-2.0-only
#include <linux/kernel.h>
#include <linux/string.h>

#include "compat.h"
#include "probe/stack.h"
#include "recording/module_text.h"
#include "snapshot/symbols.h"

/* Isn't it "name+OFFSET/SIZE", or is it at the end of the function? */
static bool ptop_symbol_outside(const char *name)
{
	const char *plus = strrchr(name, '+');
	unsigned long offset, size;

	return !plus || sscanf(plus, "+%lx/%lx", &offset, &size) != 2 ||
	       offset == size;
}

/*
 * A frame is a return address, or the address of an interrupt. The first byte
 * of a function may be either: if the function before it ends in a call that
 * never returns, it is where that call would return to. A call that the
 * compiler knows not to return is a direct one.
 */
static void ptop_symbol_name(struct ptop_symbol *sym)
{
	void *addr = (void *)sym->addr;
	bool returns;

	snprintf(sym->name, sizeof(sym->name), "%pB", addr);
	if (!ptop_symbol_outside(sym->name))
		return;
	snprintf(sym->name, sizeof(sym->name), "%pS",
		 (void *)ptop_call_target(sym->addr));
	returns = strstr(sym->name, "+0x0/");
	snprintf(sym->name, sizeof(sym->name), returns ? "%pB" : "%pS", addr);
}

/*
 * Is it a BPF program, by its tag, or a trampoline, by its number? It doesn't
 * matter which: there is no notification when its text becomes another's.
 */
static bool ptop_symbol_bpf(const char *name)
{
	const char *of = strrchr(name, '[');
	int end;
	u64 id;

	if (of)
		return strstarts(of, "[bpf]");
	return (sscanf(name, "bpf_prog_%16llx%n", &id, &end) == 1 &&
		end == strlen("bpf_prog_") + 2 * sizeof(id)) ||
	       sscanf(name, "bpf_trampoline_%llu", &id) == 1 ||
	       strstarts(name, "bpf__");	/* a struct_ops member */
}

const char *ptop_symbols_get(struct ptop_symbols *symbols, u64 addr)
{
	struct ptop_symbol *sym = &symbols->symbol[addr % PTOP_SYMBOLS];

	if (addr == PTOP_FRAME_GONE)
		return "[module gone]";
	if (addr == PTOP_FRAME_INIT_GONE)
		return "[module init]";
	if (addr == PTOP_FRAME_DYNAMIC_GONE)
		return "[unknown]";
	if (sym->addr != addr) {
		sym->addr = addr;
		ptop_symbol_name(sym);
		sym->none = strstarts(sym->name, "0x");
		sym->module = strchr(sym->name, '[');
		sym->bpf = ptop_symbol_bpf(sym->name);
	}
	/*
	 * No symbol, so don't show the address either. Or it is in a module,
	 * and a module, whose text this may have been, was freed since the
	 * snapshot. Checked last, as it may be freed while its name is
	 * formatted.
	 */
	if (sym->none ||
	    (sym->module && ptop_module_text_gen() != symbols->text_gen))
		return "[unknown]";
	return sym->bpf ? "[bpf]" : sym->name;
}
