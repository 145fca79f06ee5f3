// SPDX-License-Identifier: GPL-2.0-only
/* The parameters and files that there are, random numbers, and what is written to files. */
#include "fuzz.h"

const struct param params[] = {
	/* Those that can change come first. */
	{ "top", RANGE, 1, 1000 }, { "sleepers", RANGE, 1, 10000 }, { "idle", RANGE, 0, 1 }, { "verify_stacks", RANGE, 0, 1 },
	{ "sum", CHOICE, .choices = { "thread", "process" } }, { "budget", PERCENT }, { "target", NAME }, { "verify_times", RANGE, 0, 1 },
	{ "depth", RANGE, 1, 32 }, { "max_stacks", RANGE, 64, 1 << 20 }, { "max_pids", RANGE, 64, 1 << 20 }, { "max_sleeps", RANGE, 64, 1 << 20 },
	{ "max_threads", RANGE, 64, 1 << 20 }, { "events", RANGE, 0, 1 << 20 }, { "targets", RANGE, 64, 1 << 20 },
	{ "stacks", CHOICE, .choices = { "both", "kernel", "user" } }, { "hook", CHOICE, .choices = { "kprobe", "tracepoint" } },
	{ "hrtimer", RANGE, 0, 1 }, { "gid", RANGE, 0, INT_MAX }, { "mode", MODE },
};

const struct file files[] = {
	{ "/proc/perftop", VIEW }, { "/proc/schedtop", VIEW }, { "/proc/lattop", VIEW }, { "/proc/perftop_events", EVENTS },
	{ "/dev/perftop", DEVICE },
#define P(name, n) { "/sys/module/perftop/parameters/" name, PARAM, n }
	P("top", 0), P("sleepers", 1), P("idle", 2), P("verify_stacks", 3), P("sum", 4), P("budget", 5), P("target", 6), P("verify_times", 7), P("depth", 8),
#undef P
};

/* ---- numbers by chance, of an input */

static __thread uint64_t state;

uint64_t rnd64(void)
{
	uint64_t z = state += 0x9e3779b97f4a7c15;

	z = (z ^ z >> 30) * 0xbf58476d1ce4e5b9;
	z = (z ^ z >> 27) * 0x94d049bb133111eb;
	return z ^ z >> 31;
}

uint64_t rnd(uint64_t below)
{
	return rnd64() % below;
}

void rnd_begin(uint64_t seed, uint64_t number, uint64_t input)
{
	state = seed;
	state = rnd64() + number;
	state = rnd64() + input;
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

const char *param_word(const struct param *p, char *word)
{
	static const char * const names[] = { "", "fuzz", "a b", "hack", "fifteen-bytes-x", "sixteen-bytes-xx", "\n", "cgroup:/",
		"cgroup:///", "cgroup:/fuzz", "cgroup:", "cgroup:/..", "cgroup", "\\x00", "%s%n", "\"" };
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

size_t mutate(char *text, size_t len)
{
	static const size_t sizes[] = { 5, 7, 23, 24, 25, 32, 33, 1037, 1038, 1039, 1040, 4095, 4096, 4097, 65535, 65536 };
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

size_t make_text(const struct file *f)
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
