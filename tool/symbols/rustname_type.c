// SPDX-License-Identifier: GPL-2.0-only
/* Types and constants of v0. */
#include "symbols/rustname_private.h"

static const char *const rustname_basic[26] = {
	['a' - 'a'] = "i8", ['b' - 'a'] = "bool", ['c' - 'a'] = "char",
	['d' - 'a'] = "f64", ['e' - 'a'] = "str", ['f' - 'a'] = "f32",
	['h' - 'a'] = "u8", ['i' - 'a'] = "isize", ['j' - 'a'] = "usize",
	['l' - 'a'] = "i32", ['m' - 'a'] = "u32", ['n' - 'a'] = "i128",
	['o' - 'a'] = "u128", ['p' - 'a'] = "_", ['s' - 'a'] = "i16",
	['t' - 'a'] = "u16", ['u' - 'a'] = "()", ['v' - 'a'] = "...",
	['x' - 'a'] = "i64", ['y' - 'a'] = "u64", ['z' - 'a'] = "!",
};

static void rustname_any(struct rustname *r)
{
	rustname_type(r, false);
}

static void rustname_reference(struct rustname *r, char tag)
{
	u64 lifetime = 0;

	rustname_str(r, "&");
	if (rustname_eat(r, 'L'))
		lifetime = rustname_base62(r);
	if (lifetime) {
		rustname_lifetime(r, lifetime);
		rustname_str(r, " ");
	}
	if (tag == 'Q')
		rustname_str(r, "mut ");
	rustname_type(r, false);
}

static void rustname_array(struct rustname *r, char tag)
{
	rustname_str(r, "[");
	rustname_type(r, false);
	if (tag == 'A') {
		rustname_str(r, "; ");
		rustname_const(r, false);
	}
	rustname_str(r, "]");
}

/* - is _ there */
static void rustname_abi(struct rustname *r)
{
	struct rustname_ident id = { .text = "C", .len = 1 };
	u32 i;

	if (!rustname_eat(r, 'C'))
		id = rustname_ident(r, true);
	if (r->bad || !id.len || id.punycode) {
		r->bad = true;
		return;
	}
	rustname_str(r, "extern \"");
	for (i = 0; i < id.len; i++)
		rustname_put(r, id.text[i] == '_' ? "-" : id.text + i, 1);
	rustname_str(r, "\" ");
}

static void rustname_fn(struct rustname *r)
{
	rustname_binder(r);
	if (rustname_eat(r, 'U'))
		rustname_str(r, "unsafe ");
	if (rustname_eat(r, 'K'))
		rustname_abi(r);
	rustname_str(r, "fn(");
	rustname_list(r, ", ", rustname_any);
	rustname_str(r, ")");
	if (rustname_eat(r, 'u'))
		return;
	rustname_str(r, " -> ");
	rustname_type(r, false);
}

/* Trait<T, Item = U> */
static void rustname_trait(struct rustname *r)
{
	bool open;

	rustname_open_path(r, false);
	open = r->open;
	while (rustname_eat(r, 'p')) {
		rustname_str(r, open ? ", " : "<");
		open = true;
		rustname_put_ident(r, rustname_ident(r, true));
		rustname_str(r, " = ");
		rustname_type(r, false);
	}
	if (open)
		rustname_str(r, ">");
}

static void rustname_dyn(struct rustname *r)
{
	u64 around = r->lifetimes, lifetime;

	rustname_str(r, "dyn ");
	rustname_binder(r);
	rustname_list(r, " + ", rustname_trait);
	r->lifetimes = around;
	if (!rustname_eat(r, 'L')) {
		r->bad = true;
		return;
	}
	lifetime = rustname_base62(r);
	if (!lifetime)
		return;
	rustname_str(r, " + ");
	rustname_lifetime(r, lifetime);
}

