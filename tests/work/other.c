// SPDX-License-Identifier: GPL-2.0-only
/* again, by another name: "again exec" goes on in it. */
#include "again.c"
