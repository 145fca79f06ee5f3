// SPDX-License-Identifier: GPL-2.0-only
#define _GNU_SOURCE
#include <dwarf.h>
#include <elfutils/libdw.h>
#include <elfutils/libdwfl.h>
#include <fcntl.h>
#include <gelf.h>
#include <setjmp.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <unistd.h>

#include "symbols/debugfile.h"
#include "symbols/demangle.h"
#include "symbols/elffile.h"
#include "symbols/identity.h"
#include "symbols/lines.h"
#include "symbols/scopes.h"
#include "symbols/symtab.h"

struct elffile {
	Dwfl *dwfl;
	Dwfl_Module *module;
	Dwfl_Callbacks callbacks;
	char *debug_path;
	int fd;			/* of the same file, */
	struct stat as;		/* as it was when it was opened */
	struct symtab symbols;
	struct scopes scopes;
	bool looked;		/* they are there */
	bool by_identity;	/* it was recorded without a build id */
	bool changed;		/* since: it has no names any more */
};

/* Where to go on if a file that is mapped has lost its end, and may that be? */
static sigjmp_buf elffile_cut;
static volatile sig_atomic_t elffile_looks;

static void elffile_bus_error(int sig)
{
	if (elffile_looks)
		siglongjmp(elffile_cut, 1);
	/* The access is repeated, and then ends the program. */
	signal(sig, SIG_DFL);
}

void elffile_init(void)
{
	const struct sigaction bus_error = { .sa_handler = elffile_bus_error };
	struct rlimit files;

	sigaction(SIGBUS, &bus_error, NULL);

	/* Each file stays open. */
	if (!getrlimit(RLIMIT_NOFILE, &files)) {
		files.rlim_cur = files.rlim_max;
		setrlimit(RLIMIT_NOFILE, &files);
	}
	debugfile_init();
}

static bool elffile_is(const struct elffile *f, const struct model_object *o)
{
	const unsigned char *id;
	GElf_Addr addr;
	int bytes = dwfl_module_build_id(f->module, &id, &addr);

	/* It was compared before. */
	if (f->by_identity)
		return true;
	return bytes == o->build_id_bytes && !memcmp(id, o->build_id, bytes);
}

/*
 * A file that is written to while it's read has names of two programs, or ends
 * before its symbols. Then whatever elfutils knows of it isn't touched again.
 */
static bool elffile_same(struct elffile *f)
{
	struct stat now;

	f->changed = f->changed || fstat(f->fd, &now) ||
		     now.st_size != f->as.st_size ||
		     now.st_mtim.tv_sec != f->as.st_mtim.tv_sec ||
		     now.st_mtim.tv_nsec != f->as.st_mtim.tv_nsec ||
		     (f->by_identity &&
		      (now.st_ctim.tv_sec != f->as.st_ctim.tv_sec ||
		       now.st_ctim.tv_nsec != f->as.st_ctim.tv_nsec));
	return !f->changed;
}

/* Call @fn; false: the file has changed, so the result is void. */
static bool elffile_look(struct elffile *f,
			 void (*fn)(struct elffile *f, void *arg),
			 void *arg)
{
	if (!elffile_same(f))
		return false;
	if (sigsetjmp(elffile_cut, 1)) {
		f->changed = true;
	} else {
		elffile_looks = true;
		fn(f, arg);
	}
	elffile_looks = false;
	return elffile_same(f);
}

struct elffile_opening {
	const struct model_object *o;
	int fd;
	bool is;		/* that object */
};

static void elffile_begin(struct elffile *f, void *arg)
{
	struct elffile_opening *opening = arg;
	const char *path = opening->o->path;
	GElf_Addr bias;

	dwfl_report_begin(f->dwfl);
	/* At the addresses that are in the file. */
	f->module = dwfl_report_elf(f->dwfl, path, path, opening->fd, 0, true);
	dwfl_report_end(f->dwfl, NULL, NULL);
	if (!f->module)
		close(opening->fd);
	opening->is = f->module && dwfl_module_getelf(f->module, &bias) &&
		      elffile_is(f, opening->o);
}

