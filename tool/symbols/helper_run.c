// SPDX-License-Identifier: GPL-2.0-only
/* The helper's side: it has the files. What comes from the tool is believed. */
#include <errno.h>
#include <limits.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include "symbols/elffile.h"
#include "symbols/helper.h"
#include "symbols/openfile.h"

struct helper_files {
	const struct options *o;
	struct elffile **file;	/* by number; NULL: not open */
	u32 nr;
};

static bool helper_receive(int fd, void *to, size_t bytes)
{
	ssize_t n;

	while (bytes) {
		n = recv(fd, to, bytes, 0);
		if (n < 0 && errno == EINTR)
			continue;
		if (n <= 0)
			return false;
		to = (char *)to + n;
		bytes -= n;
	}
	return true;
}

static bool helper_send(int fd, const void *from, size_t bytes)
{
	ssize_t n;

	while (bytes) {
		n = send(fd, from, bytes, MSG_NOSIGNAL);
		if (n < 0 && errno == EINTR)
			continue;
		if (n <= 0)
			return false;
		from = (const char *)from + n;
		bytes -= n;
	}
	return true;
}

struct helper_opening {
	const struct helper_files *files;
	struct elffile *f;
};

/* Is it that one? */
static bool helper_opened(void *arg, const struct model_object *o, int fd,
			  bool foreign)
{
	struct helper_opening *opening = arg;

	opening->f = elffile_open(o, fd, opening->files->o->debug_dir, foreign);
	return opening->f;
}

static u32 helper_open_file(struct helper_files *files,
			    const struct wire_ask *ask, const char *path)
{
	struct helper_opening opening = { .files = files };
	struct model_object o = {
		.path = path,
		.build_id_bytes = ask->build_id_bytes,
		.identified = ask->identified,
		.as = ask->as,
	};
	u32 i;

	memcpy(o.build_id, ask->build_id, sizeof(o.build_id));
	while (files->nr <= ask->file) {
		files->file = xrealloc(files->file, ++files->nr * sizeof(*files->file));
		files->file[files->nr - 1] = NULL;
	}
	elffile_close(files->file[ask->file]);
	files->file[ask->file] = NULL;
	if (ask->kind == WIRE_OWN)
		openfile_own(&o, files->o->symfs, helper_opened, &opening);
	for (i = 0; ask->kind == WIRE_PROCESS && !opening.f && i < ask->pids; i++)
		openfile_process(&o, ask->pid[i], helper_opened, &opening);
	files->file[ask->file] = opening.f;
	return opening.f ? 1 : 0;
}

struct helper_names {
	struct text text;
	u32 nr;
};

static void helper_name(void *arg, const char *name)
{
	struct helper_names *names = arg;

	if (names->nr++ < WIRE_NAMES && names->text.len <= WIRE_MAX)
		text_bytes(&names->text, name, strlen(name) + 1);
}

static void helper_find_names(struct helper_files *files,
			      const struct wire_ask *ask,
			      struct helper_names *names)
{
	struct elffile *f = ask->file < files->nr ? files->file[ask->file] : NULL;

	if (f && elffile_find(f, ask->offset, helper_name, names) &&
	    names->nr <= WIRE_NAMES && names->text.len <= WIRE_MAX)
		return;
	names->nr = 0;
	names->text.len = 0;
}

static bool helper_answer(int fd, struct helper_files *files,
			  const struct wire_ask *ask, const char *path)
{
	struct wire_answer answer = { 0 };
	struct helper_names names = { 0 };
	bool sent;

	text_init(&names.text);
	if (ask->kind == WIRE_FIND) {
		helper_find_names(files, ask, &names);
		answer.nr = names.nr;
		answer.bytes = names.text.len;
	} else {
		answer.nr = helper_open_file(files, ask, path);
	}
	sent = helper_send(fd, &answer, sizeof(answer)) &&
	       helper_send(fd, names.text.buf, answer.bytes);
	text_free(&names.text);
	return sent;
}

void helper_run(int fd, const struct options *o)
{
	struct helper_files files = { .o = o };
	struct wire_ask ask;
	char path[PATH_MAX];
	u32 i;

	elffile_init();
	while (helper_receive(fd, &ask, sizeof(ask)) &&
	       ask.path_bytes <= sizeof(path) &&
	       helper_receive(fd, path, ask.path_bytes) &&
	       helper_answer(fd, &files, &ask, path))
		;
	for (i = 0; i < files.nr; i++)
		elffile_close(files.file[i]);
	free(files.file);
}
