// SPDX-License-Identifier: GPL-2.0-only
/*
 * hack [-g GROUPS] [-f PAIRS] [-l LOOPS] [-p]: like hackbench: in each group PAIRS senders write LOOPS messages to each of PAIRS
 * receivers, over socket pairs (-p: pipes). Without -l for ever, and then with the nice value 10: it's a load, beside which a test has
 * its share of the CPU.
 */
#include "work.h"
#include <sys/socket.h>

static int pairs = 4, use_pipe;
static long loops = -1;

static void channel(int fd[2])
{
	if (use_pipe ? pipe(fd) : socketpair(AF_UNIX, SOCK_STREAM, 0, fd))
		die("channel");
}

NOINLINE static void hack_send(int (*fd)[2])
{
	char msg[100] = { 0 };

	for (long l = 0; loops < 0 || l < loops; l++)
		for (int i = 0; i < pairs; i++)
			if (write(fd[i][1], msg, sizeof(msg)) != sizeof(msg))
				exit(0);
}

NOINLINE static void hack_receive(int fd)
{
	char msg[100];

	while (read(fd, msg, sizeof(msg)) > 0)
		;
}

static void group(void)
{
	int fd[pairs][2];

	for (int i = 0; i < pairs; i++)
		channel(fd[i]);
	for (int i = 0; i < pairs; i++) {
		if (!spawn()) {
			for (int k = 0; k < pairs; k++)
				close(fd[k][1]);
			hack_receive(fd[i][0]);
			exit(0);
		}
		if (!spawn()) {
			hack_send(fd);
			exit(0);
		}
	}
	for (int i = 0; i < pairs; i++) {
		close(fd[i][0]);
		close(fd[i][1]);
	}
}

int main(int argc, char **argv)
{
	int groups = 1, opt;

	while ((opt = getopt(argc, argv, "g:f:l:p")) != -1) {
		if (opt == 'g')
			groups = atoi(optarg);
		else if (opt == 'f')
			pairs = atoi(optarg);
		else if (opt == 'l')
			loops = atol(optarg);
		else if (opt == 'p')
			use_pipe = 1;
		else
			return 2;
	}
	if (loops < 0 && nice(10) == -1)
		die("nice");
	for (int i = 0; i < groups; i++)
		group();
	ready();
	while (wait(NULL) > 0)
		;
	return 0;
}
