// SPDX-License-Identifier: GPL-2.0-only
#include <stdlib.h>
#include <string.h>

#include "lib/ids.h"
#include "lib/text.h"
#include "symbols/fileset.h"
#include "symbols/helper.h"

/* Processes of a snapshot that are remembered for a file; and tried, in all. */
#define FILESET_PIDS 16
#define FILESET_TRIED 64

enum fileset_state {
	FILESET_NEW,
	FILESET_OPEN,
	FILESET_MISSING,	/* nobody has it, as far as is known */
	FILESET_BAD		/* a helper was lost because of it */
};

struct fileset_file {
	struct model_object o;
	enum fileset_state state;
	enum wire_kind how;	/* it was opened, */
	u32 generation;		/* by which helper, */
	u32 pid[WIRE_PIDS];	/* with which processes */
	u32 pids;
	u32 tried[FILESET_TRIED];
	u32 tries;
	u64 taken;		/* the snapshot whose processes were tried */
	bool indexed;		/* it was looked for in the index */
	u32 version;		/* of a map: how often it was another one */
};

/* Processes that have an object in a stack. */
struct fileset_pids {
	u32 pid[FILESET_PIDS];
	u32 nr;
};

struct fileset {
	const struct options *o;
	struct helper *helper;
	struct ids ids;
	struct vec file;	/* struct fileset_file, by number */
	struct fileset_pids *pids;	/* by object, of the snapshot */
	u64 taken;
	u32 objects;
};

struct fileset *fileset_new(const struct options *o)
{
	struct fileset *fs = xcalloc(1, sizeof(*fs));

	fs->o = o;
	fs->helper = helper_new(o);
	ids_init(&fs->ids);
	vec_init(&fs->file, sizeof(struct fileset_file));
	return fs;
}

void fileset_free(struct fileset *fs)
{
	u32 i;

	for (i = 0; i < fs->file.nr; i++)
		free((char *)((struct fileset_file *)vec_at(&fs->file, i))->o.path);
	vec_free(&fs->file);
	ids_free(&fs->ids);
	helper_free(fs->helper);
	free(fs->pids);
	free(fs);
}

u32 fileset_files(const struct fileset *fs)
{
	return fs->file.nr;
}

u32 fileset_number(struct fileset *fs, const struct model_object *o)
{
	struct fileset_file *file;
	struct text key;
	u32 n;

	text_init(&key);
	text_bytes(&key, (const char *)o->build_id, o->build_id_bytes);
	text_char(&key, o->build_id_bytes);
	text_char(&key, o->identified);
	text_bytes(&key, (const char *)&o->as, sizeof(o->as));
	text_str(&key, o->path);
	n = ids_add(&fs->ids, key.buf, key.len);
	text_free(&key);
	if (n == fs->file.nr) {
		file = vec_add(&fs->file);
		file->o = *o;
		/* The snapshot goes, the file stays. */
		file->o.path = xstrdup(o->path);
	}
	return n;
}

u32 fileset_code_number(struct fileset *fs, const struct model_code *c)
{
	/* Shorter than those of objects. */
	struct { u64 program, tgid; } key = { c->program, c->tgid };
	u32 n = ids_add(&fs->ids, &key, sizeof(key));

	if (n == fs->file.nr)
		vec_add(&fs->file);
	return n;
}

/* ---- processes */

static void fileset_add_pid(struct fileset_pids *p, u32 pid)
{
	u32 i;

	for (i = 0; i < p->nr; i++)
		if (p->pid[i] == pid)
			return;
	if (p->nr < FILESET_PIDS)
		p->pid[p->nr++] = pid;
}

/* Once for all objects, as any number of files may be missing. */
static void fileset_look(struct fileset *fs, const struct model *m)
{
	u32 i, k;

	/* (What isn't a device may have two of the same time.) */
	if (fs->pids && fs->taken == m->head.taken &&
	    fs->objects == m->objects.nr)
		return;
	free(fs->pids);
	fs->pids = xcalloc(m->objects.nr + 1ull, sizeof(*fs->pids));
	fs->taken = m->head.taken;
	fs->objects = m->objects.nr;
	for (i = 0; i < m->stacks.nr; i++) {
		const struct model_stack *s = model_stack(m, i);
		const u32 *frame = model_stack_frames(m, s);

		for (k = 0; s->tgid && k < s->user; k++) {
			u32 object = model_frame(m, frame[s->kernel + k])->object;

			fileset_add_pid(&fs->pids[object], s->tgid);
		}
	}
}

