/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * A line on the terminal about what takes long, and how far it is. It comes
 * after a second, changes a few times a second, and is taken away in the end.
 * There's none if standard error isn't a terminal, none before
 * progress_enable(), and none any more once standard output is in a pipe and
 * somebody reads there, who may write to the same terminal.
 */
#ifndef PROGRESS_H
#define PROGRESS_H

#include "lib/tool.h"

void progress_enable(void);
/* Is it worth to find out what to say? */
bool progress_wanted(void);
/* What is done now. Names that are not ours must be escaped. */
void progress(const char *fmt, ...) __attribute__((format(printf, 1, 2)));
/* That is over. */
void progress_end(void);

/* Rows that are shown: so many are, of so many. progress() says so, too. */
void progress_rows(u64 nr, u64 of);

/*
 * Somebody else writes to standard error, or, as @fd says, to standard output
 * or a file: the line goes out of the way. It comes again with the next
 * progress(), if what was written is @whole lines.
 */
void progress_hide(int fd, bool whole);

#endif
