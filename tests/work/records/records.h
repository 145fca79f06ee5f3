/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Inside records: what its files share. Whatever is wrong with a record ends the program (wrong(), work.h).
 *
 * data: all that was read, a sequence of records as uapi/perftop.h has them.
 */
#ifndef RECORDS_H
#define RECORDS_H

#include "../work.h"
#include "../../../src/uapi/perftop_unwind.h"

#define DEVICE "/dev/perftop"
#define NUMBER(x) ((unsigned long long)(x))

/* ---- main.c */

extern unsigned char *data;
extern size_t size;

/* The record at that offset of data, whose length is checked. */
const struct perftop_record *at(size_t off);

/* for each_record(rec): all of data */
#define each_record(rec)							\
	(size_t off_ = 0; off_ < size && ((rec) = at(off_)); off_ += (rec)->bytes)

/* ---- check.c */

/* A snapshot is whole, and each byte of it is what it should be. */
void check(void);
/* All @bytes are zero. */
void zero(const void *from, size_t bytes, const char *what);
/* A string in an array: zero after its end. */
void string(const char *s, size_t room, const char *what);
/* A string up to the end of its record. */
void last_string(const struct perftop_record *rec, const char *s, const char *what);

/* ---- rows.c */

/* Prints what a snapshot has, one line for each thing. */
void rows(void);

/* ---- device.c */

/* Prints events until @text is in the path of an exec. */
void events(const char *text);
/* What the device can do. */
void api(void);

#endif
