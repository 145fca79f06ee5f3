// SPDX-License-Identifier: GPL-2.0-only
/* What the machine's configuration says about loading perftop, and where. */
#define _GNU_SOURCE
#include <ctype.h>
#include <fnmatch.h>
#include <glob.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "commands/doctor.h"
#include "lib/tool.h"

/* In both, a file hides those of the same name in later directories. */
static const char *const modprobe_dirs[] = {
	"/etc/modprobe.d", "/run/modprobe.d", "/usr/local/lib/modprobe.d",
	"/usr/lib/modprobe.d", "/lib/modprobe.d", NULL,
};

static const char *const sysctl_dirs[] = {
	"/etc/sysctl.d", "/run/sysctl.d", "/usr/local/lib/sysctl.d",
	"/usr/lib/sysctl.d", "/lib/sysctl.d", NULL,
};

typedef bool (*doc_match)(const char *line, const char *word);

/*
 * The first line of @file that matches, as FILE:LINE: TEXT; a "\" at its end
 * continues it.
 */
static bool doc_search(const char *file, const char *shown, doc_match match,
		       const char *word, char *found)
{
	FILE *f = fopen(file, "re");
	char *part = NULL, line[SYSFILES_TEXT] = "";
	unsigned int number = 0, first = 1;
	size_t room = 0, at = 0;
	ssize_t len;
	bool is = false;

	while (f && !is && (len = getline(&part, &room, f)) > 0) {
		number++;
		part[strcspn(part, "\n")] = '\0';
		at += snprintf(line + at, sizeof(line) - at, "%s", part);
		if (at >= sizeof(line))
			at = sizeof(line) - 1;
		if (at && line[at - 1] == '\\') {
			line[at - 1] = ' ';
			continue;
		}
		is = match(line, word);
		if (is)
			snprintf(found, SYSFILES_TEXT, "%s:%u: %.3000s", shown,
				 first, line + strspn(line, " \t"));
		first = number + 1;
		at = 0;
	}
	free(part);
	if (f)
		fclose(f);
	return is;
}

static bool doc_hidden(const char *const dirs[], size_t dir, const char *name)
{
	while (dir--)
		if (!access(sysfiles_path("%s/%s", dirs[dir], name), F_OK))
			return true;
	return false;
}

static bool doc_search_all(const char *const dirs[], doc_match match,
			   const char *word, char *found)
{
	const char *name;
	bool is = false;
	glob_t conf;
	char shown[DOC_FILE_MAX];

	for (size_t dir = 0; dirs[dir] && !is; dir++) {
		if (glob(sysfiles_path("%s/*.conf", dirs[dir]), 0, NULL, &conf))
			continue;
		for (size_t i = 0; i < conf.gl_pathc && !is; i++) {
			name = strrchr(conf.gl_pathv[i], '/') + 1;
			if (doc_hidden(dirs, dir, name))
				continue;
			snprintf(shown, sizeof(shown), "%s/%s", dirs[dir], name);
			is = doc_search(conf.gl_pathv[i], shown, match, word, found);
		}
		globfree(&conf);
	}
	return is;
}

/*
 * KEYWORD PATTERN ..., as modprobe reads it; a command that goes on to load it
 * forbids nothing.
 */
static bool doc_match_modprobe(const char *line, const char *keyword)
{
	char is[16], pattern[128];

	return sscanf(line, "%15s %127s", is, pattern) == 2 &&
	       !strcmp(is, keyword) && !fnmatch(pattern, "perftop", 0) &&
	       !strstr(line, "ignore-install");
}

static bool doc_match_sysctl(const char *line, const char *name)
{
	char is[64], value[8];

	line += strspn(line, " \t-");
	if (sscanf(line, "%63[^= \t] = %7s", is, value) != 2)
		return false;
	for (char *p = is; *p; p++)
		if (*p == '/')
			*p = '.';
	return !strcmp(is, name) && !strcmp(value, "1");
}

/* perftop in a list of names with commas. */
static bool doc_listed(const char *list)
{
	static const char name[] = "perftop";
	size_t len;

	for (;; list += len + 1) {
		len = strcspn(list, ",");
		if (len == strlen(name) && !strncmp(list, name, len))
			return true;
		if (!list[len])
			return false;
	}
}

bool doc_blacklisted(char *found)
{
	static const char *const lists[] = {
		"module_blacklist=", "modprobe.blacklist=",
	};
	char text[SYSFILES_TEXT], *rest, *word;

	sysfiles_read(sysfiles_path("/proc/cmdline"), text);
	for (word = strtok_r(text, "\n ", &rest); word;
	     word = strtok_r(NULL, "\n ", &rest))
		for (size_t i = 0; i < ARRAY_SIZE(lists); i++)
			if (!strncmp(word, lists[i], strlen(lists[i])) &&
			    doc_listed(word + strlen(lists[i]))) {
				snprintf(found, SYSFILES_TEXT, "%s", word);
				return true;
			}
	return false;
}

bool doc_modprobe_forbids(char *found)
{
	static const char *const keywords[] = { "install", "blacklist", "alias" };

	for (size_t i = 0; i < ARRAY_SIZE(keywords); i++)
		if (doc_search_all(modprobe_dirs, doc_match_modprobe,
				   keywords[i], found))
			return true;
	return false;
}

bool doc_modules_disabled_by(char *found)
{
	static const char name[] = "kernel.modules_disabled";

	return doc_search(sysfiles_path("/etc/sysctl.conf"), "/etc/sysctl.conf",
			  doc_match_sysctl, name, found) ||
	       doc_search_all(sysctl_dirs, doc_match_sysctl, name, found);
}
