// SPDX-License-Identifier: GPL-2.0-only
/* build: -Wl,-e,nest_root -Wl,--build-id=none */
#include "nest.c"
