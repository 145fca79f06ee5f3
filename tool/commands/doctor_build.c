// SPDX-License-Identifier: GPL-2.0-only
#define _GNU_SOURCE
#include <errno.h>
#include <glob.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "commands/doctor.h"
#include "lib/tool.h"

/* ---- the kernel and the build */

void doc_kernel(void)
{
	char text[SYSFILES_TEXT];

	if (sysfiles_read(sysfiles_path("/proc/sys/kernel/osrelease"), text) <= 0)
		snprintf(text, sizeof(text), "unknown");
	snprintf(doc.release, sizeof(doc.release), "%.127s", text);
	doc_say(OK, "kernel", "%s", doc.release);
}

/* The module's file by the index that modprobe uses. */
static bool doc_indexed(void)
{
	FILE *f = fopen(sysfiles_path("/lib/modules/%s/modules.dep", doc.release), "re");
	size_t size = 0, len;
	char *line = NULL;

	while (f && getline(&line, &size, f) > 0) {
		len = strcspn(line, ":");
		line[len] = '\0';
		if (!strstr(line, "/perftop.ko") || len >= sizeof(doc.file))
			continue;
		memcpy(doc.file, line, len + 1);
		break;
	}
	free(line);
	if (f)
		fclose(f);
	return doc.file[0];
}

/* One that the index doesn't have. */
static bool doc_unindexed(void)
{
	static const char *const folder[] = { "updates/dkms", "updates", "extra" };
	glob_t found;
	size_t i;
	bool is = false;

	for (i = 0; i < ARRAY_SIZE(folder) && !is; i++) {
		is = !glob(sysfiles_path("/lib/modules/%s/%s/perftop.ko*", doc.release,
					 folder[i]), 0, NULL, &found);
		globfree(&found);
	}
	return is;
}

static bool doc_modinfo(const char *field, char *text)
{
	const char *path = doc.file[0] == '/' ? sysfiles_path("%s", doc.file) :
			   sysfiles_path("/lib/modules/%s/%s", doc.release, doc.file);
	const char *const argv[] = { "modinfo", "-F", field, path, NULL };

	return sysfiles_run(text, argv) == 0;
}

static bool doc_headers(void)
{
	return !access(sysfiles_path("/lib/modules/%s/build/Makefile", doc.release),
		       F_OK);
}

#define DOC_UPDATE "/usr/lib/perftop/dkms update"

/*
 * What packaging/dkms has noted of a kernel for which it didn't build: why, and
 * in the second line what to do. @text: SYSFILES_TEXT bytes, that has the first one.
 * Returns the second; NULL: there is no note.
 */
static const char *doc_not_built(char *text)
{
	char *todo;

	if (sysfiles_read(sysfiles_path("/var/lib/perftop/not-built-%s", doc.release), text) <= 0)
		return NULL;
	todo = strchr(text, '\n');
	if (!todo)
		return DOC_UPDATE;
	*todo++ = '\0';
	todo[strcspn(todo, "\n")] = '\0';
	return todo;
}

static void doc_no_module(void)
{
	const char *todo;
	char why[SYSFILES_TEXT];

	if (doc_unindexed()) {
		doc_say(doc_hinders(), "module", "it is built, but modprobe doesn't know of it");
		doc_do("depmod %s", doc.release);
		return;
	}
	todo = doc_not_built(why);
	doc_say(doc_hinders(), "module", "none is built for this kernel%s%s%s",
		todo ? ": " : "", todo ? why : "",
		doc.loaded[0] ? "; what is loaded was loaded by hand" : "");
	if (todo)
		doc_do("%s", todo);
	else if (access(sysfiles_path("/usr/lib/perftop/dkms"), F_OK))
		doc_do("install the package perftop-dkms");
	else
		doc_do(DOC_UPDATE ", and see what it says");
}

void doc_module(void)
{
	char text[SYSFILES_TEXT];

	if (!doc_indexed()) {
		doc_no_module();
		return;
	}
	if (!doc_modinfo("vermagic", text) || !*text) {
		if (access(sysfiles_path("/lib/modules/%s/%s", doc.release, doc.file), R_OK) &&
		    doc.file[0] != '/') {
			doc_say(doc_hinders(), "module", "modprobe knows %s, but it can't be read: %s",
				doc.file, strerror(errno));
			doc_do(DOC_UPDATE);
		} else {
			doc_say(UNSURE, "module", "%s; modinfo can't tell what it is", doc.file);
		}
		return;
	}
	text[strcspn(text, " ")] = '\0';
	if (strcmp(text, doc.release)) {
		doc_say(doc_hinders(), "module", "%s is built for the kernel %s", doc.file, text);
		doc_do(DOC_UPDATE);
		return;
	}
	if (doc_modinfo("version", text))
		snprintf(doc.built, sizeof(doc.built), "%.63s", text);
	doc_say(OK, "module", "version %s is built for this kernel: %s", doc.built, doc.file);
}

void doc_sources(void)
{
	if (doc_headers()) {
		doc_say(OK, "headers", "of this kernel are there");
	} else if (doc.file[0]) {
		doc_say(OK, "headers", "are not there, and not needed as long as the module is built");
	} else {
		doc_say(doc_hinders(), "headers", "of this kernel are missing");
		doc_do("/usr/lib/perftop/dkms headers %s, of perftop-dkms, names their package", doc.release);
	}
}

/* ---- signature */

/* Why this kernel wants one; NULL: it doesn't. */
static const char *doc_signature_wanted(void)
{
	char text[SYSFILES_TEXT];

	if (sysfiles_read(sysfiles_path("/sys/kernel/security/lockdown"), text) > 0 &&
	    !strstr(text, "[none]"))
		return "the kernel is locked down";
	if (sysfiles_read(sysfiles_path("/sys/module/module/parameters/sig_enforce"), text) > 0 &&
	    text[0] == 'Y')
		return "module.sig_enforce is set";
	return NULL;
}

static bool doc_secure_boot(void)
{
	char text[SYSFILES_TEXT];
	int len = sysfiles_read(sysfiles_path("/sys/firmware/efi/efivars/SecureBoot-8be4df61-93ca-11d2-aa0d-00e098032b8c"),
				text);

	/* Four bytes of attributes, and then the value. */
	return len == 5 && text[4] == 1;
}

void doc_signature(void)
{
	const char *why = doc_signature_wanted();
	char signer[SYSFILES_TEXT] = "", boot[64];

	snprintf(boot, sizeof(boot), "Secure Boot is %s", doc_secure_boot() ? "on" : "off");
	if (!doc.built[0]) {
		doc_say(UNSURE, "signature", "%s; %s: there is no module to look at",
			why ? why : "this kernel loads unsigned modules", boot);
		return;
	}
	if (!doc_modinfo("signer", signer))
		signer[0] = '\0';
	if (!why && !*signer) {
		doc_say(OK, "signature", "none, and this kernel wants none; %s", boot);
	} else if (!*signer) {
		doc_say(doc_hinders(), "signature", "the module has none, and %s", why);
		doc_do("have DKMS sign it, and enrol the key: SECURE BOOT in perftop(4)");
	} else if (!why || doc.loaded[0]) {
		doc_say(OK, "signature", "by \"%s\"; %s", signer, boot);
	} else {
		doc_say(UNSURE, "signature",
			"by \"%s\"; %s, so that key must be one that the kernel trusts", signer, why);
		doc_do("check it by: mokutil --test-key /var/lib/dkms/mok.pub (SECURE BOOT in perftop(4))");
	}
}
