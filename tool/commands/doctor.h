/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * perftop doctor, in parts: what is installed (doctor_build.c), what runs
 * (doctor_run.c, doctor_cgroups.c, doctor_stacks.c), and the order of both
 * (doctor.c).
 *
 * check: a function that looks at one thing, and says what it found
 *	(doc_say()) and, if that is wrong, what to do (doc_do()).
 */
#ifndef DOCTOR_H
#define DOCTOR_H

#include "lib/tool.h"
#include "machine/sysfiles.h"

struct reader;

#define DOC_FILE_MAX 512

enum verdict {
	OK,
	WRONG,
	NOTE,		/* not as the packages have it; does no harm now */
	UNSURE,		/* we can't see it; no reason for an alarm */
};

/* What later checks want to know of earlier ones. */
struct doctor {
	char release[128];		/* of the kernel */
	char file[DOC_FILE_MAX];	/* the module, below /lib/modules/RELEASE; "": none */
	char built[64];			/* version of that */
	char loaded[64];		/* version; "": it isn't loaded */
	int wrong;			/* how many are */
	int notes;
};

extern struct doctor doc;

/* A line: the verdict, what it is about, and what was found. */
void doc_say(enum verdict verdict, const char *what, const char *fmt, ...)
	__attribute__((format(printf, 3, 4)));
/* A line: what to do. */
void doc_do(const char *fmt, ...) __attribute__((format(printf, 1, 2)));

/*
 * The verdict on what prevents a load. If the module is loaded, however that
 * was done, only the next load fails: NOTE, else WRONG.
 */
enum verdict doc_hinders(void);

/* What is installed. */
void doc_kernel(void);
void doc_module(void);
void doc_sources(void);
void doc_signature(void);

/*
 * What the configuration says against loading it, told in @found, which has
 * SYSFILES_TEXT bytes. Returns whether there is anything.
 */
bool doc_blacklisted(char *found);		/* the kernel's command line */
bool doc_modprobe_forbids(char *found);
bool doc_modules_disabled_by(char *found);	/* a file of sysctl's */

/* What runs. */
void doc_look_loaded(void);	/* before all that ask for doc.loaded */
void doc_switches(void);
void doc_hook(void);
void doc_unit(void);
void doc_loaded(void);
void doc_device(void);
void doc_records(void);
void doc_cgroups(void);
/* Do user stacks end early? @r: behind the head */
void doc_stacks(struct reader *r);
/* Does the module see threads that are moved to another cgroup? */
void doc_followed(bool followed);

#endif
