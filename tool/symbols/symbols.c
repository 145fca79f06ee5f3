// SPDX-License-Identifier: GPL-2.0-only
/*
 * What was looked up is kept: files by path and build id, or identity, names by
 * file and offset, since a frame is in many stacks, and in each snapshot again.
 */
#include <stdlib.h>
#include <string.h>

#include "lib/ids.h"
#include "lib/progress.h"
#include "lib/text.h"
#include "symbols/elffile.h"
#include "symbols/symbols.h"

/* The parts that a file is known by, without holes. */
struct symbols_frame {
	u64 offset;
	u32 file;
	u32 caller;
};

struct symbols_names {
	const char **name;
	u32 nr;
};

struct symbols {
	const struct options *o;
	struct ids files, frames;
	struct vec file;		/* struct elffile *, by number */
	struct vec names;		/* struct symbols_names, by number */
};

struct symbols *symbols_new(const struct options *o)
{
	struct symbols *s;

	if (o->raw)
		return NULL;
	s = xcalloc(1, sizeof(*s));
	s->o = o;
	ids_init(&s->files);
	ids_init(&s->frames);
	vec_init(&s->file, sizeof(struct elffile *));
	vec_init(&s->names, sizeof(struct symbols_names));
	elffile_init();
	return s;
}

static void symbols_forget(struct symbols_names *n)
{
	u32 k;

	for (k = 0; k < n->nr; k++)
		free((char *)n->name[k]);
	free(n->name);
	*n = (struct symbols_names) { 0 };
}

void symbols_free(struct symbols *s)
{
	u32 i;

	if (!s)
		return;
	for (i = 0; i < s->file.nr; i++)
		elffile_close(*(struct elffile **)vec_at(&s->file, i));
	for (i = 0; i < s->names.nr; i++)
		symbols_forget(vec_at(&s->names, i));
	vec_free(&s->file);
	vec_free(&s->names);
	ids_free(&s->files);
	ids_free(&s->frames);
	free(s);
}

static void symbols_progress(const struct symbols *s,
			     const struct model_object *o)
{
	struct text path;

	if (!progress_wanted())
		return;
	text_init(&path);
	text_escaped(&path, o->path, SIZE_MAX);
	text_char(&path, '\0');
	progress("names looked up: %u, in %u files, now in %s", s->names.nr,
		 s->file.nr, path.buf);
	text_free(&path);
}

static u32 symbols_file(struct symbols *s, const struct model_object *o)
{
	struct text key;
	u32 n;

	text_init(&key);
	text_bytes(&key, (const char *)o->build_id, o->build_id_bytes);
	text_char(&key, o->build_id_bytes);
	text_char(&key, o->identified);
	text_bytes(&key, (const char *)&o->as, sizeof(o->as));
	text_str(&key, o->path);
	n = ids_add(&s->files, key.buf, key.len);
	text_free(&key);
	if (n == s->file.nr) {
		symbols_progress(s, o);
		*(struct elffile **)vec_add(&s->file) =
			elffile_open(o, s->o->symfs, s->o->debug_dir);
	}
	return n;
}

static void symbols_name(void *arg, const char *name)
{
	struct symbols_names *n = arg;
	struct text t;

	text_init(&t);
	text_escaped(&t, name, SIZE_MAX);
	text_char(&t, '\0');
	n->name = xrealloc(n->name, (n->nr + 1) * sizeof(*n->name));
	n->name[n->nr++] = t.buf;
}

u32 symbols_find(struct symbols *s, const struct model *m,
		 const struct model_frame *f, bool caller,
		 const char *const **names)
{
	const struct model_object *o;
	struct symbols_frame key;
	struct symbols_names *n;
	u32 number;

	if (!f->object)
		return 0;
	o = model_object(m, f->object);
	/* Only then is it known which file it was, and where it is. */
	if ((!o->build_id_bytes && !o->identified) || o->cut || o->path[0] != '/')
		return 0;
	key = (struct symbols_frame) {
		.offset = f->offset,
		.file = symbols_file(s, o),
		.caller = caller,
	};
	number = ids_add(&s->frames, &key, sizeof(key));
	if (number == s->names.nr) {
		struct elffile *file = *(struct elffile **)vec_at(&s->file,
								  key.file);

		symbols_progress(s, o);
		n = vec_add(&s->names);
		/* A return address is that of the next instruction. */
		if (file && !elffile_find(file, f->offset - caller,
					  symbols_name, n))
			symbols_forget(n);
	}
	n = vec_at(&s->names, number);
	*names = n->name;
	return n->nr;
}
