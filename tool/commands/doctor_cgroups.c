// SPDX-License-Identifier: GPL-2.0-only
#define _GNU_SOURCE
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "commands/doctor.h"

void doc_cgroups(void)
{
	FILE *f = fopen(sysfiles_path("/proc/self/mountinfo"), "re");
	bool v1 = false, v2 = false;
	char *line = NULL;
	size_t room = 0;

	if (!f) {
		doc_say(UNSURE, "cgroups", "/proc/self/mountinfo can't be read");
		return;
	}
	while (getline(&line, &room, f) > 0) {
		v1 |= !!strstr(line, " - cgroup ");
		v2 |= !!strstr(line, " - cgroup2 ");
	}
	free(line);
	fclose(f);
	if (v2 && v1) {
		doc_say(OK, "cgroups", "v2 and v1 (hybrid): rows have those of v2; limits of CPU time may be v1's, and aren't shown");
	} else if (v2) {
		doc_say(OK, "cgroups", "v2");
	} else if (v1) {
		doc_say(NOTE, "cgroups", "only v1 is in use: all rows are of the root of v2");
		doc_do("boot with systemd.unified_cgroup_hierarchy=1, to see units and containers");
	} else {
		doc_say(NOTE, "cgroups", "none are mounted: rows say no unit or container");
		doc_do("mount -t cgroup2 none /sys/fs/cgroup, if that isn't on purpose");
	}
}

void doc_followed(bool followed)
{
	if (followed)
		return;
	doc_say(NOTE, "cgroups", "not followed: rows have none, or that from before a thread was moved");
	doc_do("see why: dmesg | grep perftop; modules of older versions have no cgroups");
}
