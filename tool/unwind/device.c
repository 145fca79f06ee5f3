// SPDX-License-Identifier: GPL-2.0-only
#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <sys/ioctl.h>
#include <unistd.h>

#include "lib/sha256.h"
#include "unwind/device.h"

/* More at a time aren't looked at; the others' turn comes later. */
#define DEVICE_WANTED 4096
/* As many as can be loaded, and then some. */
#define DEVICE_LOADED 65536

static int device_open(const char *device)
{
	return open(device, O_RDWR | O_CLOEXEC);
}

int unwind_device_wanted(const char *device, struct vec *wanted)
{
	struct perftop_unwind_wanted w = { .content = 0 };
	int fd = device_open(device), error = 0;
	u64 last;

	if (fd < 0)
		return errno;
	while (wanted->nr < DEVICE_WANTED) {
		last = w.content;
		if (ioctl(fd, PERFTOP_UNWIND_WANTED, &w)) {
			error = errno == ENOENT ? 0 : errno;
			break;
		}
		if (w.content == last)
			break;
		w.path[sizeof(w.path) - 1] = '\0';
		*(struct perftop_unwind_wanted *)vec_add(wanted) = w;
	}
	close(fd);
	return error;
}

static int device_load(int fd, const struct perftop_unwind_load *l)
{
	return ioctl(fd, PERFTOP_UNWIND_LOAD, l) ? errno : 0;
}

int unwind_device_load(const char *device, u64 content,
		       const struct unwind_table *t)
{
	struct perftop_unwind_load l = { .content = content };
	u8 digest[SHA256_BYTES];
	int fd, error;

	if (t) {
		sha256(t->bytes, t->len, digest);
		memcpy(l.id, digest, sizeof(l.id));
	}
	fd = device_open(device);
	if (fd < 0)
		return errno;
	error = device_load(fd, &l);
	if (t && error == ENODATA) {
		l.table = (uintptr_t)t->bytes;
		l.bytes = t->len;
		error = device_load(fd, &l);
	}
	close(fd);
	return error;
}

int unwind_device_loaded(const char *device, struct vec *loaded)
{
	struct perftop_unwind_loaded l = { .at = 0 };
	int fd = device_open(device), error = 0;

	if (fd < 0)
		return errno;
	while (loaded->nr < DEVICE_LOADED) {
		if (ioctl(fd, PERFTOP_UNWIND_LOADED, &l)) {
			error = errno == ENOENT ? 0 : errno;
			break;
		}
		l.path[sizeof(l.path) - 1] = '\0';
		*(struct perftop_unwind_loaded *)vec_add(loaded) = l;
	}
	close(fd);
	return error;
}
