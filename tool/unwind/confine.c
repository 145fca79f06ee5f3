// SPDX-License-Identifier: GPL-2.0-only
#include <errno.h>
#include <linux/audit.h>
#include <linux/capability.h>
#include <linux/filter.h>
#include <linux/seccomp.h>
#include <stddef.h>
#include <sys/prctl.h>
#include <sys/syscall.h>
#include <unistd.h>

#include "unwind/confine.h"

#if defined(__x86_64__)
#define CONFINE_ARCH AUDIT_ARCH_X86_64
#elif defined(__aarch64__)
#define CONFINE_ARCH AUDIT_ARCH_AARCH64
#endif

static void confine_capabilities(void)
{
	struct __user_cap_header_struct head = {
		.version = _LINUX_CAPABILITY_VERSION_3,
	};
	struct __user_cap_data_struct none[_LINUX_CAPABILITY_U32S_3] = { 0 };

	syscall(__NR_capset, &head, none);
}

#ifdef CONFINE_ARCH

/* What malloc(), libelf and libdw do, and write(). */
static const u32 confine_allowed[] = {
	__NR_read, __NR_pread64, __NR_lseek, __NR_write, __NR_fstat,
#ifdef __NR_newfstatat
	/* fstat() of newer C libraries. It opens nothing. */
	__NR_newfstatat,
#endif
	__NR_close, __NR_brk, __NR_mmap, __NR_mremap, __NR_munmap,
	__NR_mprotect, __NR_madvise, __NR_futex, __NR_getrandom, __NR_exit,
	__NR_exit_group,
};

/* Two for each of them, and 5. */
#define CONFINE_FILTER (2 * ARRAY_SIZE(confine_allowed) + 5)

static u32 confine_filter(struct sock_filter *f)
{
	const u32 arch = offsetof(struct seccomp_data, arch);
	const u32 nr = offsetof(struct seccomp_data, nr);
	u32 i, n = 0;

	f[n++] = (struct sock_filter)BPF_STMT(BPF_LD | BPF_W | BPF_ABS, arch);
	f[n++] = (struct sock_filter)BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K,
					      CONFINE_ARCH, 1, 0);
	f[n++] = (struct sock_filter)BPF_STMT(BPF_RET | BPF_K, SECCOMP_RET_KILL);
	f[n++] = (struct sock_filter)BPF_STMT(BPF_LD | BPF_W | BPF_ABS, nr);
	for (i = 0; i < ARRAY_SIZE(confine_allowed); i++) {
		f[n++] = (struct sock_filter)BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K,
						      confine_allowed[i], 0, 1);
		f[n++] = (struct sock_filter)BPF_STMT(BPF_RET | BPF_K,
						      SECCOMP_RET_ALLOW);
	}
	f[n++] = (struct sock_filter)BPF_STMT(BPF_RET | BPF_K,
					      SECCOMP_RET_ERRNO | EPERM);
	return n;
}

bool unwind_confine(void)
{
	struct sock_filter filter[CONFINE_FILTER];
	const struct sock_fprog program = {
		.len = confine_filter(filter),
		.filter = filter,
	};

	confine_capabilities();
	if (prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0))
		return false;
	/* A kernel built without it knows no such thing. */
	return !prctl(PR_SET_SECCOMP, SECCOMP_MODE_FILTER, &program) ||
	       (errno == EINVAL && prctl(PR_GET_SECCOMP) < 0);
}

#else

bool unwind_confine(void)
{
	confine_capabilities();
	return true;
}

#endif
