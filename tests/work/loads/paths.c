// SPDX-License-Identifier: GPL-2.0-only
/*
 * Call paths: three levels of ten functions each, that differ in the size of their frames and, for some, in a function that's called in
 * between. The digits of a number say which of them are called.
 */
#include "loads.h"

static const struct side *here;

NOINLINE static int leaf(long path)
{
	pass(here);
	return path & 1;
}

/* A frame of some words more, which the compiler has to keep. */
#define LEVEL(name, words, next) \
NOINLINE static int name(long path) \
{ \
	volatile long kept[words]; \
	int ret; \
\
	kept[path % (words)] = path; \
	ret = next(path / 10) + kept[path % (words)]; \
	__asm__ volatile("" : "+r"(ret)); \
	return ret; \
}

#define CALL(name) \
NOINLINE static int name(long path) \
{ \
	static int (*const digits[])(long) = { \
		name##_0, name##_1, name##_2, name##_3, name##_4, name##_5, name##_6, name##_7, name##_8, name##_9 \
	}; \
	int ret = digits[path % 10](path); \
\
	__asm__ volatile("" : "+r"(ret)); \
	return ret; \
}

#define TEN(name, next) \
	LEVEL(name##_more, 7, next) \
	LEVEL(name##_0, 1, next) LEVEL(name##_1, 2, next) LEVEL(name##_2, 3, name##_more) LEVEL(name##_3, 5, next) \
	LEVEL(name##_4, 8, next) LEVEL(name##_5, 13, name##_more) LEVEL(name##_6, 21, next) LEVEL(name##_7, 2, name##_more) \
	LEVEL(name##_8, 55, next) LEVEL(name##_9, 1, next) \
	CALL(name)

TEN(low, leaf)
TEN(middle, low)
TEN(high, middle)

/* COUNT of the thousand, spread over them. */
static void paths_pass(long rounds, long count)
{
	for (long i = 0; i < rounds; i++)
		high(i % count * 1000 / count);
}

void load_paths(long rounds, long count)
{
	/* Each at least twice. */
	long warm = rounds / 4 > 2 * count ? rounds / 4 : 2 * count;
	struct side side;

	here = &side;
	if (pair(&side)) {
		paths_pass(warm, count);
		paths_pass(rounds, count);
		exit(0);
	}
	paths_pass(warm, count);
	span_begin();
	paths_pass(rounds, count);
	span_end();
	wait(NULL);
}
