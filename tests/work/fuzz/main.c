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
#include "fuzz.h"
#include <sys/mman.h>

unsigned long long seed = 1;
struct shared *shared;
__thread struct worker *me;

__attribute__((format(printf, 1, 2)))
void finding(const char *fmt, ...)
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

void judge(const struct slot *s, const char *call, long ret, errors may)
{
	int err = ret < 0 ? errno : 0;

	if (s && s->loose)
		may |= ANY_ERROR | SUCCESS;
	if (err)
		__atomic_fetch_add(&shared->failed, 1, __ATOMIC_RELAXED);
	if (err > 127 || !(may & E(err)))
		finding("%s, %s opened with %#o: %s (%ld)", call, s && s->f ? s->f->path : "", s ? s->flags : 0, strerror(err), ret);
}

int readable(const struct slot *s)
{
	return (s->flags & O_ACCMODE) != O_WRONLY && !(s->flags & O_PATH);
}

int writable(const struct slot *s)
{
	return (s->flags & O_ACCMODE) != O_RDONLY && !(s->flags & O_PATH);
}

/* ---- workers */

static const struct call {
	void (*call)(struct slot *s);
	int often;
} calls[] = {
	{ do_open, 120 }, { do_close, 40 }, { do_read, 200 }, { do_pread, 45 }, { do_readv, 40 }, { do_lseek, 55 }, { do_write, 180 },
	{ do_writev, 60 }, { do_ioctl, 90 }, { do_poll, 40 }, { do_splice, 25 }, { do_mmap, 20 }, { do_fcntl, 25 }, { do_dup, 15 },
	{ do_reopen, 10 }, { do_rare, 15 }, { do_check, 25 }, { do_unload, 5 }, { do_fork, 2 }, { do_burst, 1 },
};

void begin_input(long i)
{
	me->input = i;
	rnd_begin(seed, me->number, i);
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

/* ---- what others say on the console */

/*
 * The console would be busy with what the module has to say of each write. What others say, who warn of something, is put there for it, to be
 * seen by the verdict on the guest.
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
		if (!p || (atoi(text) & 7) > 4 || !strncmp(p, ";perftop: ", 10) || !strncmp(p, ";ptop_control_write: ", 21))
			continue;
		if (write(console, p + 1, strcspn(p, "\n")) < 0)
			die("the console");
	}
}

/* ---- main */

static void on_alarm(int sig)
{
	(void)sig;
	if (me)
		me->alarms++;
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
