/* SPDX-License-Identifier: GPL-2.0-only */
#ifndef UNWIND_CONFINE_H
#define UNWIND_CONFINE_H

#include "lib/tool.h"

/**
 * unwind_confine - give up all but memory and open descriptors
 *
 * No file can be opened, nobody be sent a signal: other system calls fail, and
 * no capability is left. Where the kernel has no seccomp, system calls are those
 * of a process without capabilities. False: it failed.
 */
bool unwind_confine(void);

#endif
