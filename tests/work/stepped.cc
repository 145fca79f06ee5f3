// SPDX-License-Identifier: GPL-2.0-only
/* dynamic */
/* build: -O2 -fomit-frame-pointer -foptimize-sibling-calls -fcf-protection -Wl,-z,now -static-libstdc++ -static-libgcc -Wno-array-bounds */
/* not on arm64: its stacks are frame records */
#include "stepped_main.h"
