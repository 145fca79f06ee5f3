// SPDX-License-Identifier: GPL-2.0-only
#define _GNU_SOURCE
#include <ctype.h>
#include <errno.h>
#include <fcntl.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

#include "machine/sysfiles.h"

#define SYSFILES_PATHS 3

static const char *sysfiles_top = "";

void sysfiles_root(const char *root)
{
	sysfiles_top = strcmp(root, "/") ? root : "";
}

bool sysfiles_is_local(void)
{
	return !*sysfiles_top;
}

const char *sysfiles_path(const char *fmt, ...)
{
	static char path[SYSFILES_PATHS][SYSFILES_TEXT];
	static unsigned int at;
	char *p = path[at++ % SYSFILES_PATHS];
	int n = snprintf(p, SYSFILES_TEXT, "%s", sysfiles_top);
	va_list ap;

	if (n < 0 || n >= SYSFILES_TEXT)
		n = SYSFILES_TEXT - 1;
	va_start(ap, fmt);
	vsnprintf(p + n, SYSFILES_TEXT - n, fmt, ap);
	va_end(ap);
	return p;
}

/* Up to the end, or as much as fits; newlines at the end become NULs. */
static int sysfiles_read_fd(int fd, char *text)
{
	int len = 0, n;

	while (len < SYSFILES_TEXT - 1) {
		n = read(fd, text + len, SYSFILES_TEXT - 1 - len);
		if (n < 0 && errno == EINTR)
			continue;
		if (n < 0 && !len)
			len = -1;
		if (n <= 0)
			break;
		len += n;
	}
	text[len < 0 ? 0 : len] = '\0';
	for (n = len; n > 0 && text[n - 1] == '\n'; n--)
		text[n - 1] = '\0';
	return len;
}

int sysfiles_read(const char *path, char *text)
{
	/* Whatever is there, it must neither block nor become our terminal. */
	int fd = open(path, O_RDONLY | O_CLOEXEC | O_NOCTTY | O_NONBLOCK), len;

	text[0] = '\0';
	if (fd < 0)
		return -1;
	len = sysfiles_read_fd(fd, text);
	close(fd);
	return len;
}

bool sysfiles_has_word(const char *text, const char *word)
{
	size_t len = strlen(word);
	const char *p = text;

	for (; (p = strstr(p, word)); p += len)
		if ((p == text || isspace((unsigned char)p[-1])) &&
		    (!p[len] || isspace((unsigned char)p[len])))
			return true;
	return false;
}

/* In the child. */
__attribute__((noreturn))
static void sysfiles_exec(int out, const char *const argv[])
{
	int null = open("/dev/null", O_RDWR);
	const char *path = getenv("PATH");
	char more[SYSFILES_TEXT];

	/* Where the programs of the administrator are, in no user's path. */
	snprintf(more, sizeof(more), "%s:/usr/sbin:/sbin:/usr/bin:/bin",
		 path ? path : "");
	setenv("PATH", more, 1);
	setenv("LC_ALL", "C", 1);
	dup2(null, STDIN_FILENO);
	dup2(out, STDOUT_FILENO);
	dup2(null, STDERR_FILENO);
	execvp(argv[0], (char *const *)argv);
	_exit(127);
}

int sysfiles_run(char *text, const char *const argv[])
{
	int fd[2], status;
	char rest[512];
	pid_t pid;

	text[0] = '\0';
	if (pipe2(fd, O_CLOEXEC))
		return -1;
	pid = fork();
	if (!pid)
		sysfiles_exec(fd[1], argv);
	close(fd[1]);
	if (pid > 0) {
		sysfiles_read_fd(fd[0], text);
		while (read(fd[0], rest, sizeof(rest)) > 0)
			;
	}
	close(fd[0]);
	if (pid < 0 || waitpid(pid, &status, 0) < 0)
		return -1;
	return WIFEXITED(status) && WEXITSTATUS(status) != 127 ?
	       WEXITSTATUS(status) : -1;
}
