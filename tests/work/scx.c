// SPDX-License-Identifier: GPL-2.0-only
/*
 * scx: while it runs, sched_ext schedules all ordinary threads, by a scheduler that leaves everything to the kernel's defaults: so it has no
 * program, but a name. Ends with status 2 where the kernel has no sched_ext.
 */
#include <linux/bpf.h>
#include <linux/btf.h>

#include "work.h"

#define SCX_OPS_MAX 65536

static struct {
	char *types, *strings;
	size_t bytes;
} btf;

static int scx_bpf(int cmd, union bpf_attr *attr)
{
	return syscall(SYS_bpf, cmd, attr, sizeof(*attr));
}

/* What the kernel says of its own types. */
static void scx_read_btf(void)
{
	size_t room = 64 << 20, len = 0;
	struct btf_header *h = malloc(room);
	int fd = open("/sys/kernel/btf/vmlinux", O_RDONLY);
	ssize_t got;

	if (fd < 0)
		exit(2);
	while (h && (got = read(fd, (char *)h + len, room - len)) > 0)
		len += got;
	if (!h || len < sizeof(*h) || h->magic != BTF_MAGIC)
		wrong("no BTF in vmlinux");
	btf.types = (char *)h + h->hdr_len + h->type_off;
	btf.strings = (char *)h + h->hdr_len + h->str_off;
	btf.bytes = h->type_len;
	close(fd);
}

/* Behind a type: how much more there is, by its kind. */
static size_t scx_more(const struct btf_type *t)
{
	size_t n = BTF_INFO_VLEN(t->info);

	switch (BTF_INFO_KIND(t->info)) {
	case BTF_KIND_INT:
	case BTF_KIND_VAR:
	case BTF_KIND_DECL_TAG:
		return 4;
	case BTF_KIND_ARRAY:
		return sizeof(struct btf_array);
	case BTF_KIND_STRUCT:
	case BTF_KIND_UNION:
		return n * sizeof(struct btf_member);
	case BTF_KIND_ENUM:
	case BTF_KIND_FUNC_PROTO:
		return n * 8;
	case BTF_KIND_DATASEC:
	case BTF_KIND_ENUM64:
		return n * 12;
	default:
		return 0;
	}
}

/* That structure, and its number; NULL: there's none. */
static const struct btf_type *scx_struct(const char *name, unsigned int *id)
{
	const struct btf_type *t;
	size_t at;

	*id = 1;
	for (at = 0; at < btf.bytes; at += sizeof(*t) + scx_more(t), ++*id) {
		t = (const void *)(btf.types + at);
		if (BTF_INFO_KIND(t->info) == BTF_KIND_STRUCT &&
		    !strcmp(btf.strings + t->name_off, name))
			return t;
	}
	return NULL;
}

/* Where that member is, in bytes. */
static size_t scx_member(const struct btf_type *t, const char *name)
{
	const struct btf_member *m = (const void *)(t + 1);
	unsigned int i;

	for (i = 0; i < BTF_INFO_VLEN(t->info); i++)
		if (!strcmp(btf.strings + m[i].name_off, name))
			return BTF_MEMBER_BIT_OFFSET(m[i].offset) / 8;
	wrong("no member %s", name);
}

/* A map of it has to bring types of its own along: an int will do. */
static int scx_own_types(void)
{
	struct {
		struct btf_header head;
		struct btf_type type;
		__u32 encoding;
		char strings[8];
	} own = {
		.head = {
			.magic = BTF_MAGIC, .version = BTF_VERSION,
			.hdr_len = sizeof(own.head),
			.type_len = sizeof(own.type) + sizeof(own.encoding),
			.str_off = sizeof(own.type) + sizeof(own.encoding),
			.str_len = 5,
		},
		.type = { .name_off = 1, .info = BTF_KIND_INT << 24, .size = 4 },
		.encoding = BTF_INT_SIGNED << 24 | 32,
		.strings = "\0int",
	};
	union bpf_attr attr = { .btf = (uintptr_t)&own };
	int fd;

	attr.btf_size = own.strings + own.head.str_len - (char *)&own;
	fd = scx_bpf(BPF_BTF_LOAD, &attr);
	if (fd < 0)
		die("BPF_BTF_LOAD");
	return fd;
}

int main(void)
{
	static char value[SCX_OPS_MAX];
	const struct btf_type *whole, *ops;
	unsigned int id, unused, key = 0;
	union bpf_attr attr = {};
	sigset_t end;
	int map, sig;

	scx_read_btf();
	ops = scx_struct("sched_ext_ops", &unused);
	whole = scx_struct("bpf_struct_ops_sched_ext_ops", &id);
	if (!ops || !whole)
		return 2;
	if (whole->size > sizeof(value))
		wrong("it's too large");
	strcpy(value + scx_member(whole, "data") + scx_member(ops, "name"), "ptop_test");
	sigemptyset(&end);
	sigaddset(&end, SIGTERM);
	sigprocmask(SIG_BLOCK, &end, NULL);
	attr.map_type = BPF_MAP_TYPE_STRUCT_OPS;
	attr.key_size = sizeof(key);
	attr.value_size = whole->size;
	attr.max_entries = 1;
	attr.btf_fd = scx_own_types();
	attr.btf_vmlinux_value_type_id = id;
	map = scx_bpf(BPF_MAP_CREATE, &attr);
	if (map < 0)
		die("BPF_MAP_CREATE");
	attr = (union bpf_attr) {
		.map_fd = map, .key = (uintptr_t)&key,
		.value = (uintptr_t)value,
	};
	if (scx_bpf(BPF_MAP_UPDATE_ELEM, &attr))
		die("BPF_MAP_UPDATE_ELEM");
	ready();
	if (sigwait(&end, &sig))
		die("sigwait");
	attr = (union bpf_attr) { .map_fd = map, .key = (uintptr_t)&key };
	if (scx_bpf(BPF_MAP_DELETE_ELEM, &attr))
		die("BPF_MAP_DELETE_ELEM");
	return 0;
}
