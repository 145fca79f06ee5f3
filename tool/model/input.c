// SPDX-License-Identifier: GPL-2.0-only
#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "model/input.h"

int input_device(const char *path, int flags)
{
	int fd = open(path, flags | O_CLOEXEC);

	if (fd >= 0)
		return fd;
	if (errno == ENOENT || errno == ENXIO || errno == ENODEV)
		die(TOOL_FAILED, "%s: %s: is the module loaded? (`perftop doctor` tells more)",
		    path, strerror(errno));
	if (errno == EACCES || errno == EPERM)
		die(TOOL_FAILED, "%s: %s: it takes CAP_PERFMON, or to be a member of the group perftop outside of containers",
		    path, strerror(errno));
	die(TOOL_FAILED, "%s: %s", path, strerror(errno));
}

void input_open_file(struct input *in, const char *name)
{
	struct stat st;

	*in = (struct input) { .name = name };
	if (!strcmp(name, "-")) {
		in->name = "standard input";
		in->fd = STDIN_FILENO;
	} else {
		in->fd = open(name, O_RDONLY | O_CLOEXEC);
		if (in->fd < 0)
			die(TOOL_FAILED, "%s: %s", name, strerror(errno));
	}
	reader_init_fd(&in->reader, in->fd);
	if (!fstat(in->fd, &st) && S_ISREG(st.st_mode))
		in->reader.size = st.st_size;
}

void input_open(struct input *in, const struct options *o)
{
	if (o->input) {
		input_open_file(in, o->input);
		return;
	}
	*in = (struct input) {
		.name = o->device,
		.fd = input_device(o->device, O_RDONLY),
		.device = true,
	};
	reader_init_fd(&in->reader, in->fd);
}

void input_close(struct input *in)
{
	reader_destroy(&in->reader);
	if (in->fd > STDIN_FILENO)
		close(in->fd);
	in->fd = -1;
}

/* Each snapshot of the device takes another open(2). */
static void input_again(struct input *in)
{
	input_close(in);
	in->fd = input_device(in->name, O_RDONLY);
	reader_init_fd(&in->reader, in->fd);
}

struct model *input_next(struct input *in)
{
	struct model *m;

	if (in->device && in->reader.next)
		input_again(in);
	m = model_read(&in->reader);
	if (m) {
		m->live = in->device;
		if (in->device && in->limits)
			model_limits_read(m);
		return m;
	}
	if (in->reader.error[0])
		die(TOOL_BAD_INPUT, "%s: %s", in->name, in->reader.error);
	if (!in->reader.next)
		die(TOOL_BAD_INPUT, "%s: empty", in->name);
	return NULL;
}

struct model *input_last(struct input *in)
{
	struct model *m = input_next(in), *next;

	/* The device has one at a time. */
	while (!in->device && (next = input_next(in))) {
		model_free(m);
		m = next;
	}
	return m;
}
