// SPDX-License-Identifier: GPL-2.0-only
/* The helper's side: it has the files. What comes from the tool is believed. */
#include <errno.h>
#include <limits.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include "symbols/demangle.h"
#include "symbols/elffile.h"
#include "symbols/helper.h"
#include "symbols/index.h"
#include "symbols/mapfile.h"
#include "symbols/openfile.h"

/* One of them, or none: it isn't open. */
struct helper_file {
	struct elffile *elf;
	struct index index;
	bool indexed;
	struct mapfile *map;
	u64 used;		/* the map: a number that goes up */
};

/* Maps of processes' code that are kept at a time. */
#define HELPER_MAPS 64

struct helper_files {
	const struct options *o;
	struct helper_file *file;	/* by number */
	u32 nr;
	u64 uses;
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

static void helper_close(struct helper_file *f)
{
	elffile_close(f->elf);
	if (f->indexed)
		index_free(&f->index);
	mapfile_free(f->map);
	*f = (struct helper_file) { 0 };
}

struct helper_opening {
	const struct helper_files *files;
	struct helper_file *f;
};

/* Is it that one? */
static bool helper_opened(void *arg, const struct model_object *o, int fd)
{
	struct helper_opening *opening = arg;

	opening->f->elf = elffile_open(o, fd, opening->files->o->debug_dir);
	return opening->f->elf;
}

struct helper_saving {
	const struct model_object *o;
	struct text text;
	bool whole;
};

static void helper_symbols(void *arg, const struct symtab *symbols)
{
	struct helper_saving *saving = arg;

	saving->whole = index_write(&saving->text, saving->o, symbols);
}

/* For when nobody has the file any more. */
static void helper_save(struct elffile *elf, const struct model_object *o)
{
	struct helper_saving saving = { .o = o };
	struct index there;

	if (!elffile_believed(elf))
		return;
	/* That says it was used, too. */
	if (index_load(&there, o)) {
		index_free(&there);
		return;
	}
	text_init(&saving.text);
	if (elffile_symbols(elf, helper_symbols, &saving) && saving.whole)
		index_save(o, &saving.text);
	text_free(&saving.text);
}

static void helper_open_kind(struct helper_files *files,
			     struct helper_file *f, const struct wire_ask *ask,
			     const struct model_object *o)
{
	struct helper_opening opening = { .files = files, .f = f };
	u32 i;

	switch (ask->kind) {
	case WIRE_OWN:
		openfile_own(o, files->o->symfs, helper_opened, &opening);
		break;
	case WIRE_PROCESS:
		for (i = 0; !f->elf && i < ask->pids; i++)
			openfile_process(o, ask->pid[i], helper_opened, &opening);
		if (f->elf)
			helper_save(f->elf, o);
		break;
	case WIRE_INDEX:
		f->indexed = index_load(&f->index, o);
		break;
	}
}

static struct helper_file *helper_file(struct helper_files *files, u32 number)
{
	while (files->nr <= number) {
		files->file = xrealloc(files->file, (files->nr + 1ull) *
				       sizeof(*files->file));
		files->file[files->nr++] = (struct helper_file) { 0 };
	}
	return &files->file[number];
}

static bool helper_open_file(struct helper_files *files,
			     const struct wire_ask *ask, const char *path)
{
	struct helper_file *f;
	struct model_object o = {
		.path = path,
		.build_id_bytes = ask->build_id_bytes,
		.identified = ask->identified,
		.as = ask->as,
	};

	memcpy(o.build_id, ask->build_id, sizeof(o.build_id));
	f = helper_file(files, ask->file);
	helper_close(f);
	helper_open_kind(files, f, ask, &o);
	return f->elf || f->indexed;
}

/* Room for one more map: what wasn't asked for the longest time goes. */
static void helper_map_room(struct helper_files *files)
{
	struct helper_file *oldest = NULL;
	u32 i, maps = 0;

	for (i = 0; i < files->nr; i++) {
		struct helper_file *f = &files->file[i];

		if (!f->map)
			continue;
		maps++;
		if (!oldest || f->used < oldest->used)
			oldest = f;
	}
	if (maps >= HELPER_MAPS)
		helper_close(oldest);
}

static enum mapfile_is helper_read_code(struct helper_files *files,
					const struct wire_ask *ask)
{
	struct helper_file *f = helper_file(files, ask->file);

	if (!f->map && ask->code.runs)
		helper_map_room(files);
	f->used = ++files->uses;
	return mapfile_read(&f->map, &ask->code);
}

struct helper_names {
	struct text text;
	u32 nr;
	bool lines;
};

static void helper_function(void *arg, const struct function *f)
{
	struct helper_names *names = arg;

	if (names->nr++ < WIRE_NAMES && names->text.len <= WIRE_MAX)
		wire_put(&names->text, f, names->lines);
}

static void helper_name(void *arg, const char *name)
{
	helper_function(arg, &(struct function) { .name = name });
}

static bool helper_find_indexed(const struct helper_file *f, u64 offset,
				struct helper_names *names)
{
	const char *name;
	u64 addr;

	if (!symtab_addr(&f->index.symbols, offset, &addr))
		return false;
	name = symtab_find(&f->index.symbols, addr);
	if (name)
		demangle(name, helper_name, names);
	return name;
}

static bool helper_find_code(const struct helper_file *f, u64 addr,
			     struct helper_names *names)
{
	const char *name = mapfile_find(f->map, addr);

	if (name)
		helper_name(names, name);
	return name;
}

static bool helper_find_in(const struct helper_file *f, u64 offset,
			   struct helper_names *names)
{
	if (f->elf)
		return elffile_find(f->elf, offset, names->lines,
				    helper_function, names);
	if (f->map)
		return helper_find_code(f, offset, names);
	return helper_find_indexed(f, offset, names);
}

static void helper_find_names(struct helper_files *files,
			      const struct wire_ask *ask,
			      struct helper_names *names)
{
	struct helper_file *f = ask->file < files->nr ?
		&files->file[ask->file] : NULL;

	if (f && helper_find_in(f, ask->offset, names) &&
	    names->nr <= WIRE_NAMES && names->text.len <= WIRE_MAX)
		return;
	names->nr = 0;
	names->text.len = 0;
}

static bool helper_answer(int fd, struct helper_files *files,
			  const struct wire_ask *ask, const char *path)
{
	struct wire_answer answer = { 0 };
	struct helper_names names = { .lines = files->o->lines };
	bool sent;

	text_init(&names.text);
	if (ask->kind == WIRE_FIND) {
		helper_find_names(files, ask, &names);
		answer.nr = names.nr;
		answer.bytes = names.text.len;
	} else if (ask->kind == WIRE_CODE) {
		answer.nr = helper_read_code(files, ask);
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
		helper_close(&files.file[i]);
	free(files.file);
}
