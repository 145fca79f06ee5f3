// SPDX-License-Identifier: GPL-2.0-only
/*
 * A plugin of QEMU's emulation that counts distinct cache lines of data, 64 bytes each, between two calls of __switch_to_asm(): all
 * that the guest touches, those of memory that is perftop's own, and all that perftop's instructions touch. Virtual addresses.
 *
 * The guest says what to do by tests/work/plugsay.c: words, each stored after the instruction MARK.
 *	'S' ADDRESS		of __switch_to_asm()
 *	'T' FROM TO		the text of modules, of which perftop is the only one
 *	'O' FROM BYTES NAME	memory of perftop's, NAME is up to eight characters
 *	'F'			forget that memory
 *	'B'			begin to count
 *	'E' NAME		write what was counted to the file of the argument out=
 * Until the first 'B' it hardly slows the guest down.
 */
#include <inttypes.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* From QEMU's qemu-plugin.h, version 4 of its interface (QEMU 9.2); Debian 12 and 13 don't package it. */
#define EXPORT __attribute__((visibility("default")))
struct qemu_plugin_tb;
struct qemu_plugin_insn;
typedef uint64_t qemu_plugin_id_t;
typedef uint32_t qemu_plugin_meminfo_t;
struct mem_value {
	int type;
	union {
		uint64_t u64;
		uint64_t u128[2];
	} data;
};
enum { CB_NO_REGS = 0, MEM_RW = 3, VALUE_U64 = 3 };
EXPORT int qemu_plugin_version = 4;
EXPORT int qemu_plugin_install(qemu_plugin_id_t id, const void *info, int argc, char **argv);
void qemu_plugin_register_vcpu_tb_trans_cb(qemu_plugin_id_t id, void (*fn)(qemu_plugin_id_t, struct qemu_plugin_tb *));
void qemu_plugin_register_vcpu_insn_exec_cb(struct qemu_plugin_insn *, void (*fn)(unsigned int, void *), int flags, void *arg);
void qemu_plugin_register_vcpu_mem_cb(struct qemu_plugin_insn *, void (*fn)(unsigned int, qemu_plugin_meminfo_t, uint64_t, void *),
				      int flags, int rw, void *arg);
void qemu_plugin_reset(qemu_plugin_id_t id, void (*fn)(qemu_plugin_id_t));
size_t qemu_plugin_tb_n_insns(const struct qemu_plugin_tb *);
struct qemu_plugin_insn *qemu_plugin_tb_get_insn(const struct qemu_plugin_tb *, size_t i);
uint64_t qemu_plugin_insn_vaddr(const struct qemu_plugin_insn *);
size_t qemu_plugin_insn_data(const struct qemu_plugin_insn *, void *to, size_t bytes);
struct mem_value qemu_plugin_mem_get_value(qemu_plugin_meminfo_t info);

#define LINE 64
#define SETS (1 << 20)		/* lines of one stretch, at most */
#define OWN 64

struct own {
	uint64_t from, bytes, lines;
	char name[9];
	uint32_t *at;		/* by line: in how many stretches it was touched */
};

static qemu_plugin_id_t self;
static const unsigned char mark[] = { 0x66, 0x0f, 0x1f, 0x84, 0x00, 0x70, 0x74, 0x6f, 0x70 };	/* nopw 0x706f7470(%rax,%rax) */
static FILE *out;
static uint64_t switch_pc, text_from, text_to;
static struct own own[OWN];
static unsigned int nr_own;
static bool counting, instrumented;
/* The lines of the present stretch: its number with each. */
static struct { uint64_t line, stretch; bool by_text; } set[SETS];
static uint64_t stretch = 1, stretches, all, own_lines, by_text;

static struct own *own_of(uint64_t addr)
{
	/* The last one, as memory may have been something else's before. */
	for (struct own *o = own + nr_own; o-- > own;)
		if (addr - o->from < o->bytes)
			return o;
	return NULL;
}

static void touch(uint64_t addr, bool text)
{
	uint64_t line = addr / LINE;
	size_t i = line * 0x9e3779b97f4a7c15 >> 44;
	struct own *o;

	while (set[i].stretch == stretch && set[i].line != line)
		i = (i + 1) % SETS;
	if (set[i].stretch != stretch) {
		set[i].stretch = stretch;
		set[i].line = line;
		set[i].by_text = false;
		all++;
		o = own_of(addr);
		if (o) {
			own_lines++;
			o->lines++;
			o->at[addr / LINE - o->from / LINE]++;
		}
	}
	if (text && !set[i].by_text) {
		set[i].by_text = true;
		by_text++;
	}
}

