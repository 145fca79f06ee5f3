/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Text from user space. Bytes that could break a line or a parser are shown as
 * \xNN.
 */
#ifndef PTOP_TEXT_H
#define PTOP_TEXT_H

#include <linux/ctype.h>
#include <linux/types.h>

static inline bool ptop_text_plain(u8 c)
{
	return isascii(c) && isprint(c) && c != '\\' && c != ';';
}

#endif
