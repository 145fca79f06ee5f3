/* SPDX-License-Identifier: GPL-2.0-only */
/* Where snapshots come from: the device, or a file. Errors end the program. */
#ifndef INPUT_H
#define INPUT_H

#include "lib/options.h"
#include "model/model.h"

struct input {
	const char *name;
	int fd;
	bool device;		/* each snapshot is a new open of it */
	struct reader reader;
};

/* Open -i FILE or the device; what's wrong with the latter is explained. */
void input_open(struct input *in, const struct options *o);
void input_open_file(struct input *in, const char *name);
void input_close(struct input *in);

/* The next snapshot. NULL: a file has no more of them. */
struct model *input_next(struct input *in);
/* The last one; there's always one. */
struct model *input_last(struct input *in);

/* Open the device, or die with an explanation. @flags: as of open(2) */
int input_device(const char *path, int flags);

#endif
