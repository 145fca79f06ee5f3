// SPDX-License-Identifier: GPL-2.0-only
/* perftop reset, pause, resume. They affect all users of the module. */
#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <unistd.h>

#include "commands/commands.h"
#include "lib/options.h"
#include "model/input.h"

static int control(const struct options *o, const char *command)
{
	int fd = open(o->device, O_WRONLY | O_CLOEXEC);
	size_t len = strlen(command);

	if (fd < 0 && (errno == ENOENT || errno == ENXIO || errno == ENODEV))
		die(TOOL_FAILED, "%s: %s: is the module loaded? (`perftop doctor` tells more)",
		    o->device, strerror(errno));
	if (fd < 0 && (errno == EACCES || errno == EPERM))
		die(TOOL_FAILED, "%s: %s: to %s takes CAP_SYS_ADMIN on the machine itself, as that is for all",
		    o->device, strerror(errno), command);
	if (fd < 0 || write(fd, command, len) != (ssize_t)len)
		die(TOOL_FAILED, "%s: %s", o->device, strerror(errno));
	close(fd);
	return TOOL_OK;
}

int cmd_reset(const struct options *o)
{
	return control(o, "reset");
}

int cmd_pause(const struct options *o)
{
	return control(o, "pause");
}

int cmd_resume(const struct options *o)
{
	return control(o, "resume");
}
