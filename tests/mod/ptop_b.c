// SPDX-License-Identifier: GPL-2.0-only
#define PTOP_NAME "ptop_b"
#define PTOP_HERE ptop_b_here
#include "ptop_pair.h"
