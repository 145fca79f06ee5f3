// SPDX-License-Identifier: GPL-2.0-only
/*
 * fuzz [-s SEED] [-n INPUTS] [-w PROCESSES] [-o WORKER]: calls that make sense and calls that don't, on all files of the loaded module: first
 * writes alone, each judged by what it changes; then all calls there are, by PROCESSES of two threads each, at the same time (-o: by
 * that one of them alone). Which calls, that is by SEED, and for each worker always the same; what they meet isn't.
 * fuzz -l KO [-s SEED] [-n LOADS]: loads of the module, with parameters that make sense and such that don't.
 *
 * What a file accepts is here once more, in plain words (accepts_...()). Prints what is wrong, with the number of the input, and at the
 * end how many inputs there were; exit status 1 if anything was wrong.
 */
#include "work.h"
#include "../../src/uapi/perftop.h"
#include <ctype.h>
#include <limits.h>
#include <poll.h>
#include <pthread.h>
#include <sys/epoll.h>
#include <sys/ioctl.h>
#include <sys/mman.h>
#include <sys/sendfile.h>
#include <sys/time.h>
#include <sys/uio.h>

#define COUNT(a) (sizeof(a) / sizeof((a)[0]))
#define PAGE 4096UL
#define THREADS 2
#define PRIVATE 6	/* open files of a thread, */
#define COMMON 4	/* and of a process: whoever comes first */
#define SLOTS (PRIVATE + COMMON)
#define TEXT 65600

/* ---- what there is */

enum type { RANGE, CHOICE, PERCENT, NAME, MODE };

static const struct param {
	const char *name;
	enum type type;
	unsigned int min, max;
	const char *choices[3];
} params[] = {
	/* Those that can change come first. */
	{ "top", RANGE, 1, 1000 }, { "sleepers", RANGE, 1, 10000 }, { "idle", RANGE, 0, 1 }, { "verify_stacks", RANGE, 0, 1 },
	{ "sum", CHOICE, .choices = { "thread", "process" } }, { "budget", PERCENT }, { "target", NAME }, { "verify_times", RANGE, 0, 1 },
	{ "depth", RANGE, 1, 32 }, { "entries", RANGE, 64, 1 << 20 }, { "pids", RANGE, 64, 1 << 20 }, { "sleeps", RANGE, 64, 1 << 20 },
	{ "tasks", RANGE, 64, 1 << 20 }, { "events", RANGE, 0, 1 << 20 }, { "targets", RANGE, 64, 1 << 20 },
	{ "stacks", CHOICE, .choices = { "both", "kernel", "user" } }, { "hook", CHOICE, .choices = { "kprobe", "tracepoint" } },
	{ "hrtimer", RANGE, 0, 1 }, { "gid", RANGE, 0, INT_MAX }, { "mode", MODE },
};

#define CHANGING 8
#define TARGET 6

enum kind { VIEW, EVENTS, DEVICE, PARAM };

static const struct file {
	const char *path;
	enum kind kind;
	int param;
} files[] = {
	{ "/proc/perftop", VIEW }, { "/proc/schedtop", VIEW }, { "/proc/lattop", VIEW }, { "/proc/perftop_events", EVENTS },
	{ "/dev/perftop", DEVICE },
#define P(name, n) { "/sys/module/perftop/parameters/" name, PARAM, n }
	P("top", 0), P("sleepers", 1), P("idle", 2), P("verify_stacks", 3), P("sum", 4), P("budget", 5), P("target", 6), P("verify_times", 7), P("depth", 8),
#undef P
};

#define DEVICE_FILE 4
#define FIRST_PARAM 5

/* ---- numbers by chance, of an input */

static unsigned long long seed = 1;
static __thread uint64_t state;

static uint64_t rnd64(void)
{
	uint64_t z = state += 0x9e3779b97f4a7c15;

	z = (z ^ z >> 30) * 0xbf58476d1ce4e5b9;
	z = (z ^ z >> 27) * 0x94d049bb133111eb;
	return z ^ z >> 31;
}

static uint64_t rnd(uint64_t below)
{
	return rnd64() % below;
}

#define PICK(array) ((array)[rnd(COUNT(array))])

/* ---- who does it, and what is wrong */

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
	struct slot slots[PRIVATE];
	struct slot *common;
	unsigned char *area, *end;	/* memory; what follows isn't any */
	char *text;
	int pipe[2];
	uint64_t reset;
	pthread_t thread;
};

#define ISSUED (1 << 18)

static struct {
	long inputs, wrong, failed;
	uint64_t issued[ISSUED];
} *shared;

static __thread struct worker *me;

__attribute__((format(printf, 1, 2)))
static void finding(const char *fmt, ...)
{
	char text[512];
	va_list ap;

	if (__atomic_fetch_add(&shared->wrong, 1, __ATOMIC_RELAXED) > 20)
		return;
	va_start(ap, fmt);
	vsnprintf(text, sizeof(text), fmt, ap);
	va_end(ap);
	printf("seed %llu, worker %d, input %ld: %s\n", seed, me->number, me->input, text);
	fflush(stdout);
}

/* ---- errors */

typedef unsigned __int128 errors;

#define E(e) ((errors)1 << (e))
#define ANY_ERROR (E(EBADF) | E(EINVAL) | E(EFAULT) | E(EAGAIN) | E(EINTR) | E(ESPIPE) | E(ENOMEM) | E(EBUSY) | E(ENOTTY) | E(EIO) |	\
		   E(ENODEV) | E(EACCES) | E(EPERM) | E(EOPNOTSUPP) | E(EFBIG) | E(ENXIO) | E(ENOENT) | E(EOVERFLOW) | E(EXDEV))
#define SUCCESS E(0)

/* Of all that may come of a call, has one come? */
static void judge(const struct slot *s, const char *call, long ret, errors may)
{
	int err = ret < 0 ? errno : 0;

	if (s && s->loose)
		may |= ANY_ERROR | SUCCESS;
	if (err)
		__atomic_fetch_add(&shared->failed, 1, __ATOMIC_RELAXED);
	if (err > 127 || !(may & E(err)))
		finding("%s, %s opened with %#o: %s (%ld)", call, s && s->f ? s->f->path : "", s ? s->flags : 0, strerror(err), ret);
}

static int readable(const struct slot *s)
{
	return (s->flags & O_ACCMODE) != O_WRONLY && !(s->flags & O_PATH);
}

static int writable(const struct slot *s)
{
	return (s->flags & O_ACCMODE) != O_RDONLY && !(s->flags & O_PATH);
}

/* ---- what is accepted */

/* As the kernel's kstrtouint(): a plus sign, 0x or 0, and a newline at the end may be there. */
static int accepts_number(const char *s, unsigned int base, unsigned int *n)
{
	unsigned long long sum = 0;
	int digits = 0;

	s += *s == '+';
	if (!base)
		base = s[0] != '0' ? 10 : (s[1] | 0x20) == 'x' && isxdigit((unsigned char)s[2]) ? 16 : 8;
	if (base == 16)
		s += 2;
	for (; isxdigit((unsigned char)*s); s++, digits++) {
		unsigned int digit = isdigit((unsigned char)*s) ? *s - '0' : (*s | 0x20) - 'a' + 10;

		if (digit >= base)
			return 0;
		sum = sum * base + digit;
		if (sum > UINT_MAX)
			return 0;
	}
	*n = sum;
	return digits && (!*s || !strcmp(s, "\n"));
}

