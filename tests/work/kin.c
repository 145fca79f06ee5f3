// SPDX-License-Identifier: GPL-2.0-only
/*
 * kin: makes processes and threads that fork, execute and exit in all ways, and prints what /proc/perftop_events must say of them, without
 * time and name. Or:
 * kin -x CODE		exits at once
 * kin -e PROGRAM...	executes that
 * kin -r PROGRAM...	executes that in a child
 * kin -c NAME		takes that name and forks a child that exits
 */
#include "work.h"
#include <pthread.h>
#include <spawn.h>

extern char **environ;

static pid_t tid(void)
{
	return syscall(SYS_gettid);
}

/* Forks; the parent says so, and what becomes of the child if it is known. */
static pid_t kin_fork(const char *end)
{
	pid_t pid;

	fflush(stdout);
	pid = fork();
	if (pid < 0)
		die("fork");
	if (pid) {
		printf("PID %d forked PID %d\n", getpid(), pid);
		if (end)
			printf("PID %d %s\n", pid, end);
		if (waitpid(pid, NULL, 0) != pid)
			die("waitpid");
	}
	return pid;
}

static void *kin_thread(void *unused)
{
	printf("PID %d cloned thread %d\n", getpid(), tid());
	printf("thread %d of PID %d exited with code 0\n", tid(), getpid());
	return NULL;
}

static void *kin_thread_forks(void *unused)
{
	pid_t pid;

	printf("PID %d cloned thread %d\n", getpid(), tid());
	fflush(stdout);
	pid = fork();
	if (!pid)
		_exit(9);
	printf("thread %d of PID %d forked PID %d\n", tid(), getpid(), pid);
	printf("PID %d exited with code 9\n", pid);
	printf("thread %d of PID %d exited with code 0\n", tid(), getpid());
	waitpid(pid, NULL, 0);
	return NULL;
}

/* A thread that isn't the first executes: it takes the first one's place and pid. */
static void *kin_thread_executes(void *unused)
{
	printf("PID %d cloned thread %d\n", getpid(), tid());
	printf("PID %d exited with code 0; 1 of its threads go on\n", getpid());
	printf("PID %d executed execve syscall for pathname: /bin/../bin/kin\n", getpid());
	printf("PID %d exited with code 8\n", getpid());
	fflush(stdout);
	execl("/bin/../bin/kin", "kin", "-x", "8", NULL);
	die("execl");
}

/* The first thread is gone by then, and the process exits. */
static void *kin_thread_last(void *unused)
{
	char path[64], text[4096], *state;
	int fd, n;

	printf("PID %d cloned thread %d\n", getpid(), tid());
	snprintf(path, sizeof(path), "/proc/self/task/%d/stat", getpid());
	do {
		fd = open(path, O_RDONLY);
		n = fd < 0 ? -1 : read(fd, text, sizeof(text) - 1);
		if (n < 0)
			die("%s", path);
		close(fd);
		text[n] = '\0';
		state = strrchr(text, ')');
	} while (!state || state[2] != 'Z');
	printf("PID %d exited with code 0; 1 of its threads go on\n", getpid());
	printf("thread %d of PID %d exited with code 5\n", tid(), getpid());
	fflush(stdout);
	_exit(5);
}

static void kin_threads(void *(*fn)(void *))
{
	pthread_t thread;

	if (pthread_create(&thread, NULL, fn, NULL))
		die("pthread_create");
	if (fn == kin_thread_last)
		syscall(SYS_exit, 0);
	pthread_join(thread, NULL);
}

int main(int argc, char **argv)
{
	char *const args[] = { "kin", "-x", "6", NULL };
	pid_t pid;

	if (argc > 2) {
		if (!strcmp(argv[1], "-c"))
			set_comm(argv[2]);
		if (strcmp(argv[1], "-x") && (!strcmp(argv[1], "-e") || !fork())) {
			if (strcmp(argv[1], "-c"))
				execv(argv[2], argv + 2);
			_exit(0);
		}
		wait(NULL);
		_exit(strcmp(argv[1], "-x") ? 0 : atoi(argv[2]));
	}
	printf("PID %d executed execve syscall for pathname: /bin/kin\n", getpid());
	if (!kin_fork("exited with code 3"))
		_exit(3);
	if (!kin_fork("exited with code 255"))
		_exit(-1);
	if (!kin_fork("was killed by signal 9"))
		raise(SIGKILL);
	if (!kin_fork("was killed by signal 15"))
		raise(SIGTERM);

	/* What doesn't execute isn't said to. */
	if (!kin_fork("exited with code 4")) {
		execl("/bin/no such file", "kin", NULL);
		execl("/proc", "kin", NULL);
		execl("/proc/version", "kin", NULL);
		_exit(4);
	}
	if (!kin_fork(NULL)) {
		printf("PID %d executed execve syscall for pathname: bin/kin\nPID %d exited with code 7\n", getpid(), getpid());
		fflush(stdout);
		if (chdir("/"))
			die("chdir");
		execl("bin/kin", "kin", "-x", "7", NULL);
		die("execl");
	}
	fflush(stdout);
	if (posix_spawn(&pid, "/bin/kin", NULL, NULL, args, environ) || waitpid(pid, NULL, 0) != pid)
		die("posix_spawn");
	printf("PID %d forked PID %d\n", getpid(), pid);
	printf("PID %d executed execve syscall for pathname: /bin/kin\nPID %d exited with code 6\n", pid, pid);

	kin_threads(kin_thread);
	kin_threads(kin_thread_forks);
	if (!kin_fork(NULL))
		kin_threads(kin_thread_executes);
	if (!kin_fork(NULL))
		kin_threads(kin_thread_last);
	printf("PID %d exited with code 0\n", getpid());
	return 0;
}
