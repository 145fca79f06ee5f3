// SPDX-License-Identifier: GPL-2.0-only
#define _GNU_SOURCE
#include <linux/fs.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/stat.h>
#include <sys/sysmacros.h>
#include <unistd.h>

#include "lib/cache.h"
#include "symbols/identity.h"
#include "symbols/openfile.h"
#include "unwind/find.h"
#include "unwind/make.h"

/*
 * Names begin with it. It changes with the table that is made of a file, as
 * those of another version of this program may still be there.
 */
#define FIND_VERSION "1-"

static const struct cache find_cache = {
	.folder = "unwind",
	.variable = "PERFTOP_UNWIND_CACHE",
	.file_max = UNWIND_TABLE_MAX,
	.max = 256ull << 20,
};

/* What is being found. */
struct finding {
	struct unwind_found *f;
	enum unwind_find result;
};

static struct model_object find_object(const struct perftop_unwind_wanted *w)
{
	struct model_object o = {
		.path = w->path,
		.cut = w->cut,
		.build_id_bytes = w->build_id_bytes > PERFTOP_BUILD_ID ?
			0 : w->build_id_bytes,
		.identified = w->known,
		.as = {
			.inode = w->inode,
			.size = w->size,
			.ctime = w->ctime,
			.ctime_ns = w->ctime_ns,
			.generation = w->generation,
			.major = w->major,
			.minor = w->minor,
		},
	};

	memcpy(o.build_id, w->build_id, sizeof(o.build_id));
	return o;
}

/* ---- the cache */

static bool find_cached(struct unwind_found *f, const struct text *name)
{
	size_t len;

	f->bytes = cache_load(&find_cache, name->buf, &len);
	if (f->bytes && unwind_table_check(&f->table, f->bytes, len))
		return true;
	free(f->bytes);
	f->bytes = NULL;
	return false;
}

/*
 * Anybody can make a file with the build id of another one. So what a user's
 * file says is kept for just that file.
 */
static bool find_believed(const struct model_object *o, const struct stat *st)
{
	return !o->build_id_bytes || !st->st_uid || st->st_uid == geteuid();
}

static void find_name(struct text *name, const struct model_object *o, int fd,
		      const struct stat *st)
{
	union {
		u32 generation;
		long room;
	} of = { 0 };
	struct model_object file = { .build_id_bytes = 0 };

	text_str(name, FIND_VERSION);
	identity_name(name, o);
	if (find_believed(o, st))
		return;
	ioctl(fd, FS_IOC_GETVERSION, &of);
	file.as = (struct model_identity) {
		.inode = st->st_ino,
		.size = st->st_size,
		.ctime = st->st_ctim.tv_sec,
		.ctime_ns = st->st_ctim.tv_nsec,
		.generation = of.generation,
		.major = major(st->st_dev),
		.minor = minor(st->st_dev),
	};
	name->buf[name->len - 1] = '-';
	identity_name(name, &file);
}

/* ---- the file */

static bool find_same(const struct stat *a, int fd)
{
	struct stat b;

	return !fstat(fd, &b) && a->st_size == b.st_size &&
	       a->st_mtim.tv_sec == b.st_mtim.tv_sec &&
	       a->st_mtim.tv_nsec == b.st_mtim.tv_nsec;
}

static bool find_is(const struct unwind_made *m, const struct model_object *o)
{
	/* Without one it was compared before. */
	return !o->build_id_bytes ||
	       (m->build_id_bytes == o->build_id_bytes &&
		!memcmp(m->build_id, o->build_id, o->build_id_bytes));
}

/* False: it's another file, so another one may be it. */
static bool find_take(struct finding *finding, const struct model_object *o,
		      struct unwind_made *m, enum unwind_make made)
{
	if (made == UNWIND_FAILED) {
		finding->result = UNWIND_NOT_READ;
		return true;
	}
	if (!find_is(m, o))
		return false;
	finding->result = UNWIND_FOUND_NONE;
	if (made == UNWIND_MADE) {
		finding->result = UNWIND_FOUND;
		finding->f->table = m->table;
		finding->f->bytes = m->bytes.buf;
		m->bytes.buf = NULL;
	}
	return true;
}

static bool find_make(struct finding *finding, const struct model_object *o,
		      int fd, const struct stat *st, const struct text *name)
{
	enum unwind_make made;
	struct unwind_made m;
	bool is;

	made = unwind_make(&m, fd);
	is = find_same(st, fd);
	if (is && made == UNWIND_MADE && find_is(&m, o))
		cache_save(&find_cache, name->buf, &m.bytes);
	is = is && find_take(finding, o, &m, made);
	unwind_made_free(&m);
	return is;
}

static bool find_opened(void *arg, const struct model_object *o, int fd)
{
	struct finding *finding = arg;
	struct text name;
	struct stat st;
	bool is;

	if (fstat(fd, &st) ||
	    (!o->build_id_bytes && !identity_is(fd, &st, o))) {
		close(fd);
		return false;
	}
	text_init(&name);
	find_name(&name, o, fd, &st);
	is = !find_believed(o, &st) && find_cached(finding->f, &name);
	if (is)
		finding->result = UNWIND_FOUND;
	else
		is = find_make(finding, o, fd, &st, &name);
	text_free(&name);
	close(fd);
	return is;
}

/* The mapping that the module has seen. Its path may be that of another file. */
static bool find_mapping(struct finding *finding, const struct model_object *o,
			 const struct perftop_unwind_wanted *w)
{
	char name[96];
	int fd;

	snprintf(name, sizeof(name), "/proc/%u/map_files/%llx-%llx", w->tgid,
		 (u64)w->begin, (u64)w->end);
	fd = openfile(name);
	return fd >= 0 && find_opened(finding, o, fd);
}

static void find_vdso(struct finding *finding, const struct model_object *o)
{
	enum unwind_make made;
	struct unwind_made m;

	made = unwind_make_vdso(&m);
	/* That of 32-bit programs is another. */
	if (!find_take(finding, o, &m, made))
		finding->result = UNWIND_FOUND_NONE;
	unwind_made_free(&m);
}

static bool find_kept(struct unwind_found *f, const struct model_object *o)
{
	struct text name;
	bool is;

	text_init(&name);
	text_str(&name, FIND_VERSION);
	identity_name(&name, o);
	is = find_cached(f, &name);
	text_free(&name);
	return is;
}

enum unwind_find unwind_find(struct unwind_found *f,
			     const struct perftop_unwind_wanted *w)
{
	const struct model_object o = find_object(w);
	struct finding finding = { .f = f, .result = UNWIND_NOT_OPENED };

	*f = (struct unwind_found) { .bytes = NULL };
	if (w->vdso == 1) {
		find_vdso(&finding, &o);
		return finding.result;
	}
	/* Nothing says which file it is. */
	if (!o.build_id_bytes && !o.identified)
		return UNWIND_FOUND_NONE;
	if (find_kept(f, &o))
		return UNWIND_FOUND;
	if (!find_mapping(&finding, &o, w) && !o.cut &&
	    !openfile_process(&o, w->tgid, find_opened, &finding))
		openfile_own(&o, NULL, find_opened, &finding);
	return finding.result;
}