/* "12", "12.5", "12.50", in hundredths. */
static int accepts_percent(const char *s, unsigned int *n)
{
	unsigned long long sum = 0;
	int decimals = -1, digits = 0;

	for (; isdigit((unsigned char)*s) || (*s == '.' && decimals < 0 && digits); s++) {
		if (*s == '.') {
			decimals = 0;
			continue;
		}
		if (decimals >= 0 && ++decimals > 2)
			return 0;
		digits++;
		sum = sum * 10 + *s - '0';
		if (sum > 1000000)
			return 0;
	}
	if (!digits || !decimals || (*s && strcmp(s, "\n")))
		return 0;
	for (decimals = decimals < 0 ? 0 : decimals; decimals < 2; decimals++)
		sum *= 10;
	*n = sum;
	return sum >= 1 && sum <= 10000;
}

/* A name, and maybe a newline behind it. */
static int accepts_name(const char *s, char *value)
{
	size_t len = strlen(s);

	len -= len && s[len - 1] == '\n';
	if (len > 15)
		return 0;
	memcpy(value, s, len);
	value[len] = '\0';
	return 1;
}

/* Is it a value of the parameter? VALUE: as it shows it */
static int accepts_param(const struct param *p, const char *s, char value[64])
{
	unsigned int n;

	switch (p->type) {
	case RANGE:
		sprintf(value, "%u", accepts_number(s, 0, &n) ? n : 0);
		return accepts_number(s, 0, &n) && n >= p->min && n <= p->max;
	case CHOICE:
		for (int i = 0; i < 3 && p->choices[i]; i++) {
			size_t len = strlen(p->choices[i]);

			strcpy(value, p->choices[i]);
			if (!strncmp(s, value, len) && (!s[len] || !strcmp(s + len, "\n")))
				return 1;
		}
		return 0;
	case PERCENT:
		if (!accepts_percent(s, &n))
			return 0;
		sprintf(value, "%u.%02u", n / 100, n % 100);
		return 1;
	case NAME:
		return accepts_name(s, value);
	default:
		if (!accepts_number(s, 8, &n))
			return 0;
		sprintf(value, "0%o", n);
		return (n & 0400) && !(n & ~0666u);
	}
}

enum command { NONE, RESET, PAUSE, RESUME, AIM };

static enum command accepts_command(const char *s, size_t size, char target[64])
{
	static const char * const words[] = { [RESET] = "reset", [PAUSE] = "pause", [RESUME] = "resume" };
	char text[32];

	if (size > 24 || memchr(s, 0, size))
		return NONE;
	memcpy(text, s, size);
	text[size] = '\0';
	if (!strncmp(text, "target=", 7))
		return accepts_name(text + 7, target) ? AIM : NONE;
	if (size && text[size - 1] == '\n')
		text[size - 1] = '\0';
	for (int i = RESET; i <= RESUME; i++)
		if (!strcmp(text, words[i]))
			return i;
	return NONE;
}

/* ---- values that somebody has written: no other may be there */

static uint64_t issue_hash(int param, const char *value)
{
	uint64_t h = 0xcbf29ce484222325 + param;

	for (; *value; value++)
		h = (h ^ (unsigned char)*value) * 0x100000001b3;
	h ^= h >> 29;
	return h ?: 1;
}

static int issued(int param, const char *value, int add)
{
	uint64_t h = issue_hash(param, value), none;

	for (uint64_t i = h;; i++) {
		uint64_t *at = &shared->issued[i % ISSUED];

		none = 0;
		if (__atomic_load_n(at, __ATOMIC_SEQ_CST) == h)
			return 1;
		if (__atomic_load_n(at, __ATOMIC_SEQ_CST))
			continue;
		if (!add)
			return 0;
		if (__atomic_compare_exchange_n(at, &none, h, 0, __ATOMIC_SEQ_CST, __ATOMIC_SEQ_CST) || none == h)
			return 1;
	}
}

/* ---- what to write */

static const char *number_word(const struct param *p, char *word)
{
	static const char * const odd[] = {
		"", "-1", "+5", "0x10", "0X1f", "010", "08", "0x", "4294967296", "4294967297", "18446744073709551616", " 5", "5 ", "1e3", "00", "\n",
	};
	const unsigned int edges[] = { p->min, p->max, p->min - 1, p->max + 1, 0, 1, INT_MAX, UINT_MAX };

	switch (rnd(4)) {
	case 0:
		return PICK(odd);
	case 1:
		sprintf(word, "%u", PICK(edges));
		return word;
	default:
		sprintf(word, "%u", (unsigned int)(p->min + rnd((p->max < 10000 ? p->max : 10000) - p->min + 1)));
		return word;
	}
}

static const char *param_word(const struct param *p, char *word)
{
	static const char * const names[] = { "", "fuzz", "a b", "hack", "fifteen-bytes-x", "sixteen-bytes-xx", "\n", "\\x00", "%s%n", "\"" };
	static const char * const percents[] = { "0.01", "100", "100.00", "0", "100.01", "0.001", ".5", "5.", "1..2", "12.25", "001", "-1" };
	static const char * const modes[] = { "0400", "0666", "0440", "400", "0777", "0", "8", "01400", "0x100", "+0400" };

	switch (p->type) {
	case RANGE:
		return number_word(p, word);
	case CHOICE:
		return rnd(8) ? p->choices[rnd(p->choices[2] ? 3 : 2)] : "none";
	case PERCENT:
		if (rnd(2))
			return PICK(percents);
		sprintf(word, "%u.%02u", (unsigned int)rnd(101), (unsigned int)rnd(100));
		return word;
	case NAME:
		return PICK(names);
	default:
		return PICK(modes);
	}
}

static const char *command_word(char *word)
{
	static const char * const words[] = { "reset", "pause", "resume", "resume", "rese", "Reset", "target", "reset pause", "" };

	/* It waits for all CPUs, and others who set a target for it. */
	if (rnd(100))
		return PICK(words);
	strcpy(word, "target=");
	return strcat(word, param_word(&params[TARGET], word + 32));
}

/* Changes TEXT, of LEN bytes, and returns how many it has then. */
static size_t mutate(char *text, size_t len)
{
	static const size_t sizes[] = { 5, 7, 23, 24, 25, 32, 33, 4095, 4096, 4097, 65535, 65536 };
	size_t at = len ? rnd(len + 1) : 0, more;

	switch (rnd(14)) {
	case 0:
		if (at < len)
			text[at] ^= 1 << rnd(8);
		return len;
	case 1:
		if (at < len)
			text[at] = rnd(256);
		return len;
	case 2:
		memmove(text + at + 1, text + at, len - at);
		text[at] = rnd(2) ? (char)rnd(256) : " \n\t=,\"0\\"[rnd(8)];
		return len + 1;
	case 3:
		return at;
	case 4:
		if (at < len)
			memmove(text + at, text + at + 1, len - at - 1);
		return at < len ? len - 1 : len;
	case 5:
		text[len] = '\0';
		return len + 1 + rnd(3);
	case 6:
		more = PICK(sizes);
		if (more > len)
			memset(text + len, rnd(2) ? 0 : 'a' + rnd(26), more - len);
		return more;
	case 7:
		more = rnd(100);
		for (size_t i = 0; i < more; i++)
			text[len + i] = rnd(256);
		return len + more;
	case 8:
		if (len > 1000)
			return len;
		memcpy(text + len, text, len);
		return 2 * len;
	case 9:
		memmove(text + 1, text, len);
		text[0] = rnd(256);
		return len + 1;
	case 10:
		if (len)
			text[at % len] = toupper((unsigned char)text[at % len]);
		return len;
	default:
		text[len] = '\n';
		return len + 1;
	}
}

