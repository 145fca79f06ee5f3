/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Open the file of an object: at its path, or as a process has it. Regular
 * files only, and none of the kernel's (/proc, /sys): nothing else is opened, as
 * that may block, or do things.
 */
#ifndef OPENFILE_H
#define OPENFILE_H

#include "model/model.h"

/**
 * openfile_fn - is this the file?
 * @fd: it's the callee's from now on
 */
typedef bool openfile_fn(void *arg, const struct model_object *o, int fd);

/* The file at a path, to be read; below 0: there's none. */
int openfile(const char *path);

/* At its path. @symfs: a folder that is put before it, or NULL */
bool openfile_own(const struct model_object *o, const char *symfs,
		  openfile_fn *is, void *arg);

/*
 * As a process has it mapped, which needs CAP_SYS_ADMIN or
 * CAP_CHECKPOINT_RESTORE; or else at its path in the root of the process.
 */
bool openfile_process(const struct model_object *o, u32 pid, openfile_fn *is,
		      void *arg);

/*
 * A file below a root directory, as for a process that has that root: symlinks
 * stay below it. @flags: O_NOFOLLOW or 0. Below 0: there's none.
 */
int openfile_below(int root, const char *path, int flags);

#endif
