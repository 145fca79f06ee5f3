/* SPDX-License-Identifier: GPL-2.0-only */
#ifndef UNWIND_SERVE_H
#define UNWIND_SERVE_H

/**
 * unwind_serve - give the module the tables that it wants
 *
 * It waits for them, and for a module to be loaded. Doesn't return.
 */
void unwind_serve(const char *device) __attribute__((noreturn));

#endif
