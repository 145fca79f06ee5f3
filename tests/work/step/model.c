// SPDX-License-Identifier: GPL-2.0-only
/* The module's walk by unwind tables, as it should be: the plain way, of a stopped process, to see what it takes of tables and rules. */
#include "step.h"
#include "../../../src/uapi/perftop_unwind.h"
#include <sys/mman.h>
#include <sys/uio.h>

struct table {
	char path[256];
	const struct perftop_unwind_table *head;	/* NULL: there is none */
	const struct perftop_unwind_rule *rule;
	const uint32_t *start;
	const uint16_t *number;
};

struct walk {
	pid_t pid;
	const struct step_maps *maps;
	const char *tables;
	uint64_t pc, sp, bp, bx;
	bool bp_lost, bx_lost;
	bool exact;		/* pc isn't a return address */
	struct step_stack *stack;
};

static struct table *table[256];
static unsigned int nr_tables;

static void table_load(struct table *t, const char *folder)
{
	char path[512];
	struct stat st;
	int fd;

	snprintf(path, sizeof(path), "%s/%s", folder, t->path);
	for (char *p = path + strlen(folder) + 1; *p; p++)
		if (*p == '/')
			*p = '%';
	fd = open(path, O_RDONLY);
	if (fd < 0 || fstat(fd, &st))
		return;
	t->head = mmap(NULL, st.st_size, PROT_READ, MAP_PRIVATE, fd, 0);
	close(fd);
	if (t->head == MAP_FAILED || memcmp(t->head->magic, PERFTOP_UNWIND_MAGIC, 8) || t->head->version != PERFTOP_UNWIND_VERSION ||
	    (size_t)st.st_size != sizeof(*t->head) + t->head->rules * sizeof(*t->rule) + t->head->rows * 6ul)
		wrong("%s isn't a table", path);
	t->rule = (const void *)(t->head + 1);
	t->start = (const void *)(t->rule + t->head->rules);
	t->number = (const void *)(t->start + t->head->rows);
	for (unsigned int i = 0; i < t->head->rows; i++)
		if (t->number[i] >= t->head->rules || (i && t->start[i] <= t->start[i - 1]))
			wrong("%s: row %u", path, i);
}

static const struct table *table_of(const char *path, const char *folder)
{
	for (unsigned int i = 0; i < nr_tables; i++)
		if (!strcmp(table[i]->path, path))
			return table[i];
	if (nr_tables == 256)
		wrong("too many files");
	table[nr_tables] = calloc(1, sizeof(**table));
	snprintf(table[nr_tables]->path, sizeof(table[0]->path), "%s", path);
	table_load(table[nr_tables], folder);
	return table[nr_tables++];
}

static const struct perftop_unwind_rule *rule_of(struct walk *w, uint64_t at)
{
	static const struct perftop_unwind_rule frame = { .cfa = PERFTOP_CFA_FRAME };
	const struct step_map *map = step_maps_find(w->maps, at);
	const struct table *t = map && map->path[0] ? table_of(map->path, w->tables) : NULL;
	uint32_t low = 0, high;
	uint64_t offset;

	w->stack->why = !map ? "no code" : !t || !t->head ? "no table" : "no rule";
	if (!t || !t->head || !t->head->rows)
		return &frame;
	offset = at - map->begin + map->offset;
	if (offset < t->start[0])
		return &frame;
	for (high = t->head->rows; high - low > 1;) {
		uint32_t middle = (low + high) / 2;

		if (t->start[middle] <= offset)
			low = middle;
		else
			high = middle;
	}
	return &t->rule[t->number[low]];
}

static bool bytes_at(struct walk *w, uint64_t at, void *to, size_t bytes)
{
	struct iovec local = { to, bytes }, remote = { (void *)at, bytes };

	return process_vm_readv(w->pid, &local, 1, &remote, 1, 0) == (ssize_t)bytes;
}

static bool word(struct walk *w, uint64_t at, uint64_t *to)
{
	if (bytes_at(w, at, to, sizeof(*to)))
		return true;
	w->stack->why = "no memory";
	return false;
}

/* call rel32; call *reg, *(mem), with all ways to say where. */
static bool after_call(struct walk *w, uint64_t at)
{
	unsigned char text[8] = { 0 };

	for (unsigned int n = 8; n && !bytes_at(w, at - n, text + 8 - n, n); n--)
		;
	if (text[3] == 0xe8)
		return true;
	for (unsigned int bytes = 2; bytes <= 7; bytes++) {
		unsigned char modrm = text[8 - bytes + 1], mod = modrm >> 6, rm = modrm & 7;
		unsigned int length = 2 + (mod != 3 && rm == 4) + (mod == 1 ? 1 : mod == 2 ? 4 : 0);

		if (mod == 0 && (rm == 5 || (rm == 4 && (text[8 - bytes + 2] & 7) == 5)))
			length += 4;
		if (text[8 - bytes] == 0xff && (modrm & 0x38) == 0x10 && length == bytes)
			return true;
	}
	return false;
}

