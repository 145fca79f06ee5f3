// SPDX-License-Identifier: GPL-2.0-only
/*
 * perftop doctor: why doesn't it load, why can't I read it? A line for each
 * thing that has to be right; where one isn't, a line with what to do. It
 * changes nothing, needs no privilege, and says what it could not read. Only
 * what keeps the module from working is wrong: it may have been loaded from the
 * sources, without DKMS.
 *
 * In the order in which things go wrong: kernel, build, signature, switches,
 * hook, load, device, cgroups, what the device says.
 */
#include <stdarg.h>
#include <stdio.h>

#include "commands/commands.h"
#include "commands/doctor.h"
#include "lib/options.h"
#include "lib/text.h"

struct doctor doc;

/* Escaped: names, and lines of a log, may be made by any user. */
static void doc_put(const char *what, const char *label, const char *fmt,
		    va_list args)
{
	char line[SYSFILES_TEXT];

	vsnprintf(line, sizeof(line), fmt, args);
	text_printf(out, "%-5s  %-12s ", what, label);
	for (const char *s = line; *s; s++) {
		if (text_plain(*s) || *s == ';')
			text_char(out, *s);
		else
			text_printf(out, "\\x%02x", (unsigned char)*s);
	}
	text_char(out, '\n');
}

void doc_say(enum verdict verdict, const char *what, const char *fmt, ...)
{
	static const char *const word[] = {
		[OK] = "ok", [WRONG] = "WRONG", [NOTE] = "note",
		[UNSURE] = "?",
	};
	va_list args;

	va_start(args, fmt);
	doc_put(word[verdict], what, fmt, args);
	va_end(args);
	doc.wrong += verdict == WRONG;
	doc.notes += verdict == NOTE;
}

void doc_do(const char *fmt, ...)
{
	va_list args;

	va_start(args, fmt);
	doc_put("", "  do:", fmt, args);
	va_end(args);
}

enum verdict doc_hinders(void)
{
	return doc.loaded[0] ? NOTE : WRONG;
}

int cmd_doctor(const struct options *o)
{
	static void (*const checks[])(void) = {
		doc_kernel, doc_look_loaded, doc_module, doc_sources,
		doc_signature, doc_switches, doc_hook, doc_unit, doc_loaded,
		doc_device, doc_cgroups, doc_records,
	};
	size_t i;

	if (o->root)
		sysfiles_root(o->root);
	for (i = 0; i < ARRAY_SIZE(checks); i++)
		checks[i]();
	if (!doc.wrong)
		text_str(out, doc.notes ? "It works; the notes say what isn't as it should be, or won't be at the next load.\n" :
			 "All is well.\n");
	return doc.wrong ? TOOL_FOUND : TOOL_OK;
}
