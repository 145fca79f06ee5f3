/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * A line on the terminal that says what takes long, and how far it is. It
 * appears after a second, changes a few times a second, and is erased in the
 * end.
 *
 * There is none before progress_enable(), none if stderr isn't a terminal, and
 * none any more once something was written to a pipe: the program that reads it
 * may use the same terminal (a pager).
 */
#ifndef PROGRESS_H
#define PROGRESS_H

#include "lib/tool.h"

void progress_enable(void);

/* Can there be a line? If not, the caller can save the work for its text. */
bool progress_wanted(void);

/* Set the text of the line. Names that aren't ours must be escaped. */
void progress(const char *fmt, ...) __attribute__((format(printf, 1, 2)));

/* What took long is over. */
void progress_end(void);

/* @nr of @of rows have been printed; the line says so, too. */
void progress_rows(u64 nr, u64 of);

/**
 * progress_hide - erase the line, as something else is about to be written
 * @fd: where that goes; stderr, standard output or a file
 * @whole: it ends with a newline, so the line may come back after it
 */
void progress_hide(int fd, bool whole);

#endif
