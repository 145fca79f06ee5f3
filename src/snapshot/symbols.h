/* SPDX-License-Identifier: GPL-2.0-only */
/* Names of kernel addresses, by kallsyms. Process context. */
#ifndef PTOP_SYMBOLS_H
#define PTOP_SYMBOLS_H

#include <linux/kallsyms.h>
#include <linux/types.h>

/* Cache of names, by address, as most are shown often. */
#define PTOP_SYMBOLS 64

struct ptop_symbol {
	u64 addr;
	bool none;		/* there's no such symbol */
	bool module;		/* it is a module's */
	bool bpf;
	char name[KSYM_SYMBOL_LEN];
};

struct ptop_symbols {
	u32 text_gen;		/* ptop_module_text_gen() of the snapshot */
	struct ptop_symbol symbol[PTOP_SYMBOLS];
};

/* The name of a kernel frame, valid until the next call. */
const char *ptop_symbols_get(struct ptop_symbols *symbols, u64 addr);

#endif