/* For a file, into me->text. */
static size_t make_text(const struct file *f)
{
	static const int times[] = { 0, 0, 1, 1, 1, 2, 3 };
	char word[64];
	const char *w;
	size_t len;

	w = f->kind == PARAM && rnd(20) ? param_word(&params[f->param], word) : command_word(word);
	len = strlen(w);
	memcpy(me->text, w, len);
	for (int n = PICK(times); n && len < 1000; n--)
		len = mutate(me->text, len);
	if (rnd(2) && len < 1000)
		me->text[len++] = '\n';
	return len;
}

/* What a parameter gets of a write: a page at most, up to a NUL. */
static int accepts_write(const struct file *f, const char *text, size_t len, char value[64])
{
	char page[PAGE + 1];

	len = len < PAGE ? len : PAGE;
	memcpy(page, text, len);
	page[len] = '\0';
	return accepts_param(&params[f->param], page, value);
}

/* ---- memory */

struct buf {
	unsigned char *p;
	size_t size, mapped;
};

static struct buf make_buf(void)
{
	static const size_t sizes[] = {
		0, 1, 2, 7, 8, 24, 25, 63, 64, 100, 255, 4095, 4096, 4097, 65535, 65536, INT_MAX, INT_MAX - 4095U, 1UL << 31, 1UL << 32, SIZE_MAX,
	};
	struct buf b = { .size = rnd(4) ? PICK(sizes) : rnd(70000) };

	switch (rnd(12)) {
	case 0:
		b.p = (void *)(uintptr_t)rnd(2);
		break;
	case 1:
		b.p = (void *)(0xffff888000000000 + rnd(1 << 20));
		break;
	case 2:
		b.p = (void *)((uintptr_t[]){ 1UL << 63, -4095UL, ~0UL, (1UL << 47) - 8 }[rnd(4)]);
		break;
	case 3:
		b.p = me->end + rnd(PAGE);
		break;
	case 4:
		b.mapped = rnd(64);
		b.p = me->end - b.mapped;
		break;
	default:
		b.p = me->area + rnd(64);
		b.mapped = me->end - b.p;
	}
	return b;
}

#define CANARY 0x5a5a5a5a5a5a5a5a

static void canary_set(const struct buf *b)
{
	uint64_t word = CANARY;

	if (b->size + sizeof(word) <= b->mapped)
		memcpy(b->p + b->size, &word, sizeof(word));
}

static void canary_check(const struct slot *s, const struct buf *b, const char *call, long n)
{
	uint64_t word;

	if (n > 0 && ((size_t)n > b->size || (size_t)n > b->mapped))
		finding("%s of %zu bytes, %s: %ld", call, b->size, s->f->path, n);
	if (b->size + sizeof(word) > b->mapped)
		return;
	memcpy(&word, b->p + b->size, sizeof(word));
	if (word != CANARY)
		finding("%s of %zu bytes, %s: writes more than that", call, b->size, s->f->path);
}

/* ---- calls */

static struct slot *any_slot(void)
{
	uint64_t n = rnd(SLOTS + 4);

	return n < PRIVATE ? &me->slots[n] : n < SLOTS ? &me->common[n - PRIVATE] : &me->slots[n - SLOTS];
}

static const struct file *any_file(void)
{
	static const int often[] = { 0, 1, 2, 3, 3, 3, 4, 4, 4, 4, 5, 6, 7, 8, 9, 10, 11, 12 };

	return &files[PICK(often)];
}

static void do_close(struct slot *s)
{
	int fd = __atomic_exchange_n(&s->fd, -1, __ATOMIC_SEQ_CST);

	if (fd >= 0)
		judge(s, "close", close(fd), SUCCESS);
}

static int is_common(const struct slot *s)
{
	return s >= me->common && s < me->common + COMMON;
}

/* Those of a process have numbers that no other ever has: who uses one that was closed meanwhile gets one of them. */
static void fill(struct slot *s, int fd, const struct file *f, int flags, int loose)
{
	if (is_common(s)) {
		int low = fd;

		fd = fcntl(low, F_DUPFD, 500);
		close(low);
		loose = 1;
	}
	do_close(s);
	s->loose = loose;
	s->sought = 0;
	s->flags = flags;
	s->f = f;
	fd = __atomic_exchange_n(&s->fd, fd, __ATOMIC_SEQ_CST);
	if (fd >= 0)
		close(fd);
}

static errors open_errors(const struct file *f, int flags)
{
	errors may = SUCCESS | E(ENOMEM);

	if (flags & O_DIRECTORY)
		return E(ENOTDIR);
	if (flags & O_PATH)
		return may;
	if (f->kind == VIEW || f->kind == DEVICE)
		may |= E(EINTR);
	/* Others read. */
	if (f->kind == VIEW && (flags & O_NONBLOCK))
		may |= E(EBUSY);
	if (f->kind == EVENTS)
		may |= E(EMFILE);
	if (flags & O_DIRECT)
		may |= E(EINVAL);
	/* depth is to be read only. */
	if (f->kind == PARAM && f->param >= CHANGING && (flags & (O_ACCMODE | O_TRUNC)))
		may |= E(EACCES);
	return may;
}

static int any_flags(void)
{
	static const int how[] = { O_RDONLY, O_RDONLY, O_WRONLY, O_RDWR };
	static const int more[] = { O_APPEND, O_TRUNC, O_CLOEXEC, O_DIRECT, O_DIRECTORY, O_NOFOLLOW, O_PATH, O_SYNC, O_CREAT, O_NOCTTY };

	return PICK(how) | (rnd(3) ? O_NONBLOCK : 0) | (rnd(4) ? 0 : PICK(more));
}

static void open_at(struct slot *s)
{
	const struct file *f = any_file();
	int flags = any_flags(), fd;
	struct slot as = { .f = f, .flags = flags };

	fd = open(f->path, flags, 0600);
	judge(&as, "open", fd, open_errors(f, flags));
	if (fd >= 0)
		fill(s, fd, f, flags, 0);
}

static void do_open(struct slot *s)
{
	open_at(s);
}

