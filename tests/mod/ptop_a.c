// SPDX-License-Identifier: GPL-2.0-only
#define PTOP_NAME "ptop_a"
#define PTOP_HERE ptop_a_here
#include "ptop_pair.h"
