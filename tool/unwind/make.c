// SPDX-License-Identifier: GPL-2.0-only
#define _GNU_SOURCE
#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <poll.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#include "lib/child.h"
#include "unwind/confine.h"
#include "unwind/elf.h"
#include "unwind/make.h"

/* The largest libraries take a second, of one CPU. */
#define MAKE_CPU 20		/* s */
#define MAKE_LONGEST 120	/* s by the clock */
#define MAKE_DATA (512ull << 20)	/* bytes of memory */

/* Before the table. */
struct make_head {
	u32 table_bytes;	/* 0: none */
	u32 build_id_bytes;
	u8 build_id[PERFTOP_BUILD_ID];
};

/* A file, or an image in memory. */
struct make_from {
	int fd;
	const void *image;
	size_t image_bytes;
};

/* ---- the child */

static bool make_write(int fd, const void *from, size_t bytes)
{
	while (bytes) {
		ssize_t n = write(fd, from, bytes);

		if (n < 0 && errno == EINTR)
			continue;
		if (n <= 0)
			return false;
		from = (const char *)from + n;
		bytes -= n;
	}
	return true;
}

static Elf *make_open(const struct make_from *from)
{
	char *copy;

	elf_version(EV_CURRENT);
	if (from->fd >= 0)
		return elf_begin(CHILD_FD + 1, ELF_C_READ_MMAP, NULL);
	copy = xmalloc(from->image_bytes);
	memcpy(copy, from->image, from->image_bytes);
	return elf_memory(copy, from->image_bytes);
}

__attribute__((noreturn))
static void make_child(pid_t tool, const struct make_from *from, int to)
{
	const int fd[] = { to, from->fd };
	struct make_head head = { .table_bytes = 0 };
	struct text table;
	Elf *elf;

	child_begin(tool, fd, from->fd < 0 ? 1 : 2);
	child_limit(RLIMIT_FSIZE, 0);
	child_limit(RLIMIT_CPU, MAKE_CPU);
	child_limit(RLIMIT_DATA, MAKE_DATA);
	if (!unwind_confine())
		_exit(TOOL_FAILED);
	elf = make_open(from);
	text_init(&table);
	head.build_id_bytes = unwind_elf_build_id(elf, head.build_id,
						  sizeof(head.build_id));
	if (unwind_elf(&table, elf))
		head.table_bytes = table.len;
	if (!make_write(CHILD_FD, &head, sizeof(head)) ||
	    !make_write(CHILD_FD, table.buf, head.table_bytes))
		_exit(TOOL_FAILED);
	_exit(TOOL_OK);
}

/* ---- the parent */

static s64 make_now(void)
{
	struct timespec now;

	clock_gettime(CLOCK_MONOTONIC, &now);
	return now.tv_sec * 1000ll + now.tv_nsec / 1000000;
}

static bool make_read(int fd, void *to, size_t bytes, s64 until)
{
	while (bytes) {
		struct pollfd p = { .fd = fd, .events = POLLIN };
		s64 left = until - make_now();
		ssize_t n;

		if (left <= 0)
			return false;
		if (poll(&p, 1, left) <= 0)
			continue;
		n = read(fd, to, bytes);
		if (n < 0 && errno == EINTR)
			continue;
		if (n <= 0)
			return false;
		to = (char *)to + n;
		bytes -= n;
	}
	return true;
}

static enum unwind_make make_answer(struct unwind_made *m, int fd)
{
	s64 until = make_now() + MAKE_LONGEST * 1000ll;
	struct make_head head;

	if (!make_read(fd, &head, sizeof(head), until) ||
	    head.build_id_bytes > sizeof(head.build_id) ||
	    head.table_bytes > UNWIND_TABLE_MAX)
		return UNWIND_FAILED;
	m->build_id_bytes = head.build_id_bytes;
	memcpy(m->build_id, head.build_id, sizeof(m->build_id));
	if (!head.table_bytes)
		return UNWIND_NONE;
	m->bytes.buf = xmalloc(head.table_bytes);
	m->bytes.len = head.table_bytes;
	if (!make_read(fd, m->bytes.buf, head.table_bytes, until) ||
	    !unwind_table_check(&m->table, m->bytes.buf, m->bytes.len))
		return UNWIND_FAILED;
	return UNWIND_MADE;
}

static enum unwind_make make_from(struct unwind_made *m,
				  const struct make_from *from)
{
	pid_t pid, tool = getpid();
	enum unwind_make made;
	int to[2];

	*m = (struct unwind_made) { .build_id_bytes = 0 };
	text_init(&m->bytes);
	/* Those that were held up in the kernel, if they are dead by now. */
	while (waitpid(-1, NULL, WNOHANG) > 0)
		;
	if (pipe2(to, O_CLOEXEC))
		return UNWIND_FAILED;
	pid = fork();
	if (!pid)
		make_child(tool, from, to[1]);
	close(to[1]);
	made = pid < 0 ? UNWIND_FAILED : make_answer(m, to[0]);
	close(to[0]);
	if (pid > 0) {
		kill(pid, SIGKILL);
		/* Nobody waits for one that may be held up. */
		waitpid(pid, NULL, made == UNWIND_FAILED ? WNOHANG : 0);
	}
	return made;
}

enum unwind_make unwind_make(struct unwind_made *m, int fd)
{
	return make_from(m, &(struct make_from) { .fd = fd });
}

enum unwind_make unwind_make_image(struct unwind_made *m, const void *image,
				   size_t bytes)
{
	return make_from(m, &(struct make_from) {
		.fd = -1,
		.image = image,
		.image_bytes = bytes,
	});
}

enum unwind_make unwind_make_vdso(struct unwind_made *m)
{
	FILE *maps = fopen("/proc/self/maps", "re");
	uintptr_t start = 0, end = 0;
	bool found = false;
	char line[512];

	while (maps && !found && fgets(line, sizeof(line), maps))
		found = strstr(line, "[vdso]") &&
			sscanf(line, "%" SCNxPTR "-%" SCNxPTR, &start, &end) == 2;
	if (maps)
		fclose(maps);
	return unwind_make_image(m, (const void *)start,
				 found ? end - start : 0);
}

void unwind_made_free(struct unwind_made *m)
{
	text_free(&m->bytes);
}
