// SPDX-License-Identifier: GPL-2.0-only
#include <linux/math64.h>
#include <linux/utsname.h>

#include "compat.h"
#include "interface/format.h"
#include "interface/text.h"
#include "memory.h"
#include "probe/hook.h"
#include "probe/percpu.h"
#include "probe/thread_cache.h"
#include "recording/recording.h"
#include "recording/target_set.h"
#include "snapshot/symbols.h"
#include "uapi/perftop.h"

u64 ptop_ratio(ptop_wide part, ptop_wide whole, u32 scale)
{
	while (part > U64_MAX / scale || ptop_wide_high(whole)) {
		part >>= 1;
		whole >>= 1;
	}
	return whole ? div64_u64((u64)part * scale, whole) : 0;
}

/* The compiler would call a library function that the kernel doesn't have. */
static ptop_wide ptop_wide_div(ptop_wide n, u32 by, u32 *rest)
{
	ptop_wide high = div_u64_rem(ptop_wide_high(n), by, rest);
	u64 middle, low;

	middle = div_u64_rem((u64)*rest << 32 | (u64)n >> 32, by, rest);
	low = div_u64_rem((u64)*rest << 32 | (u32)n, by, rest);
	return high << 64 | middle << 32 | low;
}

struct ptop_seconds ptop_seconds(ptop_wide ticks)
{
	u32 khz = ptop_clock_khz(), rest, ms;
	struct ptop_seconds t;
	ptop_wide n;

	if (likely(!ptop_wide_high(ticks))) {
		t.s = div_u64_rem(div_u64_rem(ticks, khz, &rest), MSEC_PER_SEC,
				  &ms);
		t.us = ms * USEC_PER_MSEC +
		       div_u64((u64)rest * USEC_PER_MSEC, khz);
		return t;
	}
	n = ptop_wide_div(ticks, khz, &rest);
	t.s = ptop_wide_div(n, MSEC_PER_SEC, &ms);
	t.us = ms * USEC_PER_MSEC + div_u64((u64)rest * USEC_PER_MSEC, khz);
	return t;
}

u64 ptop_percent_of(ptop_wide part, ptop_wide whole)
{
	return ptop_ratio(part, whole, 10000);
}

void ptop_sums_get(const struct ptop_snap *snap, enum ptop_kind kind,
		   struct ptop_sums *sum)
{
	u32 i, why;

	memset(sum, 0, sizeof(*sum));
	for (i = 0; i < snap->nr; i++) {
		const struct ptop_snap_cpu *s = &snap->cpu[i];
		const struct ptop_snap_table *t = &s->table[kind];

		sum->elapsed += s->stats.elapsed;
		sum->idle += s->stats.idle;
		sum->others += s->stats.others;
		if (kind < PTOP_RUN_KINDS)
			sum->unattributed += s->stats.unattributed[kind];
		sum->stats.switches += s->stats.switches;
		sum->stats.missed += s->stats.missed;
		sum->stats.clamped += s->stats.clamped;
		sum->stats.untracked += s->stats.untracked;
		sum->stats.truncated += s->stats.truncated;
		sum->stats.unnamed += s->stats.unnamed;
		sum->stats.store_full += s->stats.store_full;
		sum->stats.cost += s->stats.cost;
		sum->stats.stack_cost += s->stats.stack_cost;
		sum->stats.stopped += s->stats.stopped;
		sum->stats.stops += s->stats.stops;
		sum->costs.hook += s->costs.hook;
		sum->costs.events += s->costs.events;
		sum->costs.names += s->costs.names;
		sum->costs.saved += s->costs.saved;
		sum->stats.same += s->stats.same;
		sum->stats.walked += s->stats.walked;
		sum->stats.unwound += s->stats.unwound;
		sum->stats.table_frames += s->stats.table_frames;
		sum->stats.pointer_frames += s->stats.pointer_frames;
		for (why = 0; why < PTOP_WHYS; why++)
			sum->stats.cut[why] += s->stats.cut[why];
		sum->stats.unsampled += s->stats.unsampled;
		sum->stats.verified += s->stats.verified;
		sum->stats.disagreed += s->stats.disagreed;
		sum->stats.unstable += s->stats.unstable;
		sum->step = max(sum->step, s->step);
		sum->evicted_ticks += t->evicted_ticks;
		sum->evicted += t->evicted;
		sum->used += t->used;
		sum->tasks += t->ticks;
	}
}