static bool step_returns(struct walk *w, uint64_t ret)
{
	if (!ret || step_maps_find(w->maps, ret - 1))
		return true;
	w->stack->why = "no code";
	return false;
}

/* Where there is no table, or no information in it. */
static bool step_by_pointer(struct walk *w)
{
	uint64_t next, ret;

	if (w->bp_lost || w->bp < w->sp || w->bp - w->sp > 1 << 20 || w->bp & 7 || !word(w, w->bp, &next) || !word(w, w->bp + 8, &ret) ||
	    !after_call(w, ret))
		return false;
	w->sp = w->bp + 16;
	w->bp = next;
	w->pc = ret;
	w->exact = false;
	return true;
}

static bool step_signal(struct walk *w)
{
	uint64_t sp = w->sp;

	w->exact = true;
	w->bp_lost = w->bx_lost = false;
	return word(w, sp + 168, &w->pc) && word(w, sp + 120, &w->bp) && word(w, sp + 128, &w->bx) && word(w, sp + 160, &w->sp);
}

static bool step_cfa(struct walk *w, const struct perftop_unwind_rule *rule, uint64_t *cfa)
{
	uint64_t offset = (int32_t)rule->cfa_offset;

	w->stack->why = "lost register";
	switch (rule->cfa) {
	case PERFTOP_CFA_SP:
	case PERFTOP_CFA_AT_SP:
		*cfa = w->sp + offset;
		break;
	case PERFTOP_CFA_BP:
	case PERFTOP_CFA_AT_BP:
		*cfa = w->bp + offset;
		if (w->bp_lost)
			return false;
		break;
	case PERFTOP_CFA_BX:
		*cfa = w->bx + offset;
		if (w->bx_lost)
			return false;
		break;
	default:
		w->stack->why = "not expressible";
		return false;
	}
	return (rule->cfa != PERFTOP_CFA_AT_SP && rule->cfa != PERFTOP_CFA_AT_BP) || word(w, *cfa, cfa);
}

/* The caller's registers. One that can't be read is lost, which matters only if it is needed. */
static void step_saved(struct walk *w, const struct perftop_unwind_rule *rule, uint64_t cfa)
{
	uint64_t from = rule->bp == PERFTOP_BP_AT_CFA ? cfa : w->bp;

	if (rule->bp == PERFTOP_BP_UNKNOWN)
		w->bp_lost = true;
	else if (rule->bp == PERFTOP_BP_AT_CFA || (rule->bp == PERFTOP_BP_AT_BP && !w->bp_lost))
		w->bp_lost = !bytes_at(w, from + (int32_t)rule->bp_offset, &w->bp, 8);
	if (rule->bx)
		w->bx_lost = rule->bx == PERFTOP_BX_UNKNOWN || !bytes_at(w, cfa + 8 * (int16_t)rule->bx, &w->bx, 8);
}

static bool step_by_rule(struct walk *w, const struct perftop_unwind_rule *rule)
{
	uint64_t cfa, ret;

	if (!step_cfa(w, rule, &cfa))
		return false;
	if (cfa & 7 || cfa - 8 < w->sp || cfa - w->sp > 8 << 20) {
		w->stack->why = "not upwards";
		return false;
	}
	if (!word(w, cfa - 8, &ret) || !step_returns(w, ret))
		return false;
	step_saved(w, rule, cfa);
	w->sp = cfa;
	w->pc = ret;
	w->exact = false;
	return true;
}

void step_model(const struct step_maps *maps, const char *tables, const struct user_regs_struct *regs, struct step_stack *stack)
{
	struct walk w = {
		.pid = maps->pid, .maps = maps, .tables = tables, .pc = regs->rip, .sp = regs->rsp, .bp = regs->rbp, .bx = regs->rbx,
		.exact = true, .stack = stack,
	};

	stack->nr = 0;
	stack->cut = true;
	while (stack->nr < STEP_FRAMES) {
		const struct perftop_unwind_rule *rule = rule_of(&w, w.exact ? w.pc : w.pc - 1);
		bool more;

		stack->pc[stack->nr] = w.exact && stack->nr ? w.pc + 1 : w.pc;
		stack->guessed[stack->nr++] = rule->cfa == PERFTOP_CFA_FRAME;
		if (rule->cfa == PERFTOP_CFA_END) {
			stack->cut = false;
			break;
		}
		if (rule->cfa == PERFTOP_CFA_FRAME)
			more = step_by_pointer(&w);
		else if (rule->cfa == PERFTOP_CFA_SIGNAL)
			more = step_signal(&w);
		else
			more = step_by_rule(&w, rule);
		if (!more)
			break;
		/* Nothing returns to 0: who made that stack has marked its end. */
		if (!w.pc) {
			stack->cut = false;
			break;
		}
	}
}
