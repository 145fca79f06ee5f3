/* SPDX-License-Identifier: GPL-2.0-only */
/* TAP, random numbers that are the same in each run, and keys. */
#ifndef UNIT_H
#define UNIT_H

#include <stdio.h>

static int tests, failed;

/* Ends one test: name, and whether all that was CHECKed since the last one was true. */
static void ok(const char *name)
{
	printf("%sok %d - %s\n", failed ? "not " : "", ++tests, name);
	failed = 0;
}

#define CHECK(cond) do {							\
	if (!(cond) && failed++ < 10)						\
		printf("# %s:%d: not so: %s\n", __FILE__, __LINE__, #cond);	\
} while (0)

static u64 state = 1;

static u64 rnd(u64 below)
{
	state ^= state << 13;
	state ^= state >> 7;
	state ^= state << 17;
	return state % below;
}

/* Small numbers are frequent, large ones happen. */
static u64 rnd_skewed(u64 below)
{
	return rnd(1 + rnd(1 + rnd(below)));
}

#define KEY_WORDS 4

/* Key number I: keys are of different length and differ in their last word. */
static u32 make_key(u64 *key, u32 i)
{
	u32 words = 1 + i % KEY_WORDS;

	for (u32 k = 0; k < words; k++)
		key[k] = 0x1000;
	key[words - 1] += i / KEY_WORDS;
	return words;
}

static u32 key_number(const u64 *key, u32 words)
{
	return (key[words - 1] - 0x1000) * KEY_WORDS + words - 1;
}

static u32 make_hash(const u64 *key, u32 words, u32 mask)
{
	u64 h = words;

	for (u32 k = 0; k < words; k++)
		h = (h + key[k]) * 0x9e3779b97f4a7c15ull;
	return (h >> 32) & mask;
}

#endif