/* The same file once more, by what /proc has of it. */
static void do_reopen(struct slot *s)
{
	struct slot *to = &me->slots[rnd(PRIVATE)];
	const struct file *f = s->f;
	int flags = any_flags() & ~O_NOFOLLOW, fd;
	struct slot as = { .f = f, .flags = flags, .loose = s->loose };
	char path[40];

	sprintf(path, "/proc/self/fd/%d", s->fd);
	fd = open(path, flags, 0600);
	judge(&as, "open again", fd, open_errors(f, flags) | (s->loose ? E(ENOTDIR) : 0));
	if (fd >= 0)
		fill(to, fd, f, flags, s->loose);
}

static void do_burst(struct slot *s)
{
	const struct file *f = any_file();
	int n = f->kind == VIEW ? 3 : 40, fd[40];
	struct slot as = { .f = f, .flags = O_RDONLY };

	(void)s;
	for (int i = 0; i < n; i++) {
		fd[i] = open(f->path, O_RDONLY);
		judge(&as, "open of many", fd[i], open_errors(f, O_RDONLY));
	}
	for (int i = 0; i < n; i++)
		if (fd[i] >= 0)
			close(fd[i]);
}

static errors read_errors(const struct slot *s, size_t size, size_t mapped)
{
	errors may = SUCCESS | E(ENOMEM);

	if (!readable(s))
		return E(EBADF);
	if (mapped < size || !mapped)
		may |= E(EFAULT);
	if ((ssize_t)size < 0)
		may = E(EINVAL) | E(EFAULT);
	if (s->f->kind == DEVICE || s->f->kind == EVENTS) {
		may |= E(EINTR);
		if (s->flags & O_NONBLOCK)
			may |= E(EAGAIN) | (s->f->kind == DEVICE ? E(EBUSY) : 0);
	} else if (s->sought) {
		may |= E(EINVAL);
	}
	return may;
}

static void do_read(struct slot *s)
{
	struct buf b = make_buf();
	long n;

	canary_set(&b);
	n = read(s->fd, b.p, b.size);
	judge(s, "read", n, read_errors(s, b.size, b.mapped));
	canary_check(s, &b, "read", n);
}

static off_t any_offset(void)
{
	static const off_t offsets[] = { 0, 1, -1, 4095, 4096, 65536, INT_MAX, 1L << 32, LONG_MAX, LONG_MAX - 4096, LONG_MIN };

	return rnd(3) ? (off_t)rnd(20000) : PICK(offsets);
}

static int is_stream(const struct slot *s)
{
	return s->f->kind == EVENTS || s->f->kind == DEVICE;
}

static void do_pread(struct slot *s)
{
	struct buf b = make_buf();
	off_t at = any_offset();
	errors may = read_errors(s, b.size, b.mapped);
	long n;

	if (is_stream(s))
		may = E(ESPIPE) | E(EBADF);
	if (at < 0)
		may = E(EINVAL) | E(EBADF);
	else if (at > LONG_MAX - (long)(b.size & LONG_MAX))
		may |= E(EINVAL);
	canary_set(&b);
	n = pread(s->fd, b.p, b.size, at);
	judge(s, "pread", n, may);
	canary_check(s, &b, "pread", n);
}

static void do_readv(struct slot *s)
{
	struct iovec iov[8];
	int nr = rnd(9), how = rnd(10);
	size_t size = 0;
	int bad = 0;
	errors may;

	for (int i = 0; i < nr; i++) {
		struct buf b = make_buf();

		iov[i] = (struct iovec){ b.p, b.size };
		/* Of a kernel's address, also of no bytes. */
		bad |= b.mapped < b.size || !b.mapped;
		size += b.size;
	}
	may = read_errors(s, size, bad ? 0 : size) | E(EINVAL);
	if (bad || !how)
		may |= E(EFAULT);
	judge(s, "readv", readv(s->fd, how ? iov : (void *)8, how == 1 ? 1025 + (int)rnd(5000) : nr), may | (how == 1 ? E(EFAULT) : 0));
}

static void do_lseek(struct slot *s)
{
	static const int ways[] = { SEEK_SET, SEEK_SET, SEEK_SET, SEEK_CUR, SEEK_CUR, SEEK_END, SEEK_DATA, SEEK_HOLE, 5, -1 };
	off_t at = any_offset();
	int how = PICK(ways);
	errors may = SUCCESS | E(EINVAL) | E(ENXIO) | E(ENOMEM) | E(EOVERFLOW);

	if (is_stream(s))
		may = E(ESPIPE) | E(EINVAL);
	if (s->flags & O_PATH)
		may = E(EBADF) | E(EINVAL);
	s->sought = 1;
	judge(s, "lseek", lseek(s->fd, at, how), may);
}

/* Say which values may be there by what is about to be written; where it goes isn't sure if the slot is loose. */
static void issue(const struct slot *s, const char *text, size_t len)
{
	char value[64];

	for (int i = 0; i < CHANGING; i++)
		if ((s->loose || s->f == &files[FIRST_PARAM + i]) && accepts_write(&files[FIRST_PARAM + i], text, len, value))
			issued(i, value, 1);
	if ((s->loose || s->f->kind != PARAM) && accepts_command(text, len, value) == AIM)
		issued(TARGET, value, 1);
}

/* Of a write of SIZE bytes, the first MAPPED of which are TEXT, and there. */
static errors write_errors(const struct slot *s, const char *text, size_t size, size_t mapped)
{
	size_t looked = s->f->kind == PARAM ? PAGE : 24;
	char value[64];
	errors may;

	if (!writable(s))
		return E(EBADF);
	if ((ssize_t)size < 0)
		return E(EINVAL) | E(EFAULT);
	if (mapped < (size < looked ? size : looked))
		may = E(EFAULT);
	else if (s->f->kind == PARAM)
		may = !size || accepts_write(s->f, text, size, value) ? SUCCESS : E(EINVAL);
	else
		may = accepts_command(text, size, value) ? SUCCESS : E(EINVAL);
	/* Of a kernel's address, also of no bytes. */
	if (!mapped)
		may |= E(EFAULT);
	if (s->f->kind == PARAM)
		may |= E(ENOMEM);
	/* Commands, and a target, wait for those who read. */
	if (may & SUCCESS)
		may |= E(EINTR);
	if (s->sought)
		may |= E(EINVAL);
	return may;
}

static void write_result(const struct slot *s, const char *call, long n, size_t size)
{
	size_t most = s->f->kind == PARAM && size > PAGE ? PAGE : size;

	if (n >= 0 && (size_t)n != most && !s->loose)
		finding("%s of %zu bytes, %s: %ld", call, size, s->f->path, n);
}

/* The text where it is to be written from. */
static struct buf text_buf(size_t len)
{
	struct buf b = { .size = len };

	switch (rnd(8)) {
	case 0:
		b = make_buf();
		memcpy(me->area + 64, me->text, len);
		if (b.mapped >= len && b.size < me->end - me->area - 64UL) {
			b.p = me->area + 64;
			b.mapped = me->end - b.p;
		} else if (b.mapped) {
			/* Some of it, or more than there is. */
			b.mapped = b.mapped < len ? b.mapped : len;
			b.p = me->end - b.mapped;
			memcpy(b.p, me->text, b.mapped);
		}
		break;
	case 1:
		b.mapped = len ? rnd(len) : 0;
		b.p = me->end - b.mapped;
		memcpy(b.p, me->text, b.mapped);
		break;
	default:
		b.p = me->area;
		b.mapped = me->end - me->area;
		memcpy(b.p, me->text, len);
	}
	return b;
}

