// SPDX-License-Identifier: GPL-2.0-only
/* perftop reset, pause, resume: for all who use the module. */
#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <unistd.h>

#include "commands.h"
#include "input.h"

#define CONTROL_FILE "/proc/perftop"

static int control(const char *command)
{
	int fd = open(CONTROL_FILE, O_WRONLY | O_CLOEXEC);
	size_t len = strlen(command);

	if (fd < 0 && errno == ENOENT)
		die(TOOL_FAILED, "%s: %s: is the module loaded? (`perftop doctor` tells more)",
		    CONTROL_FILE, strerror(errno));
	if (fd < 0 && errno == EACCES)
		die(TOOL_FAILED, "%s: %s: only root may %s, as that is for all",
		    CONTROL_FILE, strerror(errno), command);
	if (fd < 0 || write(fd, command, len) != (ssize_t)len)
		die(TOOL_FAILED, "%s: %s", CONTROL_FILE, strerror(errno));
	close(fd);
	return TOOL_OK;
}

int cmd_reset(const struct options *o)
{
	(void)o;
	return control("reset");
}

int cmd_pause(const struct options *o)
{
	(void)o;
	return control("pause");
}

int cmd_resume(const struct options *o)
{
	(void)o;
	return control("resume");
}
