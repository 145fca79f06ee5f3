// SPDX-License-Identifier: GPL-2.0-only
/*
 * What was looked up is kept: names by file and offset, since a frame is in many
 * stacks, and in each snapshot again.
 */
#include <stdlib.h>
#include <string.h>

#include "lib/ids.h"
#include "lib/progress.h"
#include "lib/text.h"
#include "symbols/fileset.h"
#include "symbols/symbols.h"

/* Bytes of all names. Whoever makes a file says how long its names are. */
#define SYMBOLS_MAX (256u << 20)

/* The parts that a file is known by, without holes. */
struct symbols_frame {
	u64 offset;
	u32 file;
	u32 caller;
};

struct symbols_names {
	struct function *function;
	u32 nr;
	bool looked;		/* up: there won't be more */
	u32 version;		/* of a map, when it was; 0: it wasn't */
};

struct symbols {
	const struct options *o;
	struct fileset *files;
	struct ids frames;
	struct vec names;		/* struct symbols_names, by number */
	struct vec old;			/* memory of names that aren't right any more */
	u64 bytes;			/* of them */
};

struct symbols *symbols_new(const struct options *o)
{
	struct symbols *s;

	if (o->raw)
		return NULL;
	s = xcalloc(1, sizeof(*s));
	s->o = o;
	s->files = fileset_new(o);
	ids_init(&s->frames);
	vec_init(&s->names, sizeof(struct symbols_names));
	vec_init(&s->old, sizeof(void *));
	return s;
}

void symbols_free(struct symbols *s)
{
	u32 i, k;

	if (!s)
		return;
	for (i = 0; i < s->names.nr; i++) {
		struct symbols_names *n = vec_at(&s->names, i);

		for (k = 0; k < n->nr; k++) {
			free((char *)n->function[k].name);
			free((char *)n->function[k].file);
		}
		free(n->function);
	}
	vec_free(&s->names);
	for (i = 0; i < s->old.nr; i++)
		free(*(void **)vec_at(&s->old, i));
	vec_free(&s->old);
	fileset_free(s->files);
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
		 fileset_files(s->files), path.buf);
	text_free(&path);
}

static const char *symbols_escaped(const char *s)
{
	struct text t;

	text_init(&t);
	text_escaped(&t, s, SIZE_MAX);
	text_char(&t, '\0');
	return t.buf;
}

static void symbols_function(void *arg, const struct function *f)
{
	struct symbols_names *n = arg;

	n->function = xrealloc(n->function, (n->nr + 1) *
			       sizeof(*n->function));
	n->function[n->nr++] = (struct function) {
		.name = symbols_escaped(f->name),
		.file = f->file ? symbols_escaped(f->file) : NULL,
		.line = f->line,
	};
}

static void symbols_look(struct symbols *s, struct symbols_names *n, u32 file,
			 u64 offset)
{
	u32 i;

	if (s->bytes < SYMBOLS_MAX)
		fileset_find(s->files, file, offset, symbols_function, n);
	for (i = 0; i < n->nr; i++) {
		s->bytes += strlen(n->function[i].name);
		if (n->function[i].file)
			s->bytes += strlen(n->function[i].file);
	}
}

static struct symbols_names *symbols_at(struct symbols *s, u32 file,
					u64 offset, bool caller)
{
	const struct symbols_frame key = {
		.offset = offset,
		.file = file,
		.caller = caller,
	};
	u32 number = ids_add(&s->frames, &key, sizeof(key));

	return number == s->names.nr ? vec_add(&s->names) :
	       vec_at(&s->names, number);
}

static void symbols_keep_old(struct symbols *s, const void *memory)
{
	*(const void **)vec_add(&s->old) = memory;
}

/* Once more, as the map is another one. Names that were given out stay. */
static void symbols_look_again(struct symbols *s, struct symbols_names *n,
			       u32 file, u64 addr)
{
	struct symbols_names now = { .version = n->version };

	symbols_look(s, &now, file, addr);
	/* A map has one name for an address. */
	if (now.nr == 1 && n->nr == 1 &&
	    !strcmp(now.function->name, n->function->name)) {
		s->bytes -= strlen(now.function->name);
		free((char *)now.function->name);
		free(now.function);
		return;
	}
	if (n->nr)
		symbols_keep_old(s, n->function->name);
	if (n->function)
		symbols_keep_old(s, n->function);
	*n = now;
}

/* Code without a file, whose map is its process's. */
static u32 symbols_find_code(struct symbols *s, const struct model *m,
			     const struct model_code *c, bool caller,
			     const struct function **functions)
{
	u32 file, version;
	struct symbols_names *n;

	/* Pids of a recording may be anybody's. */
	if (!m->live)
		return 0;
	file = fileset_code_number(s->files, c);
	if (!fileset_read_code(s->files, file, m, c, &version))
		return 0;
	n = symbols_at(s, file, c->address, caller);
	if (n->version != version) {
		n->version = version;
		symbols_look_again(s, n, file, c->address - caller);
	}
	*functions = n->function;
	return n->nr;
}

u32 symbols_find(struct symbols *s, const struct model *m,
		 const struct model_frame *f, bool caller,
		 const struct function **functions)
{
	const struct model_object *o;
	struct symbols_names *n;
	u32 file;

	if (!f->object)
		return 0;
	if (f->code)
		return symbols_find_code(s, m, model_code(m, f), caller,
					 functions);
	o = model_object(m, f->object);
	/* Only then is it known which file it was, and where it is. */
	if ((!o->build_id_bytes && !o->identified) || o->cut || o->path[0] != '/')
		return 0;
	file = fileset_number(s->files, o);
	n = symbols_at(s, file, f->offset, caller);
	if (!n->looked) {
		symbols_progress(s, o);
		n->looked = fileset_open(s->files, file, m, f->object);
		/* A return address is that of the next instruction. */
		if (n->looked)
			symbols_look(s, n, file, f->offset - caller);
	}
	*functions = n->function;
	return n->nr;
}

/*
 * Go's own mark of these is TOPFRAME. mstart has the frame pointer of whoever
 * called clone(), and rt0_go isn't within the entry code that the module knows.
 */
static const char *const symbols_begins[] = {
	"runtime.goexit", "runtime.mstart", "runtime.rt0_go",
};

bool symbols_begin(struct symbols *s, const struct model *m,
		   const struct model_frame *f, bool caller)
{
	const struct function *function;
	u32 nr = s ? symbols_find(s, m, f, caller, &function) : 0, i;
	const char *name = nr ? function[nr - 1].name : "";

	for (i = 0; i < ARRAY_SIZE(symbols_begins); i++) {
		size_t len = strlen(symbols_begins[i]);

		if (!strncmp(name, symbols_begins[i], len) &&
		    (!name[len] || !strcmp(name + len, ".abi0")))
			return true;
	}
	return false;
}
