// SPDX-License-Identifier: GPL-2.0-only
/* What the module accepts, once more and in plain words; and which values were written, as no other may be there. */
#include "fuzz.h"

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

/* A path of a cgroup, of LEN bytes? 1: it's that of the root; 2: of another one, and here there are none. */
static int cgroup_path(const char *s, size_t len)
{
	const char *end = s + len, *slash;
	int kind = 1;

	if (!len || *s != '/' || len > 1023)
		return 0;
	for (; s < end; s = slash + 1) {
		slash = memchr(s, '/', end - s) ?: end;
		if ((slash == s + 1 && !memcmp(s, ".", 1)) || (slash == s + 2 && !memcmp(s, "..", 2)))
			return 0;
		if (slash > s)
			kind = 2;
	}
	return kind;
}

/* A name, or a cgroup, and maybe a newline behind it. */
static int accepts_name(const char *s, char *value)
{
	size_t len = strlen(s);

	len -= len && s[len - 1] == '\n';
	if (!strncmp(s, "cgroup:", 7)) {
		strcpy(value, "cgroup:/");
		return len >= 7 && cgroup_path(s + 7, len - 7) == 1;
	}
	if (len > 15)
		return 0;
	memcpy(value, s, len);
	value[len] = '\0';
	return 1;
}

errors refuses_target(const char *s)
{
	size_t len = strlen(s);

	len -= len && s[len - 1] == '\n';
	return len > 7 && !strncmp(s, "cgroup:", 7) && cgroup_path(s + 7, len - 7) ? E(ENOENT) | E(EOPNOTSUPP) : E(EINVAL);
}

int accepts_param(const struct param *p, const char *s, char value[64])
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

enum command accepts_command(const char *s, size_t size, char target[64])
{
	static const char * const words[] = { [RESET] = "reset", [PAUSE] = "pause", [RESUME] = "resume" };
	char text[COMMAND_LOOKED + 1];

	if (size >= COMMAND_LOOKED || memchr(s, 0, size))
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

/* The errors of a text that isn't accepted. */
errors refuses_write(const struct file *f, const char *text, size_t len)
{
	char page[PAGE + 1];

	/* What follows may not be mapped. */
	if (f->kind != PARAM && len >= COMMAND_LOOKED)
		return E(EINVAL);
	len = len < PAGE ? len : PAGE;
	memcpy(page, text, len);
	page[len] = '\0';
	if (f->kind == PARAM)
		return f->param == TARGET ? refuses_target(page) : E(EINVAL);
	return strlen(page) == len && !strncmp(page, "target=", 7) ? refuses_target(page + 7) : E(EINVAL);
}

int accepts_write(const struct file *f, const char *text, size_t len, char value[64])
{
	char page[PAGE + 1];

	len = len < PAGE ? len : PAGE;
	memcpy(page, text, len);
	page[len] = '\0';
	return accepts_param(&params[f->param], page, value);
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

int issued(int param, const char *value, int add)
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
