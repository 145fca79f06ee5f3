// SPDX-License-Identifier: GPL-2.0-only
/* What the helper gives up before it reads files. */
#include <unistd.h>

#include "lib/child.h"
#include "symbols/helper.h"
#include "symbols/index.h"

#define HELPER_DATA (4ull << 30)	/* bytes of its memory */

void helper_child(int fd, pid_t tool, const struct options *o)
{
	child_begin(tool, &fd, 1);
	child_limit(RLIMIT_FSIZE, INDEX_FILE_MAX);
	child_limit(RLIMIT_DATA, HELPER_DATA);
	helper_run(CHILD_FD, o);
	_exit(TOOL_OK);
}
