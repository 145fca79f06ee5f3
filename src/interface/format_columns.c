// SPDX-License-Identifier: GPL-2.0-only
/* Columns of rows: numbers and times. See format.h. */
#include <linux/seq_file.h>

#include "compat.h"
#include "interface/format.h"

/*
 * What is in each of many rows isn't left to seq_printf(), which takes several
 * times as long.
 */
#define PTOP_FIELD 24		/* a column of up to 20, in whole words */

/* What a column has room for, by its width. */
static const u64 ptop_most[] = {
	0, 9, 99, 999, 9999, 99999, 999999, 9999999, 99999999, 999999999,
	9999999999, 99999999999, 999999999999, 9999999999999, 99999999999999,
	999999999999999, 9999999999999999, 99999999999999999,
	999999999999999999, 9999999999999999999ULL, U64_MAX,
};

/* Put two digits in front of @end. */
static __always_inline char *ptop_two_digits(char *end, u32 n)
{
	*--end = '0' + n % 10;
	*--end = '0' + n / 10;
	return end;
}

/* Put the digits of @n in front of @end. */
static __always_inline void ptop_digits(char *end, u64 n)
{
	for (; n >= 100; n /= 100)
		end = ptop_two_digits(end, n % 100);
	if (n >= 10)
		ptop_two_digits(end, n);
	else
		*--end = '0' + n;
}

/*
 * Begin a column, after a blank: returns where it ends, or NULL if there is no
 * room for it. ptop_format_done() follows.
 */
static __always_inline char *ptop_format_column_end(struct seq_file *m, u32 width)
{
	char *to;

	if (seq_get_buf(m, &to) < PTOP_FIELD)
		return NULL;
	/* More than is shown, as a constant size is cleared fast. */
	memset(to, ' ', PTOP_FIELD);
	return to + 1 + width;
}

static void ptop_format_done(struct seq_file *m, u32 width)
{
	seq_commit(m, 1 + width);
}

void ptop_format_u64(struct seq_file *m, u64 n, u32 width)
{
	char *end = n > ptop_most[width] ? NULL :
		    ptop_format_column_end(m, width);

	if (!end) {
		seq_printf(m, " %*llu", width, n);
		return;
	}
	ptop_digits(end, n);
	ptop_format_done(m, width);
}

static void ptop_format_none(struct seq_file *m, u32 width)
{
	char *end = ptop_format_column_end(m, width);

	if (!end) {
		seq_printf(m, " %*s", width, "-");
		return;
	}
	end[-1] = '-';
	ptop_format_done(m, width);
}

static void ptop_format_column(struct seq_file *m, ptop_wide n, u32 width)
{
	if (likely(!ptop_wide_high(n))) {
		ptop_format_u64(m, n, width);
		return;
	}
	seq_putc(m, ' ');
	ptop_format_wide(m, n, width);
}

void ptop_format_time(struct seq_file *m, ptop_wide ticks)
{
	struct ptop_seconds t;
	char *end;
	u32 i;

	/* Most often, where there are many rows. */
	if (!ticks) {
		seq_puts(m, "       0.000000");
		return;
	}
	t = ptop_seconds(ticks);
	end = t.s > ptop_most[7] ? NULL : ptop_format_column_end(m, 14);
	if (!end) {
		seq_printf(m, " %7llu.%06u", t.s, t.us);
		return;
	}
	for (i = 0; i < 3; i++, t.us /= 100)
		end = ptop_two_digits(end, t.us % 100);
	*--end = '.';
	ptop_digits(end, t.s);
	ptop_format_done(m, 14);
}

void ptop_format_columns(struct seq_file *m, ptop_wide ticks)
{
	ptop_format_column(m, ticks, 20);
	ptop_format_time(m, ticks);
}

void ptop_format_number(struct seq_file *m, ptop_wide n, u32 width)
{
	if (n)
		ptop_format_column(m, n, width);
	else
		ptop_format_none(m, width);
}
