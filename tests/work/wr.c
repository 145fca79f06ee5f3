// SPDX-License-Identifier: GPL-2.0-only
/* wr FILE: all of stdin (up to 1 MiB, maybe nothing) in one write; prints OK, the name of the error, or how much was taken. */
#include "work.h"

int main(int argc, char **argv)
{
	static char buf[1 << 20];
	size_t len = 0;
	ssize_t n;
	int fd;

	if (argc != 2)
		return 2;
	while (len < sizeof(buf) && (n = read(0, buf + len, sizeof(buf) - len)) > 0)
		len += n;
	fd = open(argv[1], O_WRONLY);
	if (fd < 0) {
		puts(strerrorname_np(errno));
		return 1;
	}
	n = write(fd, buf, len);
	if (n < 0)
		puts(strerrorname_np(errno));
	else if ((size_t)n == len)
		puts("OK");
	else
		printf("%zd of %zu\n", n, len);
	return n != (ssize_t)len;
}
