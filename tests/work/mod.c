// SPDX-License-Identifier: GPL-2.0-only
/* mod ins FILE [PARAMETERS...] | mod rm NAME: prints OK or the name of the error. */
#include "work.h"

int main(int argc, char **argv)
{
	char params[4096] = "";
	long ret;

	if (argc < 3)
		return 2;
	if (!strcmp(argv[1], "ins")) {
		int fd = open(argv[2], O_RDONLY);

		if (fd < 0)
			die("%s", argv[2]);
		for (int i = 3; i < argc; i++) {
			strcat(params, argv[i]);
			strcat(params, " ");
		}
		ret = syscall(SYS_finit_module, fd, params, 0);
	} else {
		ret = syscall(SYS_delete_module, argv[2], O_NONBLOCK);
	}
	puts(ret ? strerrorname_np(errno) : "OK");
	return ret ? 1 : 0;
}
