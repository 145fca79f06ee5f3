// SPDX-License-Identifier: GPL-2.0-only
/* build: -fomit-frame-pointer -DNEST_NO_FRAMES */
#include "nest.c"