static void do_write(struct slot *s)
{
	struct buf b = text_buf(make_text(s->f));
	int at = !rnd(8);
	errors may;
	long n;

	if (b.mapped >= b.size)
		issue(s, (char *)b.p, b.size);
	else if (b.mapped >= PAGE)
		issue(s, (char *)b.p, PAGE);
	may = write_errors(s, (char *)b.p, b.size, b.mapped);
	if (at) {
		off_t where = any_offset();

		/* Nor have those that the kernel's seq_file opens a place to write at. */
		if (s->f->kind != PARAM || !writable(s))
			may = E(ESPIPE) | E(EBADF);
		if (where < 0)
			may = E(EINVAL) | E(EBADF);
		else if (where > LONG_MAX - (long)(b.size & LONG_MAX))
			may |= E(EINVAL);
		n = pwrite(s->fd, b.p, b.size, where);
	} else {
		n = write(s->fd, b.p, b.size);
	}
	judge(s, at ? "pwrite" : "write", n, may);
	write_result(s, "write", n, b.size);
}

/* A file of /proc, and the device, take each piece for itself; a parameter all of them for one. */
static errors writev_errors(const struct slot *s, const struct iovec *iov, int nr, const char *text, size_t len, int bad, long *want)
{
	size_t before = 0;
	char value[64];

	*want = -1;
	if (!writable(s))
		return E(EBADF);
	if (s->f->kind == PARAM) {
		for (int i = 0; i < bad; i++)
			before += iov[i].iov_len;
		if (bad >= 0 && before < PAGE)
			return E(EFAULT) | E(ENOMEM);
		return (accepts_write(s->f, text, len, value) ? SUCCESS : E(EINVAL)) | E(ENOMEM);
	}
	for (int i = 0; i < nr; i++) {
		if (i == bad || !accepts_command(iov[i].iov_base, iov[i].iov_len, value))
			return i ? SUCCESS : i == bad ? E(EFAULT) : E(EINVAL);
		*want = (*want < 0 ? 0 : *want) + iov[i].iov_len;
	}
	return SUCCESS;
}

static void do_writev(struct slot *s)
{
	int nr = 1 + rnd(4), whole = rnd(2), bad = rnd(6) ? -1 : (int)rnd(nr);
	char *text = (char *)me->area;
	struct iovec iov[4];
	size_t len = 0;
	errors may;
	long want, n;

	for (int i = 0; i < nr; i++) {
		size_t piece = make_text(s->f);

		/* A word each, or one in pieces. */
		if (!whole && piece > 1)
			piece = 1 + rnd(piece);
		piece = piece ? (piece < 15000 ? piece : 15000) : 1;
		memcpy(text + len, me->text, piece);
		iov[i] = (struct iovec){ text + len, piece };
		if (s->loose || s->f->kind != PARAM)
			issue(s, text + len, piece);
		len += piece;
	}
	if (s->loose || s->f->kind == PARAM)
		issue(s, text, len);
	may = writev_errors(s, iov, nr, text, len, bad, &want);
	if (bad >= 0)
		iov[bad].iov_base = me->end;
	if (s->sought)
		may |= E(EINVAL);
	n = writev(s->fd, iov, nr);
	judge(s, "writev", n, may | (writable(s) ? E(EINTR) : 0));
	if (s->f->kind != PARAM && n >= 0 && n != want && !s->loose)
		finding("writev, %s: %ld of %ld", s->f->path, n, want);
}

/* As a program of 32 bits does it. One of 64 bits can do so on x86 only. */
#ifdef __x86_64__
#define CAN_IOCTL32 1
#else
#define CAN_IOCTL32 0
#endif

static long ioctl32(int fd, unsigned int cmd, unsigned int arg)
{
#ifdef __x86_64__
	int ret;

	__asm__ volatile("int $0x80" : "=a"(ret) : "a"(54), "b"(fd), "c"(cmd), "d"(arg) : "memory", "r8", "r9", "r10", "r11");
	errno = ret < 0 ? -ret : 0;
	return ret < 0 ? -1 : ret;
#else
	return ioctl(fd, cmd, arg);
#endif
}

static void do_ioctl(struct slot *s)
{
	static const unsigned int others[] = { 0x5401, 0x541b, 0, ~0U, 'p' << 8, 0x7000, 1U << 31 };
	static const unsigned long args[] = { 0, 0, 0, 0, 1, 8, -1UL, 1UL << 63, 1UL << 32, 0xffff888000000000 };
	unsigned long arg = rnd(8) ? PICK(args) : (unsigned long)me->area;
	int old = CAN_IOCTL32 && !rnd(8);
	unsigned int cmd;
	errors may;

	switch (rnd(6)) {
	case 0:
		cmd = PICK(others);
		break;
	case 1:
		cmd = rnd64();
		break;
	case 2:
		cmd = _IOC(rnd(4), 'p', 0xd0 + rnd(0x30), rnd(2) ? 0 : rnd(1 << 14));
		break;
	case 3:
		cmd = PERFTOP_EVENTS + (1 << rnd(30)) * (rnd(2) ? 1 : -1);
		break;
	default:
		cmd = PERFTOP_EVENTS;
	}
	may = E(ENOTTY);
	if (old)
		arg = (unsigned int)arg;
	if (s->f->kind == DEVICE && cmd == PERFTOP_EVENTS)
		may = arg ? E(EINVAL) : !readable(s) ? E(EBADF) : SUCCESS | E(EBUSY) | E(EINTR) | E(ENOMEM) | E(EMFILE);
	/* FIONREAD: the kernel does it for files that aren't devices. */
	if (cmd == 0x541b && s->f->kind != DEVICE)
		may = E(EFAULT) | SUCCESS;
	if (old)
		may |= E(ENOSYS);
	if (s->flags & O_PATH)
		may = E(EBADF);
	judge(s, old ? "ioctl of 32 bits" : "ioctl", old ? ioctl32(s->fd, cmd, arg) : ioctl(s->fd, cmd, arg), may);
}

static void do_poll(struct slot *s)
{
	struct pollfd p[3] = { { .fd = s->fd, .events = rnd(65536) }, { .fd = any_slot()->fd, .events = POLLIN | POLLOUT }, { .fd = -1 } };
	struct epoll_event ev = { .events = EPOLLIN | EPOLLOUT | (rnd(2) ? EPOLLET : 0) };
	int e;

	if (rnd(4)) {
		judge(s, "poll", poll(rnd(16) ? p : (void *)8, 3, rnd(8) ? 0 : rnd(5)), SUCCESS | E(EINTR) | E(EFAULT));
		return;
	}
	e = epoll_create1(0);
	if (e < 0)
		return;
	judge(s, "epoll_ctl", epoll_ctl(e, EPOLL_CTL_ADD, s->fd, &ev), SUCCESS | E(EPERM) | E(ENOMEM) | (s->flags & O_PATH ? E(EBADF) : 0));
	judge(s, "epoll_wait", epoll_wait(e, &ev, 1, rnd(3)), SUCCESS | E(EINTR));
	close(e);
}

