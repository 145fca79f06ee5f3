/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Names of Rust's functions: the scheme v0 (RFC 2603), _R..., and the one
 * before it, _ZN...17h<hash>E, which is C++'s with a hash at the end.
 */
#ifndef RUSTNAME_H
#define RUSTNAME_H

#include <stdbool.h>

/* Of a mangled and of a plain name, with the NUL. */
#define RUSTNAME_MAX 4096

/**
 * rustname - what a name stands for, without hashes
 * @name: a symbol's, of any bytes
 * @plain: RUSTNAME_MAX bytes
 *
 * Takes at most some 10,000 steps, and no memory. False: it is none of Rust's,
 * or too long or too deep, and @plain is void.
 */
bool rustname(const char *name, char *plain);

#endif
