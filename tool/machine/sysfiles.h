/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Looking at a machine: files below a root, and what programs say of them.
 * Whatever can't be read is as if it were empty; nothing here prints.
 */
#ifndef SYSFILES_H
#define SYSFILES_H

#include <stdbool.h>
#include <stddef.h>

#define SYSFILES_TEXT 4096

/* The folder that stands for /; "" is the machine itself. */
void sysfiles_root(const char *root);
bool sysfiles_is_local(void);

/* A path below the root; good until the third call from now. */
__attribute__((format(printf, 1, 2)))
const char *sysfiles_path(const char *fmt, ...);

/*
 * The first bytes of a file, with a NUL and without the last newline. @text:
 * SYSFILES_TEXT bytes. Returns how many bytes were read, -1: it can't be.
 */
int sysfiles_read(const char *path, char *text);
/* Is it there, with white space or nothing around it? */
bool sysfiles_has_word(const char *text, const char *word);

/*
 * What a program prints, as sysfiles_read() does it; its complaints are dropped.
 * Returns its exit status, or -1: it couldn't be run or was killed.
 */
int sysfiles_run(char *text, const char *const argv[]);

#endif
