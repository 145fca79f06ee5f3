// SPDX-License-Identifier: GPL-2.0-only
/*
 * deep LENGTH PROGRAM: executes a copy of PROGRAM that is so deep below the folder where it is started that its path has LENGTH bytes more
 * than that folder's, or up to 200 more than that.
 */
#include "work.h"
#include <sys/stat.h>

#define NAME 199	/* of a folder; and the / after it */

static void copy(const char *from, const char *to)
{
	static char buf[1 << 16];
	int in = open(from, O_RDONLY), out = open(to, O_WRONLY | O_CREAT | O_EXCL, 0755);
	ssize_t n;

	while ((n = read(in, buf, sizeof(buf))) > 0)
		if (write(out, buf, n) != n)
			die("write %s", to);
	if (n < 0)
		die("read %s", from);
	close(in);
	close(out);
}

int main(int argc, char **argv)
{
	char name[NAME + 1];

	if (argc != 3)
		wrong("usage: deep LENGTH PROGRAM");
	for (int n = atoi(argv[1]) / (NAME + 1) + 1; n; n--) {
		snprintf(name, sizeof(name), "%0*d", NAME, n);
		if (mkdir(name, 0755) || chdir(name))
			die("mkdir, chdir");
	}
	copy(argv[2], "program");
	execl("./program", "program", (char *)NULL);
	die("exec");
}
