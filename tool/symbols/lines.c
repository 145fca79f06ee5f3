// SPDX-License-Identifier: GPL-2.0-only
#include <dwarf.h>
#include <limits.h>

#include "symbols/function.h"
#include "symbols/lines.h"

/* Where it was compiled, which the paths of its files may be relative to. */
static const char *lines_folder(Dwarf_Die *unit)
{
	Dwarf_Attribute attr;

	return dwarf_attr(unit, DW_AT_comp_dir, &attr) ?
		dwarf_formstring(&attr) : NULL;
}

/* Line 0 is code that the compiler made, of no line. */
static void lines_set(struct function *f, Dwarf_Die *unit, const char *file,
		      u64 line)
{
	bool known = file && *file && line && line <= INT_MAX;

	f->file = known ? file : NULL;
	f->folder = known && *file != '/' ? lines_folder(unit) : NULL;
	f->line = known ? line : 0;
}

void lines_at(struct function *f, Dwarf_Addr addr, Dwarf_Die *unit)
{
	Dwarf_Line *line = dwarf_getsrc_die(unit, addr);
	bool end = true;
	int nr = 0;

	lines_set(f, unit, NULL, 0);
	/* Behind the end of a piece of code the nearest line says nothing. */
	if (!line || dwarf_lineendsequence(line, &end) || end ||
	    dwarf_lineno(line, &nr) || nr < 0)
		return;
	lines_set(f, unit, dwarf_linesrc(line, NULL, NULL), nr);
}

static bool lines_number(Dwarf_Die *die, unsigned int name, Dwarf_Word *value)
{
	Dwarf_Attribute attr;

	return dwarf_attr(die, name, &attr) && !dwarf_formudata(&attr, value);
}

void lines_call(struct function *f, Dwarf_Die *unit, Dwarf_Die *inlined)
{
	Dwarf_Word file, line;
	Dwarf_Files *files;
	size_t nr;

	lines_set(f, unit, NULL, 0);
	if (!lines_number(inlined, DW_AT_call_file, &file) ||
	    !lines_number(inlined, DW_AT_call_line, &line) ||
	    dwarf_getsrcfiles(unit, &files, &nr) || file >= nr)
		return;
	lines_set(f, unit, dwarf_filesrc(files, file, NULL, NULL), line);
}