void ptop_format_wide(struct seq_file *m, ptop_wide n, u32 width)
{
	u32 low, middle;

	if (!ptop_wide_high(n)) {
		seq_printf(m, "%*llu", width, (u64)n);
		return;
	}
	/* No sum reaches 2^64 * 10^18. */
	n = ptop_wide_div(n, NSEC_PER_SEC, &low);
	n = ptop_wide_div(n, NSEC_PER_SEC, &middle);
	seq_printf(m, "%*llu%09u%09u", width > 18 ? width - 18 : 0, (u64)n,
		   middle, low);
}

void ptop_format_ticks(struct seq_file *m, ptop_wide ticks)
{
	struct ptop_seconds t = ptop_seconds(ticks);

	ptop_format_wide(m, ticks, 0);
	seq_printf(m, " ticks, %llu.%06u s", t.s, t.us);
}

void ptop_format_escaped(struct seq_file *m, const char *s, size_t max)
{
	const char *plain = s, *end = s + strnlen(s, max);

	for (; s < end; s++) {
		if (likely(ptop_text_plain(*s)))
			continue;
		seq_write(m, plain, s - plain);
		seq_printf(m, "\\x%02x", (u8)*s);
		plain = s + 1;
	}
	seq_write(m, plain, end - plain);
}

void ptop_format_part(struct seq_file *m, const char *name, ptop_wide part,
		      ptop_wide whole)
{
	u64 share = ptop_percent_of(part, whole);

	seq_printf(m, "#   %-13s ", name);
	ptop_format_ticks(m, part);
	seq_printf(m, ", %llu.%02llu %%", share / 100, share % 100);
}

void ptop_format_explained(struct seq_file *m, ptop_wide known, ptop_wide rest,
			   ptop_wide elapsed)
{
	u64 share = elapsed ? ptop_ratio(known, elapsed, 1000000) : 1000000;
	ptop_wide sum = known + rest;

	seq_printf(m, "explained %llu.%04llu %%", share / 10000,
		   share % 10000);
	if (sum != elapsed)
		seq_printf(m, "; the accounting is off by %llu ticks",
			   (u64)(sum > elapsed ? sum - elapsed : elapsed - sum));
	seq_putc(m, '\n');
}

static const char *ptop_yes_no(bool yes)
{
	return yes ? "yes" : "no";
}

void ptop_format_head(struct seq_file *m, const struct ptop_snap *snap,
		      const struct ptop_cgroups *cgroups)
{
	u64 since = snap->taken - snap->since;

	seq_printf(m, "# perftop %s, abi %d, kernel %s\n", PTOP_VERSION,
		   PERFTOP_ABI, init_utsname()->release);
	seq_printf(m, "# hook:         %s %s\n", ptop_hook_backend(),
		   ptop_hook_name(PTOP_POINT_SWITCH));
	seq_printf(m, "# clock:        " PTOP_CLOCK " %u kHz, constant %s, nonstop %s%s\n",
		   ptop_clock_khz(), ptop_yes_no(ptop_clock_constant()),
		   ptop_yes_no(ptop_clock_nonstop()),
		   ptop_clock_unstable() ?
		   ", UNSTABLE: the kernel doesn't trust it, times may be wrong" :
		   "");
	seq_printf(m, "# state:        %s\n",
		   snap->paused ? "paused" :
		   snap->silent ? "BLIND: the hook is not called, times are wrong" :
		   "recording");
	if (ptop_percpu_sched_times())
		seq_puts(m, "# times:        begin where the scheduler's do (verify_times=1)\n");
	seq_printf(m, "# since reset:  %llu.%06llu s, %u CPUs\n",
		   since / NSEC_PER_SEC, since % NSEC_PER_SEC / NSEC_PER_USEC,
		   snap->nr);
	ptop_format_target(m, &snap->target, cgroups);
	ptop_format_cgroups_head(m, cgroups);
}

void ptop_format_counts(struct seq_file *m, const struct ptop_snap *snap,
			enum ptop_kind kind, const struct ptop_sums *sum)
{
	static const char * const rows[PTOP_KINDS] = {
		[PTOP_STACKS] = "stacks",
		[PTOP_PIDS] = "pids",
		[PTOP_SLEEPS] = "sleeps",
	};