struct elffile *elffile_open(const struct model_object *o, int fd,
			     const char *debug_dir)
{
	struct elffile_opening opening = { .o = o };
	struct elffile *f = xcalloc(1, sizeof(*f));

	f->fd = fd;
	scopes_init(&f->scopes);
	f->by_identity = !o->build_id_bytes;
	opening.fd = fcntl(fd, F_DUPFD_CLOEXEC, 0);
	/* No empty part: that would be the folder of the file. */
	f->debug_path = xmalloc((debug_dir ? strlen(debug_dir) : 0) + 32);
	sprintf(f->debug_path, "%s%s/usr/lib/debug", debug_dir ? debug_dir : "",
		debug_dir ? ":" : "");
	f->callbacks = (Dwfl_Callbacks) {
		.find_elf = dwfl_build_id_find_elf,
		.find_debuginfo = debugfile_find,
		.debuginfo_path = &f->debug_path,
	};
	if (opening.fd >= 0)
		f->dwfl = dwfl_begin(&f->callbacks);
	if (!f->dwfl && opening.fd >= 0)
		close(opening.fd);
	/* Another file isn't even looked into. */
	if (f->dwfl && !fstat(fd, &f->as) && S_ISREG(f->as.st_mode) &&
	    (!f->by_identity || identity_is(fd, &f->as, o)) &&
	    elffile_look(f, elffile_begin, &opening) && opening.is)
		return f;
	elffile_close(f);
	return NULL;
}

void elffile_close(struct elffile *f)
{
	if (!f)
		return;
	/* Else it's left alone, with what it has allocated. */
	if (f->dwfl && !f->changed)
		dwfl_end(f->dwfl);
	close(f->fd);
	symtab_free(&f->symbols);
	scopes_free(&f->scopes);
	if (!f->changed)
		free(f->debug_path);
	free(f);
}

bool elffile_believed(const struct elffile *f)
{
	return f->by_identity || !f->as.st_uid || f->as.st_uid == geteuid();
}

static const char *elffile_die_name(Dwarf_Die *die)
{
	Dwarf_Attribute mem, *attr;
	const char *name = NULL;

	attr = dwarf_attr_integrate(die, DW_AT_linkage_name, &mem);
	if (!attr)
		attr = dwarf_attr_integrate(die, DW_AT_MIPS_linkage_name, &mem);
	if (attr)
		name = dwarf_formstring(attr);
	return name ? name : dwarf_diename(die);
}

struct elffile_finding {
	u64 offset;
	bool lines;
	function_fn *found;
	void *arg;
	struct function at;	/* the source line there, of the next one */
};

static void elffile_found(void *arg, const char *name)
{
	struct elffile_finding *finding = arg;
	struct function at = finding->at;

	at.name = name;
	finding->found(finding->arg, &at);
}

/*
 * What was inlined there. @outer: the function itself, if the symbols don't
 * know it; else NULL.
 */
static void elffile_inlined(struct elffile *f, GElf_Addr addr,
			    const char **outer, struct elffile_finding *finding)
{
	Dwarf_Die die[SCOPES_DEPTH], *unit;
	Dwarf_Addr bias;
	u32 nr;

	unit = scopes_unit(&f->scopes, f->module, addr, &bias);
	if (!unit)
		return;
	if (finding->lines)
		lines_at(&finding->at, addr - bias, unit);
	for (nr = scopes_find(&f->scopes, unit, addr - bias, die); nr; nr--) {
		const char *name = elffile_die_name(&die[nr - 1]);

		if (nr == 1) {
			*outer = name;
			break;
		}
		demangle(name ? name : "[no name]", elffile_found, finding);
		if (finding->lines)
			lines_call(&finding->at, unit, &die[nr - 1]);
	}
}

/* Once, and only when a file is looked into. */
static void elffile_make(struct elffile *f)
{
	if (!f->looked)
		symtab_make(&f->symbols, f->module);
	f->looked = true;
}

static void elffile_find_all(struct elffile *f, void *arg)
{
	struct elffile_finding *finding = arg;
	const char *name, *outer = NULL;
	u64 addr;

	elffile_make(f);
	if (!symtab_addr(&f->symbols, finding->offset, &addr))
		return;
	name = symtab_find(&f->symbols, addr);
	elffile_inlined(f, addr, &outer, finding);
	if (name || outer)
		demangle(name ? name : outer, elffile_found, finding);
}

bool elffile_find(struct elffile *f, u64 offset, bool lines,
		  function_fn *found, void *arg)
{
	struct elffile_finding finding = {
		.offset = offset,
		.lines = lines,
		.found = found,
		.arg = arg,
	};

	return elffile_look(f, elffile_find_all, &finding);
}

struct elffile_listing {
	void (*symbols)(void *arg, const struct symtab *symbols);
	void *arg;
};

static void elffile_list(struct elffile *f, void *arg)
{
	const struct elffile_listing *listing = arg;

	elffile_make(f);
	listing->symbols(listing->arg, &f->symbols);
}

bool elffile_symbols(struct elffile *f,
		     void (*symbols)(void *arg, const struct symtab *symbols),
		     void *arg)
{
	struct elffile_listing listing = { symbols, arg };

	return elffile_look(f, elffile_list, &listing);
}
