/* SPDX-License-Identifier: GPL-2.0-only */
/* perftop doctor, in parts. Each check says what it found, and what to do. */
#ifndef DOCTOR_H
#define DOCTOR_H

#include "machine/sysfiles.h"

#define DOC_FILE_MAX 512

enum verdict {
	OK,
	WRONG,
	NOTE,		/* not as the packages have it, but that does no harm now */
	UNSURE,		/* we can't see it; no reason for an alarm */
};

/* What later checks want to know of earlier ones. */
struct doctor {
	char release[128];
	char file[DOC_FILE_MAX];	/* of the module, below the modules of this kernel; "": none */
	char built[64];			/* version of that */
	char loaded[64];		/* "": it isn't */
	int wrong;
	int notes;
};

extern struct doctor doc;

void doc_say(enum verdict verdict, const char *what, const char *fmt, ...)
	__attribute__((format(printf, 3, 4)));
void doc_do(const char *fmt, ...) __attribute__((format(printf, 1, 2)));
/* Of what keeps it from being loaded: if it is, however that was done, it's the next load that fails. */
enum verdict doc_hinders(void);

/* What is installed (doctor_build.c), in this order. */
void doc_kernel(void);
void doc_module(void);
void doc_sources(void);
void doc_signature(void);

/* What runs (doctor_run.c). */
void doc_look_loaded(void);	/* first of all */
void doc_switches(void);
void doc_hook(void);
void doc_unit(void);
void doc_loaded(void);
void doc_device(void);
void doc_records(void);

#endif
