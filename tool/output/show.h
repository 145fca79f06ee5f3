/* SPDX-License-Identifier: GPL-2.0-only */
/* What views have in common: the header, shares, stacks; as in /proc. */
#ifndef SHOW_H
#define SHOW_H

#include "lib/options.h"
#include "lib/text.h"
#include "model/model.h"
#include "output/frametext.h"

/* The first lines of the header, and the last. */
void show_head(const struct model *m);
void show_counts(const struct model *m, const struct model_sums *sum);
/* A part of the time. */
void show_part(const char *name, wide part, wide whole, u64 khz);
void show_explained(wide known, wide rest, wide elapsed);
/* 1/100 of a percent; @width: before the point */
void show_share(u64 share, int width);
void show_hash(u32 hash);
void show_name(const struct model *m, u32 comm);
/* @symbols: NULL: file+offset */
void show_stack(const struct model *m, struct symbols *symbols, u32 stack);
/* The same, of many: begin with show_stacks_init(); frametext_free() in the end. */
void show_stacks_init(struct frametext *ft, const struct model *m,
		      struct symbols *symbols);
void show_stacks(struct frametext *ft, u32 stack);
/* What a frame of the user is without a symbol: file+0xoffset. */
void show_location(struct text *t, const struct model *m,
		   const struct model_frame *f);

/* How many of @nr rows the options want. */
u32 show_rows(const struct options *o, u32 nr);

/*
 * Show snapshots as the options say: the last one; what happened in each
 * interval; or what happened between each two of a file. An empty line is
 * between two.
 */
int show_snapshots(const struct options *o,
		   void (*show)(const struct model *m, const struct options *o,
				struct symbols *symbols));

#endif
