// SPDX-License-Identifier: GPL-2.0-only
/* open FILE: reads it without waiting for others; prints "read" or the error's name. */
#include "work.h"

static int failed(void)
{
	printf("%s\n", strerrorname_np(errno));
	return 1;
}

int main(int argc, char **argv)
{
	int fd = open(argc > 1 ? argv[1] : "", O_RDONLY | O_NONBLOCK);
	char buf[4096];
	ssize_t n;

	if (fd < 0)
		return failed();
	do {
		n = read(fd, buf, sizeof(buf));
	} while (n > 0);
	if (n < 0)
		return failed();
	printf("read\n");
	return 0;
}
