// SPDX-License-Identifier: GPL-2.0-only
#define _GNU_SOURCE
#include <elfutils/libdwelf.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "lib/text.h"
#include "symbols/debugfile.h"
#include "symbols/openfile.h"

/* As in libdwfl. A file may say that its build id has gigabytes. */
#define DEBUGFILE_ID_MAX 64

void debugfile_init(void)
{
	/* Downloads would tell others what runs here. */
	unsetenv("DEBUGINFOD_URLS");
}

/* An absolute path, that of a variable and more; false: there's none. */
static bool debugfile_below(struct text *t, const char *variable,
			    const char *more)
{
	const char *folder = getenv(variable);

	if (!folder || *folder != '/')
		return false;
	text_str(t, folder);
	text_str(t, more);
	return true;
}

/* Where debuginfod_find_debuginfo(3) keeps them since elfutils 0.182. */
static bool debugfile_cache(struct text *t)
{
	return debugfile_below(t, "DEBUGINFOD_CACHE_PATH", "/") ||
	       debugfile_below(t, "XDG_CACHE_HOME", "/debuginfod_client/") ||
	       debugfile_below(t, "HOME", "/.cache/debuginfod_client/");
}

static bool debugfile_is(int fd, const unsigned char *id, int bytes)
{
	Elf *elf = elf_begin(fd, ELF_C_READ, NULL);
	const void *own;
	bool is;

	is = elf && dwelf_elf_gnu_build_id(elf, &own) == bytes &&
	     !memcmp(own, id, bytes);
	elf_end(elf);
	return is;
}

static int debugfile_open(const char *path, const unsigned char *id, int bytes)
{
	struct stat st;
	int fd = openfile(path);

	if (fd < 0)
		return -1;
	/* Root's perftop may have another's HOME: anybody can set a build id. */
	if (!fstat(fd, &st) && (!st.st_uid || st.st_uid == geteuid()) &&
	    debugfile_is(fd, id, bytes))
		return fd;
	close(fd);
	return -1;
}

static int debugfile_cached(Dwfl_Module *module, char **found)
{
	const unsigned char *id;
	GElf_Addr addr;
	int bytes = dwfl_module_build_id(module, &id, &addr), i, fd = -1;
	struct text path;

	text_init(&path);
	if (bytes > 0 && bytes <= DEBUGFILE_ID_MAX && debugfile_cache(&path)) {
		for (i = 0; i < bytes; i++)
			text_printf(&path, "%02x", id[i]);
		text_str(&path, "/debuginfo");
		text_char(&path, '\0');
		fd = debugfile_open(path.buf, id, bytes);
		if (fd >= 0)
			*found = xstrdup(path.buf);
	}
	text_free(&path);
	return fd;
}

/* Is a debug file asking, not the module's own file? */
static bool debugfile_asks(Dwfl_Module *module, const char *file)
{
	const char *own = NULL;

	dwfl_module_info(module, NULL, NULL, NULL, NULL, NULL, &own, NULL);
	return file && own && strcmp(file, own);
}

int debugfile_find(Dwfl_Module *module, void **userdata, const char *name,
		   Dwarf_Addr base, const char *file, const char *debuglink,
		   GElf_Word crc, char **found)
{
	/* What debug files have in common is asked for by name, without a sum. */
	bool common = debuglink && !crc;
	const unsigned char *id;
	GElf_Addr addr;
	int fd;

	/* Without one elfutils believes any file of the right name. */
	if (dwfl_module_build_id(module, &id, &addr) <= 0)
		return -1;
	fd = (common && debugfile_asks(module, file) ?
	      dwfl_standard_find_debuginfo :
	      dwfl_build_id_find_debuginfo)(module, userdata, name, base, file,
					    debuglink, crc, found);
	return fd < 0 && !common ? debugfile_cached(module, found) : fd;
}