	seq_printf(m, "# switches:     %llu, missed %llu, clamped %llu, untracked %llu\n",
		   sum->stats.switches, sum->stats.missed, sum->stats.clamped,
		   sum->stats.untracked);
	seq_printf(m, "# table:        %llu of %llu %s\n", sum->used,
		   (u64)snap->capacity[kind] * snap->nr, rows[kind]);
	seq_printf(m, "# memory:       %zu bytes\n#\n", ptop_memory_taken());
}

char ptop_format_state(u32 state)
{
	if (!state || state & PTOP_ASLEEP_SOMEHOW)
		return '?';
	if (state & __TASK_STOPPED)
		return 'T';
	if (state & __TASK_TRACED)
		return 't';
	if (state & TASK_PARKED)
		return 'P';
	if (state & TASK_INTERRUPTIBLE)
		return 'S';
	if ((state & TASK_UNINTERRUPTIBLE) && (state & TASK_NOLOAD))
		return 'I';
	return 'D';
}

static void ptop_format_hex(struct seq_file *m, u64 n)
{
	char text[16], *p = text + sizeof(text);

	do {
		*--p = "0123456789abcdef"[n % 16];
		n >>= 4;
	} while (n);
	seq_write(m, p, text + sizeof(text) - p);
}

static void ptop_format_user_frame(struct seq_file *m,
				   const struct ptop_name *name, u64 addr)
{
	seq_puts(m, "       u ");
	if (name->file.path[0]) {
		ptop_format_escaped(m, name->file.path,
				    sizeof(name->file.path));
		seq_puts(m, "+0x");
		ptop_format_hex(m, name->offset);
		seq_putc(m, '\n');
	} else {
		seq_printf(m, "[unknown] 0x%llx\n", addr);
	}
}

static void ptop_format_cut(struct seq_file *m, const struct ptop_key *key)
{
	static const char * const why[PTOP_WHYS] = {
		[PTOP_WHY_UNSAID] = "",
		[PTOP_WHY_DEPTH] = ": deeper than user_depth",
		[PTOP_WHY_NO_CODE] = ": the mapping isn't known yet",
		[PTOP_WHY_NO_TABLE] = ": no unwind table yet",
		[PTOP_WHY_NO_RULE] = ": no unwind rule",
		[PTOP_WHY_NO_MEMORY] = ": not in memory",
		[PTOP_WHY_IMPLAUSIBLE] = ": implausible",
		[PTOP_WHY_TIME] = ": took too long",
	};
	u32 n = (key->flags & PTOP_KEY_WHY) >> PTOP_KEY_WHY_SHIFT;

	if (key->flags & PTOP_KEY_USER_CUT)
		seq_printf(m, "       u [truncated%s]\n",
			   n < PTOP_WHYS ? why[n] : "");
}

void ptop_format_stack(struct seq_file *m, struct ptop_symbols *symbols,
		       const struct ptop_key *key, const struct ptop_name *name)
{
	u32 i;

	if (key->flags & PTOP_KEY_NO_ROOM)
		seq_puts(m, "       k [no room in the store]\n");
	else if (key->flags & PTOP_KEY_UNSEEN)
		seq_puts(m, "       k [not captured: ran when recording began, or over budget]\n");
	else if (key->flags & PTOP_KEY_EXEC)
		seq_puts(m, "       k [exec: from there until first switched out]\n");
	for (i = 0; i < key->nr_kernel; i++) {
		seq_puts(m, "       k ");
		seq_puts(m, ptop_symbols_get(symbols, key->frame[i]));
		seq_putc(m, '\n');
		/* Looking up a symbol takes a while. */
		cond_resched();
	}
	if (key->flags & PTOP_KEY_KERNEL_CUT)
		seq_puts(m, "       k [truncated]\n");
	for (i = 0; i < key->nr_user; i++)
		ptop_format_user_frame(m, &name[i],
				       key->frame[key->nr_kernel + i]);
	ptop_format_cut(m, key);
	if (key->flags & PTOP_KEY_USER_UNSEEN)
		seq_puts(m, "       u [not captured: out of reach]\n");
}
