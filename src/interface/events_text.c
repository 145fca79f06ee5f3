// SPDX-License-Identifier: GPL-2.0-only
/* Events as lines. See events_private.h. */
#include <linux/kernel.h>
#include <linux/math64.h>
#include <linux/time64.h>
#include <linux/utsname.h>

#include "compat.h"
#include "interface/events_private.h"
#include "interface/format.h"
#include "interface/text.h"
#include "probe/hook.h"
#include "probe/percpu.h"
#include "recording/target_set.h"
#include "uapi/perftop.h"

static __printf(2, 3) void ptop_stream_printf(struct ptop_stream *s,
					      const char *fmt, ...)
{
	va_list args;

	va_start(args, fmt);
	s->len += vscnprintf(s->text + s->len, sizeof(s->text) - s->len, fmt,
			     args);
	va_end(args);
}

static void ptop_stream_escaped(struct ptop_stream *s, const char *name,
				size_t max)
{
	for (; max && *name; name++, max--)
		ptop_stream_printf(s, ptop_text_plain(*name) ? "%c" : "\\x%02x",
				   (u8)*name);
}

static void ptop_stream_target_cgroup(struct ptop_stream *s, u64 id)
{
	struct ptop_cgroups one;

	if (ptop_target_cgroup(&one, id))
		ptop_stream_printf(s, PTOP_TARGET_CGROUP "#%llu", id);
	else
		ptop_stream_printf(s, PTOP_TARGET_CGROUP "%s",
				   ptop_cgroups_find(&one, id)->text);
	ptop_cgroups_free(&one);
}

static void ptop_stream_target(struct ptop_stream *s)
{
	struct ptop_target_info info;

	ptop_target_info(&info);
	ptop_stream_printf(s, "# target:       ");
	if (!info.name[0] && !info.cgroup) {
		ptop_stream_printf(s, "all\n");
		return;
	}
	if (info.cgroup)
		ptop_stream_target_cgroup(s, info.cgroup);
	else
		ptop_stream_escaped(s, info.name, sizeof(info.name));
	ptop_stream_printf(s, "; %u processes, %u without room\n",
			   info.members, info.full);
}

void ptop_stream_head(struct ptop_stream *s,
		      const struct ptop_events_sums *sums, u32 events)
{
	ptop_stream_printf(s, "# perftop %s, abi %d, kernel %s\n", PTOP_VERSION,
			   PERFTOP_ABI, init_utsname()->release);
	ptop_stream_printf(s, "# hook:         %s %s, %s, %s\n",
			   ptop_hook_backend(),
			   ptop_hook_name(PTOP_POINT_EXEC),
			   ptop_hook_name(PTOP_POINT_FORK),
			   ptop_hook_name(PTOP_POINT_EXIT));
	ptop_stream_printf(s, "# clock:        CLOCK_MONOTONIC, in seconds\n");
	ptop_stream_printf(s, "# state:        %s\n",
			   ptop_percpu_paused() ? "paused" : "recording");
	ptop_stream_target(s);
	ptop_stream_printf(s, "# ring:         %u events per CPU\n",
			   events);
	ptop_stream_printf(s, "# streams:      %u open, at most %u, and %u of one user\n",
			   sums->readers, PERFTOP_STREAMS,
			   PERFTOP_STREAMS_USER);
	ptop_stream_printf(s, "# events:       %llu recorded, %llu missed, ",
			   sums->recorded, sums->missed + ptop_hook_missed());
	ptop_stream_printf(s, "%llu lost by slow readers\n", sums->lost);
	ptop_stream_printf(s, "#     seconds comm; event\n");
}

static void ptop_stream_exited(struct ptop_stream *s,
			       const struct ptop_event_head *h)
{
	u32 code = h->code, signal = code & 0x7f;

	if (h->kind == PTOP_EVENT_KTHREAD_EXIT)
		ptop_stream_printf(s, "exited with code %d", h->code);
	else if (signal)
		ptop_stream_printf(s, "was killed by signal %u%s", signal,
				   code & 0x80 ? " with a core dump" : "");
	else
		ptop_stream_printf(s, "exited with code %u", code >> 8 & 0xff);
	if (h->others && h->pid == h->tgid)
		ptop_stream_printf(s, "; %u of its threads go on", h->others);
}

void ptop_stream_event(struct ptop_stream *s, int cpu,
		       const struct ptop_events_at *at)
{
	const struct ptop_event_head *h = &at->event.head;
	u32 rest;
	u64 seconds = div_u64_rem(h->time, NSEC_PER_SEC, &rest);

	if (at->lost)
		ptop_stream_printf(s, "# lost %llu events of CPU %d\n",
				   at->lost, cpu);
	ptop_stream_printf(s, "%6llu.%06u ", seconds,
			   rest / (u32)NSEC_PER_USEC);
	ptop_stream_escaped(s, h->comm, sizeof(h->comm));
	if (h->pid == h->tgid)
		ptop_stream_printf(s, "; PID %u ", h->tgid);
	else
		ptop_stream_printf(s, "; thread %u of PID %u ", h->pid,
				   h->tgid);
	switch (h->kind) {
	case PTOP_EVENT_EXEC:
		ptop_stream_printf(s, "executed execve syscall for pathname: ");
		if (h->cut)
			ptop_stream_printf(s, "...");
		ptop_stream_escaped(s, at->event.path, sizeof(at->event.path));
		if (h->cut)
			ptop_stream_printf(s, "; %u bytes are cut off", h->cut);
		break;
	case PTOP_EVENT_FORK:
		ptop_stream_printf(s, "forked PID %u", h->child);
		break;
	case PTOP_EVENT_CLONE:
		ptop_stream_printf(s, "cloned thread %u", h->child);
		break;
	default:
		ptop_stream_exited(s, h);
	}
	ptop_stream_printf(s, "\n");
}
