// SPDX-License-Identifier: GPL-2.0-only
/*
 * contain [-p] [-u] [-C] [-g GID] -c CAPABILITIES COMMAND...: runs COMMAND as root, in no other group (or in GID alone), with just these
 * capabilities (hexadecimal), as a container is run: with -p in pid and mount namespaces of its own, with its own /proc; with -u in a user
 * namespace of its own, where ids are the same; with -C in a cgroup namespace of its own.
 */
#include "work.h"
#include <grp.h>
#include <linux/capability.h>
#include <sys/mount.h>

static void put(pid_t pid, const char *file, const char *text)
{
	char path[64];
	int fd;

	snprintf(path, sizeof(path), "/proc/%d/%s", pid, file);
	fd = open(path, O_WRONLY);
	if (fd < 0 || write(fd, text, strlen(text)) != (ssize_t)strlen(text))
		die("%s", path);
	close(fd);
}

static void limit(unsigned long long caps)
{
	struct __user_cap_header_struct head = { .version = _LINUX_CAPABILITY_VERSION_3 };
	struct __user_cap_data_struct data[2] = { { 0 } };

	/* Root's are those of the bounding set, once it executes something. */
	for (int cap = 0; prctl(PR_CAPBSET_READ, cap) >= 0; cap++)
		if (!(caps >> cap & 1) && prctl(PR_CAPBSET_DROP, cap))
			die("bounding set");
	for (int i = 0; i < 2; i++)
		data[i].effective = data[i].permitted = caps >> 32 * i;
	if (syscall(SYS_capset, &head, data))
		die("capset");
}

int main(int argc, char **argv)
{
	unsigned long long caps = 0;
	int opt, status, mapped[2], namespaces = 0;
	gid_t gid = 0;
	pid_t pid;
	char c;

	while ((opt = getopt(argc, argv, "+puCg:c:")) != -1) {
		if (opt == 'p')
			namespaces |= CLONE_NEWPID | CLONE_NEWNS;
		else if (opt == 'u')
			namespaces |= CLONE_NEWUSER;
		else if (opt == 'C')
			namespaces |= CLONE_NEWCGROUP;
		else if (opt == 'g')
			gid = atoi(optarg);
		else if (opt == 'c')
			caps = strtoull(optarg, NULL, 16);
		else
			return 2;
	}
	if (optind == argc || pipe(mapped))
		die("contain");
	pid = syscall(SYS_clone, namespaces | SIGCHLD, 0, 0, 0, 0);
	if (pid < 0)
		die("clone");
	if (pid) {
		if (namespaces & CLONE_NEWUSER) {
			put(pid, "uid_map", "0 0 65536");
			put(pid, "gid_map", "0 0 65536");
		}
		close(mapped[1]);
		if (waitpid(pid, &status, 0) != pid || !WIFEXITED(status))
			die("wait");
		return WEXITSTATUS(status);
	}
	close(mapped[1]);
	if (read(mapped[0], &c, 1))
		die("mapped");
	close(mapped[0]);
	if (namespaces & CLONE_NEWNS && (mount("none", "/", NULL, MS_REC | MS_PRIVATE, NULL) || mount("proc", "/proc", "proc", 0, NULL)))
		die("/proc");
	if (setgroups(0, NULL) || setresgid(gid, gid, gid))
		die("group");
	limit(caps);
	execvp(argv[optind], argv + optind);
	die("%s", argv[optind]);
}
