/* SPDX-License-Identifier: GPL-2.0-only */
#ifndef SHA256_H
#define SHA256_H

#include "lib/tool.h"

#define SHA256_BYTES 32

void sha256(const void *data, size_t bytes, u8 digest[SHA256_BYTES]);

#endif
