/* SPDX-License-Identifier: GPL-2.0-only */
#ifndef DEMANGLE_H
#define DEMANGLE_H

/* Call @found with a symbol's name as it is in the source: C++ and Rust. */
void demangle(const char *name, void (*found)(void *arg, const char *name),
	      void *arg);

#endif
