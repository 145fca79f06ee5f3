/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Files of a machine below a root, and what programs say of it. What can't be
 * read is as if it were empty; nothing here prints or ends the program.
 */
#ifndef SYSFILES_H
#define SYSFILES_H

#include <stdbool.h>
#include <stddef.h>

#define SYSFILES_TEXT 4096	/* bytes that are read at most, and a NUL */

/* The folder that stands for /. */
void sysfiles_root(const char *root);
/* Is it / of this machine? */
bool sysfiles_is_local(void);

/* A path below the root; valid until the third call from now. */
__attribute__((format(printf, 1, 2)))
const char *sysfiles_path(const char *fmt, ...);

/**
 * sysfiles_read - the first bytes of a file, without newlines at the end
 * @path: as it is, of sysfiles_path() mostly
 * @text: SYSFILES_TEXT bytes; a string
 *
 * Returns how many bytes were read, -1: it can't be.
 */
int sysfiles_read(const char *path, char *text);

/* Is it in @text, with white space or nothing around it? */
bool sysfiles_has_word(const char *text, const char *word);

/**
 * sysfiles_run - what a program prints, as sysfiles_read() does it
 * @argv: its name and arguments, NULL at the end; its stderr is dropped
 *
 * Returns its exit status, -1: it couldn't be run, or was killed.
 */
int sysfiles_run(char *text, const char *const argv[]);

#endif
