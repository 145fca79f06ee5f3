// SPDX-License-Identifier: GPL-2.0-only
#define _GNU_SOURCE
#include <inttypes.h>
#include <linux/fs.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/ioctl.h>
#include <sys/mman.h>

#include "symbols/identity.h"

/* Does this line of /proc/self/maps, of the mapping at @at, have them? */
static bool identity_line(const char *line, uintptr_t at,
			  const struct model_identity *as, bool *is)
{
	uintptr_t start, end;
	unsigned int major, minor;
	u64 inode;

	if (sscanf(line, "%" SCNxPTR "-%" SCNxPTR " %*s %*s %x:%x %llu",
		   &start, &end, &major, &minor, &inode) != 5 ||
	    at < start || at >= end)
		return false;
	*is = major == as->major && minor == as->minor && inode == as->inode;
	return true;
}

/*
 * Device and inode are those that /proc/PID/maps has of a mapping. stat(2) may
 * have others, as on btrfs and overlayfs; so the file is mapped here, too.
 */
static bool identity_mapped(int fd, const struct model_identity *as)
{
	void *at = mmap(NULL, 1, PROT_READ, MAP_PRIVATE, fd, 0);
	FILE *maps = fopen("/proc/self/maps", "re");
	bool is = false;
	char *line = NULL;
	size_t room = 0;

	while (at != MAP_FAILED && maps && getline(&line, &room, maps) > 0)
		if (identity_line(line, (uintptr_t)at, as, &is))
			break;
	free(line);
	if (maps)
		fclose(maps);
	if (at != MAP_FAILED)
		munmap(at, 1);
	return is;
}

/* Not all file systems tell. It is an int there, whatever the call's number says. */
static bool identity_generation(int fd, u32 generation)
{
	union {
		u32 generation;
		long room;
	} of = { 0 };

	return ioctl(fd, FS_IOC_GETVERSION, &of) ||
	       of.generation == generation;
}

bool identity_is(int fd, const struct stat *st, const struct model_object *o)
{
	const struct model_identity *as = &o->as;

	return o->identified && (u64)st->st_size == as->size &&
	       (u64)st->st_ctim.tv_sec == as->ctime &&
	       (u64)st->st_ctim.tv_nsec == as->ctime_ns &&
	       identity_generation(fd, as->generation) &&
	       identity_mapped(fd, as);
}

void identity_name(struct text *t, const struct model_object *o)
{
	u32 i;

	for (i = 0; i < o->build_id_bytes; i++)
		text_printf(t, "%02x", o->build_id[i]);
	if (!o->build_id_bytes)
		text_printf(t, "%x-%x-%llx-%x-%llx-%llx-%x", o->as.major,
			    o->as.minor, o->as.inode, o->as.generation,
			    o->as.size, o->as.ctime, o->as.ctime_ns);
	text_char(t, '\0');
}
