// SPDX-License-Identifier: GPL-2.0-only
/* Events as records. See events_private.h. */
#include <linux/kernel.h>
#include <linux/string.h>

#include "compat.h"
#include "interface/events_private.h"
#include "interface/records.h"
#include "uapi/perftop.h"

void ptop_stream_record_head(struct ptop_stream *s)
{
	BUILD_BUG_ON(sizeof(struct perftop_head) > sizeof(s->text));
	ptop_record_head((struct perftop_head *)s->text, NULL);
	s->len = sizeof(struct perftop_head);
}

static void ptop_stream_record_lost(struct ptop_stream *s, int cpu, u64 lost)
{
	struct perftop_lost *l = (struct perftop_lost *)s->text;

	memset(l, 0, sizeof(*l));
	l->rec.type = cpu_to_le32(PERFTOP_LOST);
	l->rec.bytes = cpu_to_le32(sizeof(*l));
	l->events = cpu_to_le64(lost);
	l->cpu = cpu_to_le32(cpu);
	s->len = sizeof(*l);
}

void ptop_stream_record(struct ptop_stream *s, int cpu,
			const struct ptop_events_at *at)
{
	const struct ptop_event_head *h = &at->event.head;
	struct perftop_event *e;
	size_t path = 0, bytes;

	ptop_record_same(PTOP_EVENT_EXEC, PERFTOP_EXEC);
	ptop_record_same(PTOP_EVENT_FORK, PERFTOP_FORK);
	ptop_record_same(PTOP_EVENT_CLONE, PERFTOP_CLONE);
	ptop_record_same(PTOP_EVENT_EXIT, PERFTOP_EXIT);
	ptop_record_same(PTOP_EVENT_KTHREAD_EXIT, PERFTOP_KTHREAD_EXIT);
	BUILD_BUG_ON(sizeof(s->text) < sizeof(struct perftop_lost) +
		     sizeof(*e) + PTOP_EVENT_BYTES);
	if (at->lost)
		ptop_stream_record_lost(s, cpu, at->lost);
	if (h->kind == PTOP_EVENT_EXEC)
		path = strnlen(at->event.path, sizeof(at->event.path));
	bytes = ALIGN(sizeof(*e) + path + 1, sizeof(u64));
	e = (struct perftop_event *)(s->text + s->len);
	memset(e, 0, bytes);
	e->rec.type = cpu_to_le32(PERFTOP_EVENT);
	e->rec.bytes = cpu_to_le32(bytes);
	e->time = cpu_to_le64(h->time);
	e->kind = cpu_to_le32(h->kind);
	e->pid = cpu_to_le32(h->pid);
	e->tgid = cpu_to_le32(h->tgid);
	e->code = cpu_to_le32(h->child);
	e->others = cpu_to_le32(h->others);
	e->cut = cpu_to_le32(h->cut);
	strscpy_pad(e->comm, h->comm, sizeof(e->comm));
	memcpy(e->path, at->event.path, path);
	s->len += bytes;
}
