/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Names of kernel addresses, as the kernel itself has them. Process context.
 */
#ifndef PTOP_SYMBOLS_H
#define PTOP_SYMBOLS_H

#include <linux/kallsyms.h>
#include <linux/types.h>

/* Names of kernel functions, as most are shown often: by address. */
#define PTOP_SYMBOLS 64

struct ptop_symbol {
	u64 addr;
	char name[KSYM_SYMBOL_LEN];
};

struct ptop_symbols {
	u32 text_gen;		/* ptop_module_text_gen() of the snapshot */
	struct ptop_symbol symbol[PTOP_SYMBOLS];
};

/* The name of a kernel frame; good until the next one is asked for. */
const char *ptop_symbols_get(struct ptop_symbols *symbols, u64 addr);

#endif
