// SPDX-License-Identifier: GPL-2.0-only
/*
 * perftop unwind FILE: the table that is made of a file, to be read or, with
 * --output, as the module takes it. --list: those that the module has. --serve
 * gives it what it wants, as perftop-unwind.service does.
 */
#define _GNU_SOURCE
#include <endian.h>
#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "commands/commands.h"
#include "lib/options.h"
#include "unwind/device.h"
#include "unwind/make.h"
#include "unwind/serve.h"

#define UNWIND_VDSO "[vdso]"

static void unwind_offset(int offset)
{
	if (offset)
		text_printf(out, "%+d", offset);
}

static void unwind_bp(const struct perftop_unwind_rule *r)
{
	switch (r->bp) {
	case PERFTOP_BP_AT_CFA:
	case PERFTOP_BP_AT_BP:
		text_str(out, r->bp == PERFTOP_BP_AT_BP ? " rbp=[rbp" : " rbp=[CFA");
		unwind_offset(le32toh(r->bp_offset));
		text_char(out, ']');
		break;
	case PERFTOP_BP_UNKNOWN:
		text_str(out, " rbp=?");
		break;
	}
}

static void unwind_bx(const struct perftop_unwind_rule *r)
{
	int bx = (int16_t)le16toh(r->bx);

	if (bx == PERFTOP_BX_UNKNOWN)
		text_str(out, " rbx=?");
	else if (bx != PERFTOP_BX_SAME)
		text_printf(out, " rbx=[CFA%+d]", 8 * bx);
}

static const char *unwind_reg(const struct perftop_unwind_rule *r)
{
	switch (r->cfa) {
	case PERFTOP_CFA_BP:
	case PERFTOP_CFA_AT_BP:
		return "rbp";
	case PERFTOP_CFA_BX:
		return "rbx";
	default:
		return "rsp";
	}
}

static void unwind_rule(const struct perftop_unwind_rule *r)
{
	const char *reg = unwind_reg(r);

	switch (r->cfa) {
	case PERFTOP_CFA_NONE:
		text_str(out, "none");
		break;
	case PERFTOP_CFA_END:
		text_str(out, "end");
		break;
	case PERFTOP_CFA_FRAME:
		text_str(out, "frame pointer");
		break;
	case PERFTOP_CFA_SP:
	case PERFTOP_CFA_BP:
	case PERFTOP_CFA_BX:
		text_printf(out, "CFA=%s", reg);
		unwind_offset(le32toh(r->cfa_offset));
		unwind_bp(r);
		unwind_bx(r);
		break;
	case PERFTOP_CFA_AT_SP:
	case PERFTOP_CFA_AT_BP:
		text_printf(out, "CFA=[%s", reg);
		unwind_offset(le32toh(r->cfa_offset));
		text_char(out, ']');
		unwind_bp(r);
		unwind_bx(r);
		break;
	case PERFTOP_CFA_SIGNAL:
		text_str(out, "signal");
		break;
	}
}

static void unwind_print(const struct unwind_table *t)
{
	u32 i;

	for (i = 0; i < t->rows; i++) {
		struct unwind_row row = unwind_table_row(t, i);

		text_printf(out, "%8x  ", row.start);
		unwind_rule(row.rule);
		text_char(out, '\n');
	}
	text_printf(out, "%u rows, %u rules, %zu bytes\n", t->rows, t->rules,
		    t->len);
}

static void unwind_write(const struct text *bytes, const char *name)
{
	int fd = open(name, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0666);
	struct text t = { .fd = fd, .name = name };

	if (fd < 0)
		die(TOOL_FAILED, "%s: %s", name, strerror(errno));
	text_bytes(&t, bytes->buf, bytes->len);
	text_flush(&t);
	text_free(&t);
	if (close(fd))
		die(TOOL_FAILED, "%s: %s", name, strerror(errno));
}

static enum unwind_make unwind_file(struct unwind_made *m, const char *name)
{
	enum unwind_make made;
	struct stat st;
	int fd;

	if (!strcmp(name, UNWIND_VDSO))
		return unwind_make_vdso(m);
	fd = open(name, O_RDONLY | O_NONBLOCK | O_NOCTTY | O_CLOEXEC);
	if (fd < 0 || fstat(fd, &st))
		die(TOOL_FAILED, "%s: %s", name, strerror(errno));
	if (!S_ISREG(st.st_mode))
		die(TOOL_BAD_INPUT, "%s: it isn't a file; accepted are programs and libraries, and " UNWIND_VDSO,
		    name);
	made = unwind_make(m, fd);
	close(fd);
	return made;
}

static int unwind_show(const struct options *o, const char *name)
{
	struct unwind_made m;
	enum unwind_make made = unwind_file(&m, name);

	if (made == UNWIND_FAILED)
		die(TOOL_FAILED, "%s: reading it failed or took too long, so it may be damaged",
		    name);
	if (made == UNWIND_NONE)
		die(TOOL_BAD_INPUT, "%s: no table can be made of it; accepted are programs and libraries of x86-64 with .eh_frame",
		    name);
	if (o->output)
		unwind_write(&m.bytes, o->output);
	else
		unwind_print(&m.table);
	unwind_made_free(&m);
	return TOOL_OK;
}

static int unwind_list(const struct options *o)
{
	struct vec loaded;
	int error;
	u32 i;

	vec_init(&loaded, sizeof(struct perftop_unwind_loaded));
	error = unwind_device_loaded(o->device, &loaded);
	if (error == ENOENT || error == ENXIO || error == ENODEV)
		die(TOOL_FAILED, "%s: %s: is the module loaded? (`perftop doctor` tells more)",
		    o->device, strerror(error));
	if (error == EACCES || error == EPERM)
		die(TOOL_FAILED, "%s: %s: to list tables takes CAP_SYS_ADMIN on the machine itself",
		    o->device, strerror(error));
	if (error)
		die(TOOL_FAILED, "%s: %s: the module takes no tables (unwind_mb=0, or another version of it?)",
		    o->device, strerror(error));
	text_printf(out, "%10s %8s %6s %6s  used  path\n", "bytes", "rows",
		    "rules", "files");
	for (i = 0; i < loaded.nr; i++) {
		const struct perftop_unwind_loaded *l = vec_at(&loaded, i);

		text_printf(out, "%10llu %8u %6u %6u  %-4s  ", (u64)l->bytes,
			    l->rows, l->rules, l->contents,
			    l->used ? "yes" : "no");
		text_escaped(out, l->path, sizeof(l->path));
		text_char(out, '\n');
	}
	vec_free(&loaded);
	return TOOL_OK;
}

int cmd_unwind(const struct options *o)
{
	if (o->args + o->serve + o->list != 1)
		die(TOOL_USAGE, "unwind: accepted are FILE, --serve and --list");
	if (o->list)
		return unwind_list(o);
	if (!o->serve)
		return unwind_show(o, o->arg[0]);
	need_machine_pids("unwind --serve");
	unwind_serve(o->device);
}