static void rustname_type_of(struct rustname *r, char tag)
{
	u64 around = r->lifetimes;
	u32 nr;

	switch (tag) {
	case 'R':
	case 'Q':
		rustname_reference(r, tag);
		break;
	case 'P':
	case 'O':
		rustname_str(r, tag == 'P' ? "*const " : "*mut ");
		rustname_type(r, false);
		break;
	case 'A':
	case 'S':
		rustname_array(r, tag);
		break;
	case 'T':
		rustname_str(r, "(");
		nr = rustname_list(r, ", ", rustname_any);
		rustname_str(r, nr == 1 ? ",)" : ")");
		break;
	case 'F':
		rustname_fn(r);
		r->lifetimes = around;
		break;
	case 'D':
		rustname_dyn(r);
		break;
	case 'B':
		rustname_backref(r, rustname_type, false);
		break;
	default:
		if (!r->bad)
			r->at--;
		rustname_path(r, false);
	}
}

void rustname_type(struct rustname *r, bool value)
{
	const char *basic = NULL;
	char tag;

	(void)value;
	if (!rustname_enter(r))
		return;
	tag = rustname_next(r);
	if (tag >= 'a' && tag <= 'z')
		basic = rustname_basic[tag - 'a'];
	if (basic)
		rustname_str(r, basic);
	else
		rustname_type_of(r, tag);
	rustname_leave(r);
}

/* ---- constants: numbers, true, 'c' */

/* Hexadecimal digits and _; returns how many. */
static u32 rustname_digits(struct rustname *r, u64 *value)
{
	u32 nr = 0;

	*value = 0;
	while (!rustname_eat(r, '_')) {
		char c = rustname_next(r);

		if (c >= '0' && c <= '9') {
			*value = *value << 4 | (c - '0');
		} else if (c >= 'a' && c <= 'f') {
			*value = *value << 4 | (c - 'a' + 10);
		} else {
			r->bad = true;
			return 0;
		}
		nr++;
	}
	return nr;
}

static void rustname_integer(struct rustname *r)
{
	u64 value;
	u32 nr = rustname_digits(r, &value);

	if (!nr)
		r->bad = true;
	if (nr <= 16) {
		rustname_number(r, value, false);
		return;
	}
	rustname_str(r, "0x");
	rustname_put(r, r->in + r->at - 1 - nr, nr);
}

static void rustname_bool(struct rustname *r)
{
	u64 value;

	if (rustname_digits(r, &value) != 1 || value > 1)
		r->bad = true;
	rustname_str(r, value ? "true" : "false");
}

static void rustname_char(struct rustname *r)
{
	u64 value;
	u32 nr = rustname_digits(r, &value);
	char c = value;

	if (!nr || value > 0x10ffff)
		r->bad = true;
	rustname_str(r, "'");
	if (value == '\'' || value == '\\')
		rustname_str(r, "\\");
	if (value >= ' ' && value <= '~') {
		rustname_put(r, &c, 1);
	} else {
		rustname_str(r, "\\u{");
		rustname_number(r, value, true);
		rustname_str(r, "}");
	}
	rustname_str(r, "'");
}

void rustname_const(struct rustname *r, bool value)
{
	(void)value;
	if (!rustname_enter(r))
		return;
	switch (rustname_next(r)) {
	case 'B':
		rustname_backref(r, rustname_const, false);
		break;
	case 'p':
		rustname_str(r, "_");
		break;
	case 'a':
	case 'i':
	case 'l':
	case 'n':
	case 's':
	case 'x':
		if (rustname_eat(r, 'n'))
			rustname_str(r, "-");
		rustname_integer(r);
		break;
	case 'h':
	case 'j':
	case 'm':
	case 'o':
	case 't':
	case 'y':
		rustname_integer(r);
		break;
	case 'b':
		rustname_bool(r);
		break;
	case 'c':
		rustname_char(r);
		break;
	default:
		/* Of types that stable Rust doesn't have there. */
		r->bad = true;
	}
	rustname_leave(r);
}
