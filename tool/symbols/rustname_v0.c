// SPDX-License-Identifier: GPL-2.0-only
/*
 * A function for each rule of the grammar. A name can refer to its own parts,
 * also from within these, and can say that there are 2^64 lifetimes: each rule
 * is a step, and there are limits for steps, depth, and what is put.
 */
#include <ctype.h>
#include <stdio.h>
#include <string.h>

#include "symbols/rustname_private.h"

#define RUSTNAME_STEPS 10000
#define RUSTNAME_DEPTH 300

bool rustname_enter(struct rustname *r)
{
	if (r->bad || ++r->steps > RUSTNAME_STEPS ||
	    ++r->depth > RUSTNAME_DEPTH) {
		r->bad = true;
		return false;
	}
	return true;
}

void rustname_leave(struct rustname *r)
{
	r->depth--;
}

char rustname_next(struct rustname *r)
{
	char c = r->bad ? '\0' : rustname_peek(r);

	if (c)
		r->at++;
	else
		r->bad = true;
	return c;
}

/* ---- numbers and identifiers */

static int rustname_digit62(char c)
{
	if (c >= '0' && c <= '9')
		return c - '0';
	if (c >= 'a' && c <= 'z')
		return c - 'a' + 10;
	return c >= 'A' && c <= 'Z' ? c - 'A' + 36 : -1;
}

u64 rustname_base62(struct rustname *r)
{
	u64 n = 0;

	if (rustname_eat(r, '_'))
		return 0;
	while (!rustname_eat(r, '_')) {
		int digit = rustname_digit62(rustname_next(r));

		if (digit < 0 || __builtin_mul_overflow(n, 62, &n) ||
		    __builtin_add_overflow(n, digit, &n)) {
			r->bad = true;
			return 0;
		}
	}
	return n + 1;
}

u64 rustname_tagged(struct rustname *r, char tag)
{
	return rustname_eat(r, tag) ? rustname_base62(r) + 1 : 0;
}

void rustname_number(struct rustname *r, u64 n, bool hex)
{
	char text[32];

	snprintf(text, sizeof(text), hex ? "%llx" : "%llu", n);
	rustname_str(r, text);
}

void rustname_put_ident(struct rustname *r, struct rustname_ident id)
{
	char plain[4 * RUSTNAME_LETTERS];
	int len;

	if (!id.punycode) {
		rustname_put(r, id.text, id.len);
		return;
	}
	len = rustname_punycode(id.text, id.len, plain);
	if (len < 0)
		r->bad = true;
	else
		rustname_put(r, plain, len);
}

/* ---- lifetimes */

void rustname_lifetime(struct rustname *r, u64 nr)
{
	char name[] = "'_";
	u64 n = r->lifetimes - nr;

	if (nr > r->lifetimes) {
		r->bad = true;
		return;
	}
	if (nr && n < 26)
		name[1] = 'a' + n;
	rustname_str(r, name);
	if (nr && n >= 26)
		rustname_number(r, n, false);
}

void rustname_binder(struct rustname *r)
{
	u64 nr = rustname_tagged(r, 'G'), i;

	if (!nr)
		return;
	rustname_str(r, "for<");
	for (i = 0; i < nr && rustname_enter(r); i++) {
		if (i)
			rustname_str(r, ", ");
		r->lifetimes++;
		rustname_lifetime(r, 1);
		rustname_leave(r);
	}
	rustname_str(r, "> ");
}

/* ---- references to what came before */

void rustname_backref(struct rustname *r,
		      void (*fn)(struct rustname *r, bool value), bool value)
{
	u32 tag = r->at - 1, back;
	u64 to = rustname_base62(r);

	if (r->bad || to >= tag) {
		r->bad = true;
		return;
	}
	if (r->skip)
		return;
	back = r->at;
	r->at = to;
	fn(r, value);
	r->at = back;
}

/* ---- paths */

static void rustname_generic(struct rustname *r)
{
	if (rustname_eat(r, 'L'))
		rustname_lifetime(r, rustname_base62(r));
	else if (rustname_eat(r, 'K'))
		rustname_const(r, false);
	else
		rustname_type(r, false);
}

u32 rustname_list(struct rustname *r, const char *between,
		  void (*fn)(struct rustname *r))
{
	u32 nr = 0;

	while (!r->bad && !rustname_eat(r, 'E')) {
		if (nr++)
			rustname_str(r, between);
		fn(r);
	}
	return nr;
}

/* In a namespace: a capital is that of what has no name in the source. */
static void rustname_nested(struct rustname *r, bool value)
{
	char space = rustname_next(r);
	struct rustname_ident id;
	u64 number;

	rustname_path(r, value);
	number = rustname_tagged(r, 's');
	id = rustname_ident(r, true);
	if (!isalpha((unsigned char)space))
		r->bad = true;
	if (r->bad)
		return;
	if (!isupper((unsigned char)space)) {
		if (id.len) {
			rustname_str(r, "::");
			rustname_put_ident(r, id);
		}
		return;
	}
	rustname_str(r, "::{");
	if (space == 'C')
		rustname_str(r, "closure");
	else if (space == 'S')
		rustname_str(r, "shim");
	else
		rustname_put(r, &space, 1);
	if (id.len) {
		rustname_str(r, ":");
		rustname_put_ident(r, id);
	}
	rustname_str(r, "#");
	rustname_number(r, number, false);
	rustname_str(r, "}");
}

/* <T as Trait>. Where the impl is says nothing. */
static void rustname_impl(struct rustname *r, char tag)
{
	if (tag != 'Y') {
		rustname_tagged(r, 's');
		r->skip++;
		rustname_path(r, false);
		r->skip--;
	}
	rustname_str(r, "<");
	rustname_type(r, false);
	if (tag != 'M') {
		rustname_str(r, " as ");
		rustname_path(r, false);
	}
	rustname_str(r, ">");
}

static void rustname_generics(struct rustname *r)
{
	rustname_str(r, "<");
	rustname_list(r, ", ", rustname_generic);
}

void rustname_open_path(struct rustname *r, bool value)
{
	(void)value;
	if (!rustname_enter(r))
		return;
	r->open = false;
	if (rustname_eat(r, 'B')) {
		rustname_backref(r, rustname_open_path, false);
	} else if (rustname_eat(r, 'I')) {
		rustname_path(r, false);
		rustname_generics(r);
		r->open = true;
	} else {
		rustname_path(r, false);
		r->open = false;
	}
	rustname_leave(r);
}

void rustname_path(struct rustname *r, bool value)
{
	char tag;

	if (!rustname_enter(r))
		return;
	tag = rustname_next(r);
	switch (tag) {
	case 'C':
		rustname_tagged(r, 's');
		rustname_put_ident(r, rustname_ident(r, true));
		break;
	case 'N':
		rustname_nested(r, value);
		break;
	case 'M':
	case 'X':
	case 'Y':
		rustname_impl(r, tag);
		break;
	case 'I':
		rustname_path(r, value);
		if (value)
			rustname_str(r, "::");
		rustname_generics(r);
		rustname_str(r, ">");
		break;
	case 'B':
		rustname_backref(r, rustname_path, value);
		break;
	default:
		r->bad = true;
	}
	rustname_leave(r);
}

void rustname_v0(struct rustname *r)
{
	u32 i;

	for (i = 0; i < r->end; i++)
		if (r->in[i] != '_' && !isalnum((unsigned char)r->in[i]))
			r->bad = true;
	rustname_path(r, true);
	/* The crate that made it of something generic. */
	if (!r->bad && r->at < r->end) {
		r->skip++;
		rustname_path(r, false);
		r->skip--;
	}
}
