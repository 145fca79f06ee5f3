// SPDX-License-Identifier: GPL-2.0-only
/*
 * privread [-u UID] [-g GID] [-w | -n] FILE: opens FILE as that user and group, with no other group, reads it (-w: opens it for writing only;
 * -n: for ioctl() only, which takes the permission for both), and prints OK or the name of the error.
 */
#include "work.h"
#include <grp.h>

int main(int argc, char **argv)
{
	int opt, fd, flags = O_RDONLY;
	uid_t uid = 0;
	gid_t gid = 0;
	char buf[4096];

	while ((opt = getopt(argc, argv, "u:g:wn")) != -1) {
		if (opt == 'u')
			uid = atoi(optarg);
		else if (opt == 'g')
			gid = atoi(optarg);
		else if (opt == 'w')
			flags = O_WRONLY;
		else if (opt == 'n')
			flags = O_ACCMODE;
		else
			return 2;
	}
	if (setgroups(0, NULL) || setresgid(gid, gid, gid) || setresuid(uid, uid, uid))
		die("drop privileges");
	fd = open(argv[optind], flags);
	if (fd < 0 || (flags == O_RDONLY && read(fd, buf, sizeof(buf)) <= 0))
		puts(strerrorname_np(errno));
	else
		puts("OK");
	return 0;
}