static void pipe_drain(void)
{
	while (read(me->pipe[0], me->area, 65536) > 0)
		;
}

/* Only parameters can be spliced, as they are the only ones that the kernel reads and writes by itself. */
static void do_splice(struct slot *s)
{
	off_t at = any_offset();
	size_t len = rnd(2) ? rnd(10000) : PAGE;
	errors may = E(EINVAL) | E(EBADF) | E(ESPIPE) | E(EAGAIN) | E(EINTR) | E(ENOMEM) | E(EOVERFLOW);
	int null;

	if (s->f->kind == PARAM || !len)
		may |= SUCCESS;
	pipe_drain();
	switch (rnd(3)) {
	case 0:
		judge(s, "splice", splice(s->fd, rnd(2) ? &at : NULL, me->pipe[1], NULL, len, SPLICE_F_NONBLOCK | rnd(16)), may);
		break;
	case 1:
		null = open("/dev/null", O_WRONLY);
		judge(s, "sendfile", sendfile(null, s->fd, rnd(2) ? &at : NULL, len), may);
		close(null);
		break;
	default:
		len = make_text(s->f);
		len = len < PAGE ? len : PAGE;
		if (!len || write(me->pipe[1], me->text, len) != (ssize_t)len)
			return;
		issue(s, me->text, len);
		judge(s, "splice into it", splice(me->pipe[0], NULL, s->fd, NULL, len, SPLICE_F_NONBLOCK), may);
	}
}

static void do_mmap(struct slot *s)
{
	static const size_t sizes[] = { 1, PAGE, 65536, 1UL << 20, 0 };
	void *p = mmap(NULL, PICK(sizes), rnd(8), rnd(2) ? MAP_SHARED : MAP_PRIVATE, s->fd, rnd(3) * PAGE);

	judge(s, "mmap", p == MAP_FAILED ? -1 : 0, E(EIO) | E(ENODEV) | E(EACCES) | E(EINVAL) | E(EBADF) | E(EPERM) | E(ENOMEM));
	if (p != MAP_FAILED)
		munmap(p, PAGE);
}

static void do_fcntl(struct slot *s)
{
	static const int more[] = { O_APPEND, O_ASYNC, O_DIRECT, O_NOATIME, O_SYNC, 0 };
	int flags = (rnd(3) ? O_NONBLOCK : 0) | (rnd(2) ? 0 : PICK(more)), ret;

	if (!rnd(4)) {
		judge(s, "F_SETPIPE_SZ", fcntl(s->fd, F_SETPIPE_SZ, PAGE), E(EBADF));
		return;
	}
	ret = fcntl(s->fd, F_SETFL, flags);
	judge(s, "F_SETFL", ret, SUCCESS | (flags & O_DIRECT ? E(EINVAL) : 0) | (s->flags & O_PATH ? E(EBADF) : 0));
	if (!ret)
		s->flags = (s->flags & ~O_NONBLOCK) | (flags & O_NONBLOCK);
}

static void do_dup(struct slot *s)
{
	struct slot *to = &me->slots[rnd(PRIVATE)];
	int fd = fcntl(s->fd, F_DUPFD_CLOEXEC, 0);

	judge(s, "dup", fd, SUCCESS);
	if (fd < 0)
		return;
	/* What is done by one number holds for the other. */
	s->loose = 1;
	fill(to, fd, s->f, s->flags, 1);
}

static void on_alarm(int sig)
{
	(void)sig;
}

/* A child has them all, reads of one, and goes. */
static void do_fork(struct slot *s)
{
	static const struct itimerval soon = { { 0, 10000 }, { 0, 10000 } };
	char buf[500];
	pid_t pid = fork();

	if (!pid) {
		setitimer(ITIMER_REAL, &soon, NULL);
		poll(&(struct pollfd){ s->fd, POLLIN, 0 }, 1, 1);
		if (read(s->fd, buf, sizeof(buf)) < 0 && errno == EFAULT)
			_exit(1);
		close(s->fd);
		_exit(0);
	}
	s->sought = 1;
	while (pid > 0 && waitpid(pid, NULL, 0) < 0 && errno == EINTR)
		;
}

static void do_rare(struct slot *s)
{
	errors may = SUCCESS | E(EINVAL) | E(EBADF) | E(EFBIG) | E(EPERM) | E(EACCES) | E(EOPNOTSUPP) | E(ENODEV) | E(ESPIPE);
	struct stat st;

	switch (rnd(5)) {
	case 0:
		judge(s, "ftruncate", ftruncate(s->fd, any_offset()), may);
		break;
	case 1:
		judge(s, "fallocate", fallocate(s->fd, rnd(4), any_offset(), any_offset()), may);
		break;
	case 2:
		judge(s, "fsync", fsync(s->fd), may);
		break;
	case 3:
		judge(s, "fstat", fstat(s->fd, &st), SUCCESS);
		break;
	default:
		judge(s, "pwrite of nothing", pwrite(s->fd, me->area, 0, 0), may);
	}
}

/* Somebody has it open. */
static void do_unload(struct slot *s)
{
	(void)s;
	judge(NULL, "delete_module", syscall(SYS_delete_module, "perftop", O_NONBLOCK), E(EAGAIN) | E(EBUSY));
}

/* ---- what there is now */

struct now {
	uint64_t reset;
	int paused;
	char value[CHANGING][64];
};

static int param_fd[CHANGING];

static int now_param(int i, char value[64])
{
	ssize_t n = pread(param_fd[i], value, 63, 0);

	if (n <= 0 || value[n - 1] != '\n') {
		finding("%s can't be read: %zd", params[i].name, n);
		return 0;
	}
	value[n - 1] = '\0';
	return 1;
}

/* The books, by the head that a stream of events begins with. */
static int now_books(struct now *now, char target[17])
{
	struct perftop_head h;
	int fd = open(files[DEVICE_FILE].path, O_RDONLY | O_NONBLOCK);
	int ok = fd >= 0 && !ioctl(fd, PERFTOP_EVENTS, 0) && read(fd, &h, sizeof(h)) == sizeof(h);

	if (fd >= 0)
		close(fd);
	if (!ok)
		return 0;
	now->reset = h.reset;
	now->paused = !!(h.flags & PERFTOP_PAUSED);
	memcpy(target, h.target, 16);
	target[16] = '\0';
	return 1;
}

static void do_check(struct slot *s)
{
	struct now now;
	char target[17];

	(void)s;
	for (int i = 0; i < CHANGING; i++)
		if (now_param(i, now.value[i]) && !issued(i, now.value[i], 0))
			finding("%s has become '%s'", params[i].name, now.value[i]);
	if (!now_books(&now, target))
		return;
	if (!issued(TARGET, target, 0))
		finding("the target has become '%s'", target);
	if (now.reset < me->reset || now.reset > (uint64_t)wall_ns())
		finding("reset at %llu, and before at %llu", (unsigned long long)now.reset, (unsigned long long)me->reset);
	me->reset = now.reset;
}

/* ---- alone: each write changes what it says, or nothing */