static void on_memory(unsigned int cpu, qemu_plugin_meminfo_t info, uint64_t addr, void *pc)
{
	if (counting)
		touch(addr, (uintptr_t)pc - text_from < text_to - text_from);
}

static void on_switch(unsigned int cpu, void *arg)
{
	stretch++;
	stretches += counting;
}

static void clear(void)
{
	stretch++;
	stretches = all = own_lines = by_text = 0;
	for (struct own *o = own; o < own + nr_own; o++) {
		o->lines = 0;
		memset(o->at, 0, (o->bytes / LINE + 2) * sizeof(*o->at));
	}
}

static void report(const char *name)
{
	double n = stretches;

	fprintf(out, "%s|switches|%" PRIu64 "\n%s|all|%.1f\n%s|own|%.1f\n%s|text|%.1f\n", name, stretches, name, all / n, name,
		own_lines / n, name, by_text / n);
	for (struct own *o = own; o < own + nr_own; o++) {
		if (o->lines / n < 0.05)
			continue;
		fprintf(out, "%s|own %s|%.1f\n", name, o->name, o->lines / n);
		/* For those who wonder which ones: at what offset. */
		for (uint64_t i = 0; i <= o->bytes / LINE; i++)
			if (o->at[i] / n >= 0.2)
				fprintf(out, "# %s: %s line at %" PRIu64 ": %.2f\n", name, o->name, i * LINE, o->at[i] / n);
	}
	fflush(out);
}

static void on_block(qemu_plugin_id_t id, struct qemu_plugin_tb *tb);

static void restart(qemu_plugin_id_t id)
{
	qemu_plugin_register_vcpu_tb_trans_cb(id, on_block);
}

/* One more word of what the guest says. */
static void on_word(unsigned int cpu, qemu_plugin_meminfo_t info, uint64_t addr, void *arg)
{
	static uint64_t word[4];
	static unsigned int nr;
	struct mem_value v = qemu_plugin_mem_get_value(info);
	char name[9] = "";

	word[nr++] = v.data.u64;
	if (nr < (word[0] == 'O' ? 4 : word[0] == 'T' ? 3 : word[0] == 'S' || word[0] == 'E' ? 2 : 1))
		return;
	memcpy(name, &word[nr - 1], 8);
	nr = 0;
	if (word[0] == 'S') {
		switch_pc = word[1];
	} else if (word[0] == 'T') {
		text_from = word[1];
		text_to = word[2];
	} else if (word[0] == 'O' && nr_own < OWN) {
		struct own *o = &own[nr_own++];

		*o = (struct own){ .from = word[1], .bytes = word[2], .at = calloc(word[2] / LINE + 2, sizeof(*o->at)) };
		memcpy(o->name, name, sizeof(name));
	} else if (word[0] == 'F') {
		while (nr_own)
			free(own[--nr_own].at);
	} else if (word[0] == 'B') {
		if (!instrumented)
			qemu_plugin_reset(self, restart);
		instrumented = counting = true;
		clear();
	} else if (word[0] == 'E') {
		counting = false;
		report(name);
	}
}

static void on_block(qemu_plugin_id_t id, struct qemu_plugin_tb *tb)
{
	unsigned char bytes[16];
	bool told = false;

	for (size_t i = 0; i < qemu_plugin_tb_n_insns(tb); i++) {
		struct qemu_plugin_insn *insn = qemu_plugin_tb_get_insn(tb, i);
		uint64_t pc = qemu_plugin_insn_vaddr(insn);

		if (told)
			qemu_plugin_register_vcpu_mem_cb(insn, on_word, CB_NO_REGS, MEM_RW, NULL);
		else if (instrumented)
			qemu_plugin_register_vcpu_mem_cb(insn, on_memory, CB_NO_REGS, MEM_RW, (void *)pc);
		if (instrumented && pc == switch_pc)
			qemu_plugin_register_vcpu_insn_exec_cb(insn, on_switch, CB_NO_REGS, NULL);
		told = qemu_plugin_insn_data(insn, bytes, sizeof(bytes)) == sizeof(mark) && !memcmp(bytes, mark, sizeof(mark));
	}
}

int qemu_plugin_install(qemu_plugin_id_t id, const void *info, int argc, char **argv)
{
	self = id;
	out = argc == 1 && !strncmp(argv[0], "out=", 4) ? fopen(argv[0] + 4, "w") : NULL;
	if (!out)
		return 1;
	qemu_plugin_register_vcpu_tb_trans_cb(id, on_block);
	return 0;
}
