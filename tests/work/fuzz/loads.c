// SPDX-License-Identifier: GPL-2.0-only
/* Loads of the module, with parameters that make sense and such that don't. */
#include "fuzz.h"

static void load_word(char *to, int *good, char value[PARAMS][64])
{
	static const char * const big[] = { "1048576", "1048577", "500000" };
	int i = rnd(PARAMS);
	const struct param *p = &params[i];
	char word[64];
	const char *w = p->type == RANGE && !rnd(30) ? PICK(big) : param_word(p, word);

	/* What the kernel makes of blanks and quotes isn't ours. */
	if (strpbrk(w, " \"\n"))
		*good = -1;
	sprintf(to, "%s%s=%s", rnd(10) ? "" : " ", p->name, w);
	if (*good == 1)
		*good = accepts_param(p, w, value[i]);
	/* Unless something else is wrong. */
	if (!*good && i == TARGET && refuses_target(w) != E(EINVAL))
		*good = -1;
}

static void check_loaded(int good, char value[PARAMS][64])
{
	char path[128], text[128], shown[64];

	for (size_t i = 0; i < PARAMS; i++) {
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
	char value[PARAMS][64] = { 0 }, *text = me->text;
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
	may = good == 1 ? SUCCESS | E(ENOMEM) : good == 0 ? E(EINVAL) : good == -1 ? SUCCESS | E(EINVAL) | E(ENOMEM) | E(ENOENT) | E(EOPNOTSUPP) : E(EFAULT);
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

void loads(const char *name, long n)
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