static void now_all(struct now *now)
{
	char target[17];

	for (int i = 0; i < CHANGING; i++)
		now_param(i, now->value[i]);
	while (!now_books(now, target))
		if (errno != EINTR && errno != ENOMEM)
			die("the books");
	if (strcmp(target, now->value[TARGET]))
		finding("the target is '%s', and the parameter '%s'", target, now->value[TARGET]);
}

static void now_compare(const struct file *f, const struct now *was, const struct now *is, int resets)
{
	if (is->paused != was->paused)
		finding("%s: paused %d instead of %d", f->path, is->paused, was->paused);
	if (resets ? is->reset <= was->reset : is->reset != was->reset)
		finding("%s: %s", f->path, resets ? "no reset" : "a reset");
	for (int i = 0; i < CHANGING; i++)
		if (strcmp(is->value[i], was->value[i]))
			finding("%s: %s is '%s' instead of '%s'", f->path, params[i].name, is->value[i], was->value[i]);
}

/* What WAS becomes by a text. Returns whether the books begin anew. */
static int now_apply(const struct file *f, const char *text, size_t len, struct now *was)
{
	char value[64];

	if (f->kind == PARAM) {
		if (!len || !accepts_write(f, text, len, value))
			return 0;
		strcpy(was->value[f->param], value);
		return f->param == TARGET;
	}
	switch (accepts_command(text, len, value)) {
	case AIM:
		strcpy(was->value[TARGET], value);
		return 1;
	case RESET:
		return 1;
	case PAUSE:
		was->paused = 1;
		return 0;
	case RESUME:
		was->paused = 0;
		return 0;
	default:
		return 0;
	}
}

static void alone_writev(struct slot *s, const char *text, size_t len, struct now *was, int *resets)
{
	char copy[TEXT];
	struct iovec iov[3];
	size_t cut = 1 + rnd(len - 1);
	errors may;
	long want;

	memcpy(copy, text, len);
	iov[0] = (struct iovec){ copy, cut };
	iov[1] = (struct iovec){ copy + cut, len - cut };
	may = writev_errors(s, iov, 2, copy, len, -1, &want);
	if (s->f->kind == PARAM) {
		*resets = now_apply(s->f, copy, len, was);
	} else if (accepts_command(copy, cut, (char[64]){ 0 })) {
		*resets = now_apply(s->f, copy, cut, was);
		*resets |= now_apply(s->f, copy + cut, len - cut, was);
	}
	judge(s, "writev", writev(s->fd, iov, 2), may);
}

/* IS: what there is, before it and then after it */
static void alone_write(struct slot *s, struct now *is)
{
	struct now was = *is;
	size_t len = make_text(s->f);
	int resets = 0;
	struct buf b;
	long n;

	if (len > 1 && !rnd(8)) {
		alone_writev(s, me->text, len, &was, &resets);
	} else {
		b = text_buf(len);
		if (b.mapped >= b.size || (s->f->kind == PARAM && b.mapped >= PAGE && (ssize_t)b.size > 0))
			resets = now_apply(s->f, (char *)b.p, b.size <= b.mapped ? b.size : PAGE, &was);
		n = write(s->fd, b.p, b.size);
		judge(s, "write", n, write_errors(s, (char *)b.p, b.size, b.mapped));
		write_result(s, "write", n, b.size);
	}
	now_all(is);
	now_compare(s->f, &was, is, resets);
}

/* ---- all of it */

static const struct call {
	void (*call)(struct slot *s);
	int often;
} calls[] = {
	{ do_open, 120 }, { do_close, 40 }, { do_read, 200 }, { do_pread, 45 }, { do_readv, 40 }, { do_lseek, 55 }, { do_write, 180 },
	{ do_writev, 60 }, { do_ioctl, 90 }, { do_poll, 40 }, { do_splice, 25 }, { do_mmap, 20 }, { do_fcntl, 25 }, { do_dup, 15 },
	{ do_reopen, 10 }, { do_rare, 15 }, { do_check, 25 }, { do_unload, 5 }, { do_fork, 2 }, { do_burst, 1 },
};

static void begin_input(long i)
{
	me->input = i;
	state = seed;
	state = rnd64() + me->number;
	state = rnd64() + i;
	__atomic_fetch_add(&shared->inputs, 1, __ATOMIC_RELAXED);
}

static void one_input(long i)
{
	struct slot *s;
	int n, sum = 0;
	size_t k;

	begin_input(i);
	for (k = 0; k < COUNT(calls); k++)
		sum += calls[k].often;
	n = rnd(sum);
	for (k = 0; (n -= calls[k].often) >= 0; k++)
		;
	s = any_slot();
	if (__atomic_load_n(&s->fd, __ATOMIC_SEQ_CST) < 0)
		open_at(s);
	else
		calls[k].call(s);
}

