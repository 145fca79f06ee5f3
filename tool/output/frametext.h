/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Frames as text, each put together once: in a large snapshot the same few
 * are in a million stacks.
 */
#ifndef FRAMETEXT_H
#define FRAMETEXT_H

#include "lib/text.h"
#include "model/model.h"

struct symbols;

/* Append frame @f to @t. @caller: it's a return address in user space. */
typedef void frametext_fn(struct text *t, const struct model *m,
			  struct symbols *symbols, const struct model_frame *f,
			  bool caller);

struct frametext {
	const struct model *m;
	struct symbols *symbols;
	frametext_fn *make;
	struct text all;
	struct frametext_piece {
		size_t at;	/* in all.buf */
		u32 len;
		bool made;
		bool asked, begin;	/* does a thread begin there? */
	} *piece;		/* two for each frame, as a caller and not */
};

/* @m must stay. @make: puts a frame together, once */
void frametext_init(struct frametext *ft, const struct model *m,
		    struct symbols *symbols, frametext_fn *make);
void frametext_free(struct frametext *ft);

/* Append a frame to @t. @frame: its id; @caller: as of frametext_fn */
void frametext_put(struct text *t, struct frametext *ft, u32 frame,
		   bool caller);

/**
 * frametext_cut - is the rest of a user stack not known?
 *
 * Not if its outermost function is known for one that a thread begins in.
 */
bool frametext_cut(struct frametext *ft, const struct model_stack *s);

#endif
