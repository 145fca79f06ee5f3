/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Inside fuzz: what its files share.
 *
 * slot: an open file, of one thread or of all of a process.
 * loose: a slot of which others may change what it is.
 * errors: a set of errno values, and 0 for success.
 * input: a call, or a load; its number and the seed say which.
 */
#ifndef FUZZ_H
#define FUZZ_H

#include "../work.h"
#include "../../../src/uapi/perftop.h"
#include <ctype.h>
#include <limits.h>
#include <pthread.h>
#include <sys/uio.h>

#define COUNT(a) (sizeof(a) / sizeof((a)[0]))
#define PAGE 4096UL
#define THREADS 2
#define PRIVATE 6	/* open files of a thread, */
#define COMMON 4	/* and of a process: first come, first served */
#define SLOTS (PRIVATE + COMMON)
#define TEXT 65600

/* ---- parameters and files (words.c) */

enum type { RANGE, CHOICE, PERCENT, NAME, MODE };

struct param {
	const char *name;
	enum type type;
	unsigned int min, max;
	const char *choices[3];
};

#define PARAMS 20
extern const struct param params[PARAMS];

#define CHANGING 8
#define TARGET 6

enum kind { VIEW, EVENTS, DEVICE, PARAM };

struct file {
	const char *path;
	enum kind kind;
	int param;
};

#define FILES 14
extern const struct file files[FILES];

#define DEVICE_FILE 4
#define FIRST_PARAM 5

/* ---- random numbers of an input (words.c) */

/* From here on those of input @input of worker @number. */
void rnd_begin(uint64_t seed, uint64_t number, uint64_t input);
uint64_t rnd64(void);
/* 0 to @below - 1 */
uint64_t rnd(uint64_t below);

#define PICK(array) ((array)[rnd(COUNT(array))])

/* ---- workers, and what is wrong (main.c) */

struct slot {
	int fd;			/* -1: none */
	const struct file *f;
	int flags;
	int loose;		/* others may change what it is: any error will do */
	int sought;		/* its place may be one where nothing fits */
};

struct worker {
	int number;
	long input;
	volatile long alarms;		/* signals that it has had */
	struct slot slots[PRIVATE];
	struct slot *common;
	unsigned char *area, *end;	/* memory; what follows isn't any */
	char *text;
	int pipe[2];
	uint64_t reset;
	pthread_t thread;
};

#define ISSUED (1 << 18)

/* Of all processes. */
struct shared {
	long inputs, wrong, failed;
	uint64_t issued[ISSUED];
};

extern struct shared *shared;
extern unsigned long long seed;
extern __thread struct worker *me;

void begin_input(long i);

__attribute__((format(printf, 1, 2)))
void finding(const char *fmt, ...);

typedef unsigned __int128 errors;

#define E(e) ((errors)1 << (e))
#define ANY_ERROR (E(EBADF) | E(EINVAL) | E(EFAULT) | E(EAGAIN) | E(EINTR) | E(ESPIPE) | E(ENOMEM) | E(EBUSY) | E(ENOTTY) | E(EIO) |	\
		   E(ENODEV) | E(EACCES) | E(EPERM) | E(EOPNOTSUPP) | E(EFBIG) | E(ENXIO) | E(ENOENT) | E(EOVERFLOW) | E(EXDEV))
#define SUCCESS E(0)

/* Of all that may come of a call, has one come? */
void judge(const struct slot *s, const char *call, long ret, errors may);
int readable(const struct slot *s);
int writable(const struct slot *s);

/* ---- what is accepted, and was written (accept.c) */

/* Is it a value of the parameter? @value: as it shows it */
int accepts_param(const struct param *p, const char *s, char value[64]);

/* Bytes of a command that are looked at: the longest one, and one more. */
#define COMMAND_LOOKED 1039

enum command { NONE, RESET, PAUSE, RESUME, AIM };

enum command accepts_command(const char *s, size_t size, char target[64]);
/* What a parameter gets of a write: a page at most, up to a NUL. */
int accepts_write(const struct file *f, const char *text, size_t len, char value[64]);
/* The errors of a target, or of a text, that isn't accepted. */
errors refuses_target(const char *s);
errors refuses_write(const struct file *f, const char *text, size_t len);
/* Has somebody written that value? @add: yes, now */
int issued(int param, const char *value, int add);

/* ---- what to write (words.c) */

const char *param_word(const struct param *p, char *word);
/* Changes @text, of @len bytes, and returns how many it has then. */
size_t mutate(char *text, size_t len);
/* For a file, into me->text; returns its bytes. */
size_t make_text(const struct file *f);

/* ---- memory, and slots (slots.c) */

struct buf {
	unsigned char *p;
	size_t size, mapped;
};

struct buf make_buf(void);
void canary_set(const struct buf *b);
void canary_check(const struct slot *s, const struct buf *b, const char *call, long n);
struct slot *any_slot(void);
void open_at(struct slot *s);
void fill(struct slot *s, int fd, const struct file *f, int flags, int loose);
off_t any_offset(void);
int is_stream(const struct slot *s);

/* ---- calls of a slot's file */

/* slots.c */
void do_open(struct slot *s);
void do_close(struct slot *s);
void do_reopen(struct slot *s);
void do_burst(struct slot *s);
void do_dup(struct slot *s);
/* reads.c */
void do_read(struct slot *s);
void do_pread(struct slot *s);
void do_readv(struct slot *s);
void do_lseek(struct slot *s);
/* writes.c */
void do_write(struct slot *s);
void do_writev(struct slot *s);
/* calls.c */
void do_ioctl(struct slot *s);
void do_poll(struct slot *s);
void do_splice(struct slot *s);
void do_mmap(struct slot *s);
void do_fcntl(struct slot *s);
void do_fork(struct slot *s);
void do_rare(struct slot *s);
void do_unload(struct slot *s);
/* state.c */
void do_check(struct slot *s);

/* ---- writes.c */

/* Say which values may be there by what is about to be written. */
void issue(const struct slot *s, const char *text, size_t len);
/* Of a write of @size bytes, the first @mapped of which are @text, and there. */
errors write_errors(const struct slot *s, const char *text, size_t size, size_t mapped);
errors writev_errors(const struct slot *s, const struct iovec *iov, int nr, const char *text, size_t len, int bad, long *want);
void write_result(const struct slot *s, const char *call, long n, size_t size);
/* The text where it is to be written from. */
struct buf text_buf(size_t len);

/* ---- alone (state.c), loads (loads.c) */

extern int param_fd[CHANGING];

/* @n writes, each judged by what it changes. */
void alone(long n);
/* @n loads of the module in file @name. */
void loads(const char *name, long n);

#endif
