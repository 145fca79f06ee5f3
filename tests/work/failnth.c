// SPDX-License-Identifier: GPL-2.0-only
/*
 * failnth N read|events FILE | failnth N write FILE WORD: opens FILE and reads it to its end (or as much as there is of events), or writes WORD to
 * it, again and again; each time another one of the allocations and copies that the kernel does for that fails, from the first to the last (after the Nth not
 * each one).
 * Prints what went wrong, and at the end "faults N failed M": M of N made a call fail. Exit status 1 if anything but that, or if it
 * doesn't work afterwards.
 */
#include "work.h"
#include <sys/ioctl.h>
#include "../../src/uapi/perftop.h"

#define FAILNTH_MOST 1000000

static const char *how, *file, *word;

/* Nothing in here but what is to fail. Returns 0 or the error. */
static int once(void)
{
	static char buf[65536];
	int fd, err = 0;
	ssize_t n;

	fd = open(file, (*how == 'w' ? O_WRONLY : O_RDONLY) | O_NONBLOCK);
	if (fd < 0)
		return errno;
	if (*how == 'w') {
		if (write(fd, word, strlen(word)) < 0)
			err = errno;
	} else if (*how == 'e' && !strncmp(file, "/dev/", 5) && ioctl(fd, PERFTOP_EVENTS, 0) < 0) {
		err = errno;
	} else {
		do
			n = read(fd, buf, sizeof(buf));
		while (n > 0);
		if (n < 0 && errno != EAGAIN)
			err = errno;
	}
	close(fd);
	return err;
}

int main(int argc, char **argv)
{
	int control, err, nth, firsts, tried = 0, failed = 0, bad = 0;
	char number[16];
	ssize_t n;

	if (argc < 4)
		return 2;
	firsts = atoi(argv[1]);
	how = argv[2];
	file = argv[3];
	word = argc > 4 ? argv[4] : "";
	control = open("/proc/thread-self/fail-nth", O_RDWR);
	if (control < 0)
		die("fail-nth");
	once();
	/* Of a thousand records that are copied not each one. */
	for (nth = 1; nth < FAILNTH_MOST; nth += 1 + (nth > firsts ? nth / 10 : 0), tried++) {
		n = snprintf(number, sizeof(number), "%d", nth);
		if (pwrite(control, number, n, 0) != n)
			die("fail-nth");
		err = once();
		n = pread(control, number, sizeof(number) - 1, 0);
		/* The copy that failed was the one that is to tell so: there was no other. */
		if (n < 0 && errno == EFAULT)
			break;
		if (n <= 0)
			die("fail-nth");
		number[n] = 0;
		if (atoi(number) > 0) {
			/* Or else this copy was the one. */
			if (pwrite(control, "0", 1, 0) != 1 && errno != EFAULT)
				die("fail-nth");
			break;
		}
		failed += !!err;
		if (err && err != ENOMEM && err != EFAULT && bad++ < 10)
			printf("%d: %s\n", nth, strerrorname_np(err));
		err = once();
		if (err && bad++ < 10)
			printf("after %d: %s\n", nth, strerrorname_np(err));
	}
	printf("faults %d failed %d\n", tried, failed);
	return bad || nth >= FAILNTH_MOST;
}
