/* SPDX-License-Identifier: GPL-2.0-only */
/* What both schemes have in common: input, output, and when it's too much. */
#ifndef RUSTNAME_PRIVATE_H
#define RUSTNAME_PRIVATE_H

#include "lib/tool.h"

struct rustname {
	const char *in;
	u32 at, end;		/* of in */
	char *out;
	u32 len;		/* of out */
	u32 steps, depth;
	u32 skip;		/* parsed, but not shown, if not 0 */
	u64 lifetimes;		/* that binders around have */
	bool open;		/* of rustname_open_path() */
	bool bad;		/* all that follows is void */
};

struct rustname_ident {
	const char *text;
	u32 len;
	bool punycode;
};

static inline char rustname_peek(const struct rustname *r)
{
	return r->at < r->end ? r->in[r->at] : '\0';
}

static inline bool rustname_eat(struct rustname *r, char c)
{
	if (r->bad || rustname_peek(r) != c)
		return false;
	r->at++;
	return true;
}

void rustname_put(struct rustname *r, const char *text, size_t len);
void rustname_str(struct rustname *r, const char *text);

/* Decimal, and that many bytes. @v0: with what only that scheme has */
struct rustname_ident rustname_ident(struct rustname *r, bool v0);

/* Is that a letter of Unicode? */
bool rustname_letter(u32 c);
/* Puts at most 4 bytes, and returns their end. */
char *rustname_utf8(char *out, u32 c);

/* @r->in is all behind _R, up to a suffix. */
void rustname_v0(struct rustname *r);

/* ---- parts of it */

/* False: that's enough. Else rustname_leave() has to follow. */
bool rustname_enter(struct rustname *r);
void rustname_leave(struct rustname *r);

char rustname_next(struct rustname *r);

/* _ is 0, 0_ is 1 */
u64 rustname_base62(struct rustname *r);
/* 0 without the tag */
u64 rustname_tagged(struct rustname *r, char tag);

void rustname_number(struct rustname *r, u64 n, bool hex);
void rustname_put_ident(struct rustname *r, struct rustname_ident id);

/* @nr: counted from the innermost binder, from 1 on; 0: it has no name */
void rustname_lifetime(struct rustname *r, u64 nr);
/* for<'a, 'b>. The caller restores @r->lifetimes. */
void rustname_binder(struct rustname *r);

/*
 * To what came before: @fn is called there. Nothing that isn't shown is
 * followed.
 */
void rustname_backref(struct rustname *r,
		      void (*fn)(struct rustname *r, bool value), bool value);

/* Up to E; returns how many there were. */
u32 rustname_list(struct rustname *r, const char *between,
		  void (*fn)(struct rustname *r));

/* @value: of an expression, where generics are ::<T> */
void rustname_path(struct rustname *r, bool value);
/* If that ends in generics, > is left out, and @r->open. */
void rustname_open_path(struct rustname *r, bool value);

/* @value has no meaning. */
void rustname_type(struct rustname *r, bool value);
void rustname_const(struct rustname *r, bool value);

/* Of an identifier that isn't ASCII. It takes their square in time. */
#define RUSTNAME_LETTERS 256

/*
 * Letters that aren't ASCII, as UTF-8.
 * @out: 4 * RUSTNAME_LETTERS bytes; returns how many, < 0: it's wrong, or long
 */
int rustname_punycode(const char *text, u32 len, char *out);

#endif
