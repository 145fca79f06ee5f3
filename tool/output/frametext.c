// SPDX-License-Identifier: GPL-2.0-only
#include <stdlib.h>

#include "output/frametext.h"
#include "symbols/symbols.h"

void frametext_init(struct frametext *ft, const struct model *m,
		    struct symbols *symbols, frametext_fn *make)
{
	*ft = (struct frametext) { .m = m, .symbols = symbols, .make = make };
	text_init(&ft->all);
	ft->piece = xcalloc(2 * (m->frames.nr + 1ull), sizeof(*ft->piece));
}

void frametext_free(struct frametext *ft)
{
	text_free(&ft->all);
	free(ft->piece);
}

void frametext_put(struct text *t, struct frametext *ft, u32 frame, bool caller)
{
	struct frametext_piece *p = &ft->piece[2ull * frame + caller];

	if (!p->made) {
		p->at = ft->all.len;
		ft->make(&ft->all, ft->m, ft->symbols,
			 model_frame(ft->m, frame), caller);
		p->len = ft->all.len - p->at;
		p->made = true;
	}
	text_bytes(t, ft->all.buf + p->at, p->len);
}

bool frametext_cut(struct frametext *ft, const struct model_stack *s)
{
	struct frametext_piece *p;
	bool caller = s->user > 1;
	u32 frame;

	if (!(s->flags & PERFTOP_USER_CUT))
		return false;
	if (!s->user)
		return true;
	frame = model_stack_frames(ft->m, s)[s->kernel + s->user - 1];
	p = &ft->piece[2ull * frame + caller];
	if (!p->asked)
		p->begin = symbols_begin(ft->symbols, ft->m,
					 model_frame(ft->m, frame), caller);
	p->asked = true;
	return !p->begin;
}
