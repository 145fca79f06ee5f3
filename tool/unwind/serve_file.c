// SPDX-License-Identifier: GPL-2.0-only
#include <errno.h>
#include <poll.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/wait.h>
#include <unistd.h>

#include "lib/text.h"
#include "unwind/device.h"
#include "unwind/find.h"
#include "unwind/serve_file.h"

/* Longer than the child takes for one that it reads (make.c). */
#define SERVE_LONGEST (180 * 1000)	/* ms */

/* A path is what a user wants it to be. */
static void serve_warn(const struct perftop_unwind_wanted *w, const char *what,
		       int error)
{
	struct text path;

	text_init(&path);
	text_escaped(&path, w->path, sizeof(w->path));
	text_char(&path, '\0');
	warn("%s: %s: %s", path.buf, what, strerror(error));
	text_free(&path);
}

/* An error that is of the module, and not of the table. */
static bool serve_module_gone(int error)
{
	return error == ENOENT || error == ENXIO || error == ENODEV ||
	       error == ESTALE;
}

void serve_none(const char *device, const struct perftop_unwind_wanted *w)
{
	int error = unwind_device_load(device, w->content, NULL);

	if (error && !serve_module_gone(error))
		serve_warn(w, "the module can't be told that it has no table", error);
}

static enum serve_file serve_load(const char *device,
				  const struct perftop_unwind_wanted *w,
				  const struct unwind_table *t)
{
	int error = unwind_device_load(device, w->content, t);

	if (!error || serve_module_gone(error))
		return SERVE_DONE;
	if (error == ENOSPC)
		return SERVE_FULL;
	serve_warn(w, "the module doesn't take its table", error);
	/* It would be wanted for ever. */
	if (error == E2BIG || error == EINVAL) {
		serve_none(device, w);
		return SERVE_DONE;
	}
	return SERVE_LATER;
}

static enum serve_file serve_find(const char *device,
				  const struct perftop_unwind_wanted *w)
{
	struct unwind_found f;

	switch (unwind_find(&f, w)) {
	case UNWIND_FOUND:
		return serve_load(device, w, &f.table);
	case UNWIND_FOUND_NONE:
		serve_none(device, w);
		return SERVE_DONE;
	case UNWIND_NOT_READ:
		return SERVE_LOST;
	case UNWIND_NOT_OPENED:
		break;
	}
	return SERVE_LATER;
}

__attribute__((noreturn))
static void serve_child(pid_t tool, const char *device,
			const struct perftop_unwind_wanted *w, int to)
{
	char code;

	prctl(PR_SET_PDEATHSIG, SIGKILL);
	if (getppid() != tool)
		_exit(TOOL_FAILED);
	code = serve_find(device, w);
	_exit(write(to, &code, 1) == 1 ? TOOL_OK : TOOL_FAILED);
}

/* What the child says before its end; or it is ended. */
static enum serve_file serve_wait(pid_t pid, int from)
{
	struct pollfd p = { .fd = from, .events = POLLIN };
	bool there = poll(&p, 1, SERVE_LONGEST) > 0;
	enum serve_file result = SERVE_LOST;
	char code;

	if (there && read(from, &code, 1) == 1)
		result = code;
	kill(pid, SIGKILL);
	/* Nobody waits for one that is held up in the kernel. */
	waitpid(pid, NULL, there ? 0 : WNOHANG);
	return result;
}

enum serve_file serve_file(const char *device,
			   const struct perftop_unwind_wanted *w)
{
	enum serve_file result = SERVE_LATER;
	pid_t pid, tool = getpid();
	int fd[2];

	/* Those that were held up, if they are dead by now. */
	while (waitpid(-1, NULL, WNOHANG) > 0)
		;
	if (pipe(fd))
		return result;
	pid = fork();
	if (!pid) {
		close(fd[0]);
		serve_child(tool, device, w, fd[1]);
	}
	close(fd[1]);
	if (pid > 0)
		result = serve_wait(pid, fd[0]);
	close(fd[0]);
	return result;
}
