// SPDX-License-Identifier: GPL-2.0-only
/*
 * bpfnap NAME [ADDRESS]: loads a BPF program of that name, and runs it for good. It sleeps: it puts a map into a map of maps, which waits for
 * an RCU grace period. Prints the address of its text in the kernel. With ADDRESS it's loaded again until it is there.
 *
 * All programs are the same but for their names. Each is itself the caller of the function that sleeps, with no interrupt in between.
 */
#include "work.h"

#include <linux/bpf.h>

#define OP(c, d, s, o, i) ((struct bpf_insn){ .code = (c), .dst_reg = (d), .src_reg = (s), .off = (o), .imm = (i) })
#define PUT(size, at, value) OP(BPF_ST | BPF_MEM | (size), BPF_REG_10, 0, at, value)
#define PUT_STACK(at, what) OP(BPF_ALU64 | BPF_MOV | BPF_X, BPF_REG_1, BPF_REG_10, 0, 0), OP(BPF_ALU64 | BPF_ADD | BPF_K, BPF_REG_1, 0, 0, what), \
	OP(BPF_STX | BPF_MEM | BPF_DW, BPF_REG_10, BPF_REG_1, at, 0)

static long bpf(int cmd, union bpf_attr *attr) { return syscall(SYS_bpf, cmd, attr, sizeof(*attr)); }

static int map(int type, int inner)
{
	union bpf_attr a = { .map_type = type, .key_size = 4, .value_size = 4, .max_entries = 1, .inner_map_fd = inner };
	int fd = bpf(BPF_MAP_CREATE, &a);

	if (fd < 0)
		die("a map");
	return fd;
}

static int load(const char *name, int maps, int inner)
{
	static char log[65536];
	/* The stack: a value at -48, a key at -40, and from -32 on what the system call takes: fd, key, value, flags. */
	const struct bpf_insn code[] = {
		PUT(BPF_DW, -48, inner),
		PUT(BPF_DW, -40, 0),
		PUT(BPF_W, -32, maps),
		PUT(BPF_W, -28, 0),
		PUT_STACK(-24, -40),
		PUT_STACK(-16, -48),
		PUT(BPF_DW, -8, 0),
		OP(BPF_ALU64 | BPF_MOV | BPF_K, BPF_REG_1, 0, 0, BPF_MAP_UPDATE_ELEM),
		OP(BPF_ALU64 | BPF_MOV | BPF_X, BPF_REG_2, BPF_REG_10, 0, 0),
		OP(BPF_ALU64 | BPF_ADD | BPF_K, BPF_REG_2, 0, 0, -32),
		OP(BPF_ALU64 | BPF_MOV | BPF_K, BPF_REG_3, 0, 0, 32),
		OP(BPF_JMP | BPF_CALL, 0, 0, 0, BPF_FUNC_sys_bpf),
		OP(BPF_JMP | BPF_EXIT, 0, 0, 0, 0),
	};
	union bpf_attr a = { .prog_type = BPF_PROG_TYPE_SYSCALL, .prog_flags = BPF_F_SLEEPABLE, .license = (uintptr_t)"GPL",
		.insns = (uintptr_t)code, .insn_cnt = sizeof(code) / sizeof(code[0]),
		.log_buf = (uintptr_t)log, .log_size = sizeof(log), .log_level = 1 };
	int fd;

	strncpy(a.prog_name, name, sizeof(a.prog_name) - 1);
	fd = bpf(BPF_PROG_LOAD, &a);
	if (fd < 0)
		die("the program: %s", log);
	return fd;
}

static uint64_t text(int fd)
{
	uint64_t address = 0;
	struct bpf_prog_info info = { .nr_jited_ksyms = 1, .jited_ksyms = (uintptr_t)&address };
	union bpf_attr a = { .info = { .bpf_fd = fd, .info_len = sizeof(info), .info = (uintptr_t)&info } };

	if (bpf(BPF_OBJ_GET_INFO_BY_FD, &a))
		die("its address");
	return address;
}

int main(int argc, char **argv)
{
	uint64_t wanted = argc > 2 ? strtoull(argv[2], NULL, 16) : 0;
	int inner = map(BPF_MAP_TYPE_ARRAY, 0), maps = map(BPF_MAP_TYPE_ARRAY_OF_MAPS, inner), fd = load(argv[1], maps, inner);

	/* One is freed some time after it was closed. */
	while (wanted && text(fd) != wanted) {
		close(fd);
		usleep(10000);
		fd = load(argv[1], maps, inner);
	}
	printf("%llx\n", (unsigned long long)text(fd));
	fflush(stdout);
	for (int naps = 0;; naps++) {
		union bpf_attr a = { .test = { .prog_fd = fd } };

		if (bpf(BPF_PROG_TEST_RUN, &a) || (int)a.test.retval)
			die("a run: %d", (int)a.test.retval);
		if (naps == 3)
			ready();
	}
}
