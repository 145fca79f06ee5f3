// SPDX-License-Identifier: GPL-2.0-only
#include <ctype.h>
#include <string.h>

#include "symbols/rustname.h"
#include "symbols/rustname_private.h"

/* "17h", 16 digits. */
#define RUSTNAME_HASH 19

void rustname_put(struct rustname *r, const char *text, size_t len)
{
	if (r->bad || r->skip)
		return;
	if (len >= RUSTNAME_MAX - r->len) {
		r->bad = true;
		return;
	}
	memcpy(r->out + r->len, text, len);
	r->len += len;
}

void rustname_str(struct rustname *r, const char *text)
{
	rustname_put(r, text, strlen(text));
}

struct rustname_ident rustname_ident(struct rustname *r, bool v0)
{
	struct rustname_ident id = { .punycode = v0 && rustname_eat(r, 'u') };
	u32 len = 0;

	if (!isdigit((unsigned char)rustname_peek(r)))
		r->bad = true;
	while (!r->bad && isdigit((unsigned char)rustname_peek(r))) {
		len = 10 * len + r->in[r->at++] - '0';
		if (len > r->end - r->at)
			r->bad = true;
		if (!len)
			break;
	}
	if (v0)
		rustname_eat(r, '_');
	if (r->bad || len > r->end - r->at) {
		r->bad = true;
		return id;
	}
	id.text = r->in + r->at;
	id.len = len;
	r->at += len;
	return id;
}

/* ---- the scheme before v0 */

static const struct rustname_escape {
	const char *code;
	char c;
} rustname_escapes[] = {
	{ "$C$", ',' }, { "$SP$", '@' }, { "$BP$", '*' }, { "$RF$", '&' },
	{ "$LT$", '<' }, { "$GT$", '>' }, { "$LP$", '(' }, { "$RP$", ')' },
};

static int rustname_hex(char c)
{
	if (c >= '0' && c <= '9')
		return c - '0';
	return c >= 'a' && c <= 'f' ? c - 'a' + 10 : -1;
}

/* $u7e$: any letter, but none that controls a terminal. 0: it's none */
static u32 rustname_escape_letter(const char *s, u32 len, u32 *letter)
{
	u32 at = 2;

	if (len < 4 || memcmp(s, "$u", 2))
		return 0;
	*letter = 0;
	for (; at < len && at < 8 && rustname_hex(s[at]) >= 0; at++)
		*letter = *letter << 4 | rustname_hex(s[at]);
	if (at == 2 || at == len || s[at] != '$' || *letter < ' ' ||
	    (*letter >= 0x7f && *letter < 0xa0) || !rustname_letter(*letter))
		return 0;
	return at + 1;
}

/* Returns the length of an escape, 0: it's none. */
static u32 rustname_escape(const char *s, u32 len, u32 *letter)
{
	size_t i;

	for (i = 0; i < ARRAY_SIZE(rustname_escapes); i++) {
		const struct rustname_escape *e = &rustname_escapes[i];
		u32 bytes = strlen(e->code);

		if (len >= bytes && !memcmp(s, e->code, bytes)) {
			*letter = (u8)e->c;
			return bytes;
		}
	}
	return rustname_escape_letter(s, len, letter);
}

static void rustname_legacy_ident(struct rustname *r, struct rustname_ident id)
{
	const char *s = id.text, *end = s + id.len;
	char utf8[4];

	/* It makes an identifier of what begins with an escape. */
	if (id.len >= 2 && s[0] == '_' && s[1] == '$')
		s++;
	while (s < end) {
		u32 bytes = 1, c = (u8)*s;

		if (c == '$') {
			bytes = rustname_escape(s, end - s, &c);
			if (!bytes) {
				rustname_put(r, s, end - s);
				return;
			}
		} else if (c == '.' && end - s >= 2 && s[1] == '.') {
			bytes = 2;
			rustname_put(r, ":", 1);
			c = ':';
		}
		rustname_put(r, utf8, rustname_utf8(utf8, c) - utf8);
		s += bytes;
	}
}

/* A hash has most digits; a name that a person chose hasn't. */
static bool rustname_is_hash(struct rustname_ident id)
{
	u32 i, seen = 0;

	if (id.len != RUSTNAME_HASH - 2 || id.text[0] != 'h')
		return false;
	for (i = 1; i < id.len; i++) {
		int digit = rustname_hex(id.text[i]);

		if (digit < 0)
			return false;
		seen |= 1u << digit;
	}
	return __builtin_popcount(seen) >= 5;
}

static bool rustname_legacy_char(unsigned char c)
{
	return isalnum(c) || (c && strchr("_$.:@", c));
}

/* The identifiers, without the hash; then there's the end. */
static void rustname_legacy(struct rustname *r)
{
	struct rustname_ident id = rustname_ident(r, false), next;
	u32 i;

	while (!r->bad && !rustname_eat(r, 'E')) {
		next = rustname_ident(r, false);
		if (r->bad)
			return;
		if (r->len)
			rustname_put(r, "::", 2);
		rustname_legacy_ident(r, id);
		id = next;
	}
	if (r->bad || !rustname_is_hash(id))
		r->bad = true;
	for (i = 0; i < r->end && !r->bad; i++)
		r->bad = !rustname_legacy_char(r->in[i]);
}

/* What LLVM has added says nothing; anything else does (.cold). */
static void rustname_suffix(struct rustname *r)
{
	const char *s = r->in + r->at;
	u32 len, i;

	if (!strncmp(s, ".llvm.", 6)) {
		s += 6;
		s += strspn(s, "0123456789ABCDEFabcdef@");
	}
	len = r->in + r->end - s;
	if (!len)
		return;
	if (*s != '.')
		r->bad = true;
	for (i = 0; i < len && !r->bad; i++)
		r->bad = !rustname_legacy_char(s[i]);
	rustname_put(r, s, len);
}

bool rustname(const char *name, char *plain)
{
	struct rustname r = { .out = plain };
	size_t len = strlen(name);

	if (len >= RUSTNAME_MAX)
		return false;
	if (!strncmp(name, "_R", 2)) {
		r.in = name + 2;
		r.end = strcspn(r.in, ".");
		rustname_v0(&r);
	} else if (!strncmp(name, "_ZN", 3)) {
		r.in = name + 3;
		r.end = len - 3;
		rustname_legacy(&r);
	} else {
		return false;
	}
	if (!r.len)
		r.bad = true;
	r.end = strlen(r.in);
	rustname_suffix(&r);
	plain[r.bad ? 0 : r.len] = '\0';
	return !r.bad;
}
