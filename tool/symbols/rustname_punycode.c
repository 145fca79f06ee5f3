// SPDX-License-Identifier: GPL-2.0-only
/* RFC 3492, with _ where that has -. */
#include <string.h>

#include "symbols/rustname_private.h"

bool rustname_letter(u32 c)
{
	return c <= 0x10ffff && (c < 0xd800 || c >= 0xe000);
}

char *rustname_utf8(char *out, u32 c)
{
	int more = c < 0x80 ? 0 : c < 0x800 ? 1 : c < 0x10000 ? 2 : 3;
	static const u8 lead[] = { 0, 0xc0, 0xe0, 0xf0 };

	*out++ = lead[more] | c >> (6 * more);
	while (more--)
		*out++ = 0x80 | (c >> (6 * more) & 0x3f);
	return out;
}

struct punycode {
	u32 letter[RUSTNAME_LETTERS];
	u32 nr;
};

static int punycode_digit(char c)
{
	if (c >= 'a' && c <= 'z')
		return c - 'a';
	return c >= '0' && c <= '9' ? c - '0' + 26 : -1;
}

static u32 punycode_bias(u32 delta, u32 nr, bool first)
{
	u32 k = 0;

	delta /= first ? 700 : 2;
	delta += delta / nr;
	for (; delta > 455; k += 36)
		delta /= 35;
	return k + 36 * delta / (delta + 38);
}

/* A number; false: it's none, or too large. */
static bool punycode_delta(const char **at, const char *end, u32 bias,
			   u32 *delta)
{
	u32 weight = 1, k, digit, least;

	*delta = 0;
	for (k = 36;; k += 36) {
		u32 add;
		int c = *at < end ? punycode_digit(*(*at)++) : -1;

		if (c < 0)
			return false;
		digit = c;
		least = k <= bias ? 1 : k - bias > 26 ? 26 : k - bias;
		if (__builtin_mul_overflow(digit, weight, &add) ||
		    __builtin_add_overflow(*delta, add, delta))
			return false;
		if (digit < least)
			return true;
		if (__builtin_mul_overflow(weight, 36 - least, &weight))
			return false;
	}
}

static bool punycode_insert(struct punycode *p, u32 at, u32 letter)
{
	if (p->nr == RUSTNAME_LETTERS || !rustname_letter(letter))
		return false;
	memmove(&p->letter[at + 1], &p->letter[at],
		(p->nr - at) * sizeof(*p->letter));
	p->letter[at] = letter;
	p->nr++;
	return true;
}

static bool punycode_decode(struct punycode *p, const char *at, const char *end)
{
	u32 letter = 0x80, i = 0, bias = 72, delta;
	bool first = true;

	while (at < end) {
		if (!punycode_delta(&at, end, bias, &delta) ||
		    __builtin_add_overflow(i, delta, &i) ||
		    __builtin_add_overflow(letter, i / (p->nr + 1), &letter))
			return false;
		i %= p->nr + 1;
		if (!punycode_insert(p, i++, letter))
			return false;
		bias = punycode_bias(delta, p->nr, first);
		first = false;
	}
	return true;
}

int rustname_punycode(const char *text, u32 len, char *out)
{
	struct punycode p = { .nr = 0 };
	u32 at = len, i;
	char *to = out;

	/* The last one is between what is ASCII and the rest. */
	while (at && text[at - 1] != '_')
		at--;
	if (at == len || at > RUSTNAME_LETTERS)
		return -1;
	for (i = 0; i + 1 < at; i++)
		p.letter[p.nr++] = (u8)text[i];
	if (!punycode_decode(&p, text + at, text + len))
		return -1;
	for (i = 0; i < p.nr; i++)
		to = rustname_utf8(to, p.letter[i]);
	return to - out;
}