/* Those that weren't tried yet. */
static u32 fileset_next_pids(struct fileset_file *file,
			     const struct fileset_pids *p)
{
	u32 i, k;

	file->pids = 0;
	for (i = 0; i < p->nr && file->pids < WIRE_PIDS; i++) {
		for (k = 0; k < file->tries; k++)
			if (file->tried[k] == p->pid[i])
				break;
		if (k < file->tries || k >= FILESET_TRIED)
			continue;
		file->tried[file->tries++] = p->pid[i];
		file->pid[file->pids++] = p->pid[i];
	}
	return file->pids;
}

/* ---- opening */

static void fileset_ask(struct fileset *fs, u32 number,
			struct fileset_file *file, enum wire_kind how)
{
	enum helper_says says = helper_open(fs->helper, how, number, &file->o,
					    file->pid, file->pids);

	file->how = how;
	file->generation = helper_generation(fs->helper);
	file->state = says == HELPER_YES ? FILESET_OPEN :
		says == HELPER_NO ? FILESET_MISSING : FILESET_BAD;
	/* Then it's kept there, for the next helper. */
	if (how == WIRE_PROCESS && says == HELPER_YES)
		file->indexed = false;
}

/*
 * Only of this machine as it runs: pids of a recording may be anybody's. With
 * --symfs it's said where files are.
 */
static void fileset_ask_processes(struct fileset *fs, u32 number,
				  struct fileset_file *file,
				  const struct model *m, u32 object)
{
	if (!m->live || fs->o->symfs || file->taken == m->head.taken)
		return;
	file->taken = m->head.taken;
	fileset_look(fs, m);
	while (file->state == FILESET_MISSING && !helper_tired(fs->helper) &&
	       fileset_next_pids(file, &fs->pids[object]))
		fileset_ask(fs, number, file, WIRE_PROCESS);
}

bool fileset_open(struct fileset *fs, u32 number, const struct model *m,
		  u32 object)
{
	struct fileset_file *file = vec_at(&fs->file, number);

	/* Another file has cost the helper that had it. */
	if (file->state == FILESET_OPEN &&
	    file->generation != helper_generation(fs->helper))
		fileset_ask(fs, number, file, file->how);
	if (file->state == FILESET_NEW)
		fileset_ask(fs, number, file, WIRE_OWN);
	if (file->state == FILESET_MISSING)
		fileset_ask_processes(fs, number, file, m, object);
	if (file->state == FILESET_MISSING && !fs->o->symfs && !file->indexed) {
		file->indexed = true;
		fileset_ask(fs, number, file, WIRE_INDEX);
	}
	return file->state == FILESET_OPEN;
}

/*
 * Once for a snapshot. The maps of a helper that was lost are lost, too, unless
 * their process still runs.
 */
bool fileset_read_code(struct fileset *fs, u32 number, const struct model *m,
		       const struct model_code *c, u32 *version)
{
	struct fileset_file *file = vec_at(&fs->file, number);
	enum helper_says says;
	bool changed = false;

	if (file->state != FILESET_BAD && !helper_tired(fs->helper) &&
	    (file->taken != m->head.taken ||
	     file->generation != helper_generation(fs->helper))) {
		file->taken = m->head.taken;
		says = helper_read_map(fs->helper, number, c, &changed);
		file->generation = helper_generation(fs->helper);
		file->state = says == HELPER_YES ? FILESET_OPEN :
			says == HELPER_NO ? FILESET_MISSING : FILESET_BAD;
		file->version += changed;
	}
	*version = file->version;
	return file->state == FILESET_OPEN;
}

void fileset_find(struct fileset *fs, u32 number, u64 offset,
		  function_fn *found, void *arg)
{
	struct fileset_file *file = vec_at(&fs->file, number);

	if (helper_find(fs->helper, number, offset, found, arg) == HELPER_LOST)
		file->state = FILESET_BAD;
}
