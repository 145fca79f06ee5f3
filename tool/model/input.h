/* SPDX-License-Identifier: GPL-2.0-only */
/* Where snapshots come from: the device, or a file. Errors end the program. */
#ifndef INPUT_H
#define INPUT_H

#include "lib/options.h"
#include "model/model.h"

struct input {
	const char *name;
	int fd;
	bool device;		/* each snapshot is a new open(2) of it */
	bool limits;		/* the device's snapshots are to have them */
	struct reader reader;
};

/* Open -i FILE or the device. */
void input_open(struct input *in, const struct options *o);
/* Open a file; "-" is standard input. */
void input_open_file(struct input *in, const char *name);
void input_close(struct input *in);

/* The next snapshot, to be freed. NULL: a file has no more. */
struct model *input_next(struct input *in);
/* The last one of a file, a new one of the device; to be freed. Never NULL. */
struct model *input_last(struct input *in);

/**
 * input_device - open the device
 * @flags: as of open(2)
 *
 * Returns the descriptor, or dies and says what may be the reason.
 */
int input_device(const char *path, int flags);

#endif