static void worker_init(struct worker *w, int number, struct slot *common)
{
	w->number = number;
	w->common = common;
	for (int i = 0; i < PRIVATE; i++)
		w->slots[i].fd = -1;
	w->area = mmap(NULL, 20 * PAGE, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
	w->end = w->area + 19 * PAGE;
	w->text = calloc(1, TEXT + PAGE);
	if (w->area == MAP_FAILED || mprotect(w->end, PAGE, PROT_NONE) || !w->text || pipe2(w->pipe, O_NONBLOCK))
		die("worker");
}

static long inputs = 20000, each;

/* Nobody waits for ever. */
static void be_interrupted(void)
{
	struct itimerspec often = { { 0, 30 * MSEC }, { 0, 30 * MSEC } };
	struct sigevent how = { .sigev_notify = SIGEV_THREAD_ID, .sigev_signo = SIGALRM };
	timer_t timer;

	how._sigev_un._tid = gettid();
	if (timer_create(CLOCK_MONOTONIC, &how, &timer) || timer_settime(timer, 0, &often, NULL))
		die("timer");
}

static void *work(void *arg)
{
	me = arg;
	be_interrupted();
	for (long i = 0; i < each; i++)
		one_input(i);
	for (int i = 0; i < PRIVATE; i++)
		do_close(&me->slots[i]);
	return NULL;
}

static void process(int number, int only)
{
	static struct slot common[COMMON];
	static struct worker workers[THREADS];

	for (int i = 0; i < COMMON; i++)
		common[i].fd = -1;
	for (int i = 0; i < THREADS; i++) {
		worker_init(&workers[i], 1 + number * THREADS + i, common);
		if (only < 0 || only == workers[i].number)
			if (pthread_create(&workers[i].thread, NULL, work, &workers[i]))
				die("thread");
	}
	for (int i = 0; i < THREADS; i++)
		if (workers[i].thread)
			pthread_join(workers[i].thread, NULL);
}

static void alone(long n)
{
	struct slot s[CHANGING + FIRST_PARAM];
	struct now now;

	for (size_t i = 0; i < COUNT(s); i++) {
		s[i] = (struct slot){ .fd = open(files[i].path, O_WRONLY), .f = &files[i], .flags = O_WRONLY };
		if (s[i].fd < 0)
			die("%s", files[i].path);
	}
	now_all(&now);
	for (long i = 0; i < n; i++) {
		begin_input(i);
		alone_write(&s[rnd(COUNT(s))], &now);
	}
	for (size_t i = 0; i < COUNT(s); i++)
		close(s[i].fd);
	/* What there is now may be there later. */
	for (int i = 0; i < CHANGING; i++)
		issued(i, now.value[i], 1);
}

/*
 * The console would be busy with what the module has to say of each write. What others say, who warn of something, is put there for it, to be
 * seen by who judges the guest.
 */
static void watch(void)
{
	int log = open("/dev/kmsg", O_RDONLY), console = open("/dev/console", O_WRONLY | O_NOCTTY);
	char text[8192], *p;
	ssize_t n;

	if (log < 0 || console < 0 || lseek(log, 0, SEEK_END))
		die("the kernel's log");
	for (;;) {
		n = read(log, text, sizeof(text) - 1);
		if (n < 0 && errno != EPIPE)
			die("the kernel's log");
		if (n <= 0)
			continue;
		text[n] = '\0';
		p = strchr(text, ';');
		if (!p || (atoi(text) & 7) > 4 || !strncmp(p, ";perftop: ", 10) || !strncmp(p, ";ptop_view_write: ", 18))
			continue;
		if (write(console, p + 1, strcspn(p, "\n")) < 0)
			die("the console");
	}
}

/* ---- loads */

static void load_word(char *to, int *good, char value[COUNT(params)][64])
{
	static const char * const big[] = { "1048576", "1048577", "500000" };
	int i = rnd(COUNT(params));
	const struct param *p = &params[i];
	char word[64];
	const char *w = p->type == RANGE && !rnd(30) ? PICK(big) : param_word(p, word);

	/* What the kernel makes of blanks and quotes isn't ours. */
	if (strpbrk(w, " \"\n"))
		*good = -1;
	sprintf(to, "%s%s=%s", rnd(10) ? "" : " ", p->name, w);
	if (*good == 1)
		*good = accepts_param(p, w, value[i]);
}

static void check_loaded(int good, char value[COUNT(params)][64])
{
	char path[128], text[128], shown[64];

	for (size_t i = 0; i < COUNT(params); i++) {
		ssize_t n;
		int fd;

		sprintf(path, "/sys/module/perftop/parameters/%s", params[i].name);
		fd = open(path, O_RDONLY);
		n = fd < 0 ? -1 : read(fd, text, sizeof(text) - 1);
		close(fd);
		text[n > 0 ? n - 1 : 0] = '\0';
		if (n <= 0 || !accepts_param(&params[i], text, shown) || strcmp(text, shown))
			finding("%s is '%s'", params[i].name, text);
		else if (good == 1 && value[i][0] && strcmp(text, value[i]))
			finding("%s is '%s' instead of '%s'", params[i].name, text, value[i]);
	}
	for (int i = 0; i <= DEVICE_FILE; i++) {
		int fd = open(files[i].path, O_RDONLY | O_NONBLOCK);

		/* events=0: there's no such file */
		if (fd < 0 && files[i].kind != EVENTS)
			finding("%s: %s", files[i].path, strerror(errno));
		while (fd >= 0 && read(fd, me->area, 65536) > 0)
			;
		close(fd);
	}
}

static int one_load(int ko)
{
	char value[COUNT(params)][64] = { 0 }, *text = me->text;
	int good = 1, words = rnd(5), loaded;
	void *from = text;
	errors may;
	long ret;

	text[0] = '\0';
	for (int i = 0; i < words; i++) {
		load_word(text + strlen(text), &good, value);
		strcat(text, " ");
	}
	if (!rnd(3)) {
		size_t len = mutate(text, strlen(text));

		text[len] = '\0';
		good = -1;
	}
	if (!rnd(20)) {
		from = me->end - 1;
		me->end[-1] = 'x';
		good = -2;
	}
	may = good == 1 ? SUCCESS | E(ENOMEM) : good == 0 ? E(EINVAL) : good == -1 ? SUCCESS | E(EINVAL) | E(ENOMEM) : E(EFAULT);
	ret = syscall(SYS_finit_module, ko, from, 0);
	judge(NULL, text, ret, may);
	loaded = !ret;
	if (loaded) {
		check_loaded(good, value);
		if (syscall(SYS_delete_module, "perftop", O_NONBLOCK))
			finding("delete_module: %s", strerror(errno));
	}
	for (int i = 0; i <= DEVICE_FILE; i++)
		if (!access(files[i].path, F_OK))
			finding("%s is left", files[i].path);
	if (!access("/sys/module/perftop", F_OK))
		finding("the module is left");
	memset(text, 0, TEXT + PAGE);
	return loaded;
}

static void loads(const char *name, long n)
{
	int ko = open(name, O_RDONLY);
	long loaded = 0;

	if (ko < 0)
		die("%s", name);
	for (long i = 0; i < n; i++) {
		begin_input(i);
		loaded += one_load(ko);
	}
	printf("seed %llu: %ld loads, %ld of them succeeded; %ld findings\n", seed, n, loaded, shared->wrong);
}

int main(int argc, char **argv)
{
	int processes = 4, only = -1, opt, status, bad = 0, held;
	static struct worker first;
	long by_itself;
	const char *ko = NULL;
	pid_t watcher;

	while ((opt = getopt(argc, argv, "s:n:w:o:l:")) != -1) {
		if (opt == 's')
			seed = strtoull(optarg, NULL, 0);
		else if (opt == 'n')
			inputs = atol(optarg);
		else if (opt == 'w')
			processes = atoi(optarg);
		else if (opt == 'o')
			only = atoi(optarg);
		else if (opt == 'l')
			ko = optarg;
		else
			return 2;
	}
	setvbuf(stdout, NULL, _IOLBF, 0);
	printf("seed %llu\n", seed);
	shared = mmap(NULL, sizeof(*shared), PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1, 0);
	if (shared == MAP_FAILED)
		die("mmap");
	sigaction(SIGALRM, &(struct sigaction){ .sa_handler = on_alarm }, NULL);
	signal(SIGPIPE, SIG_IGN);
	signal(SIGXFSZ, SIG_IGN);
	me = &first;
	worker_init(&first, 0, NULL);
	watcher = spawn();
	if (!watcher)
		watch();
	if (ko) {
		loads(ko, inputs);
	} else {
		/* So that it can't be unloaded. */
		held = open(files[DEVICE_FILE].path, O_RDONLY);
		for (int i = 0; i < CHANGING; i++)
			param_fd[i] = open(files[FIRST_PARAM + i].path, O_RDONLY);
		if (held < 0)
			die("%s", files[DEVICE_FILE].path);
		/* Each of these takes as long as five of the others. */
		by_itself = inputs / 20;
		alone(only <= 0 ? by_itself : 0);
		each = (inputs - by_itself) / (processes * THREADS);
		if (!only)
			processes = 0;
		for (int i = 0; i < processes; i++) {
			if (!spawn()) {
				process(i, only);
				exit(0);
			}
		}
		while (processes--) {
			pid_t pid = wait(&status);

			bad |= pid == watcher || pid < 0 ? 1 : status;
		}
		do_check(NULL);
		printf("seed %llu: %ld inputs, of which %ld failed as they should; %ld findings\n", seed, shared->inputs, shared->failed,
		       shared->wrong);
	}
	kill(watcher, SIGKILL);
	return bad || shared->wrong;
}
