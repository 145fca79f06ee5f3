// SPDX-License-Identifier: GPL-2.0-only
#include <endian.h>
#include <errno.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "lib/progress.h"
#include "model/reader.h"

#define READER_ROOM (1u << 18)

void reader_init_fd(struct reader *r, int fd)
{
	*r = (struct reader) { .fd = fd, .room = READER_ROOM };
	r->buf = xmalloc(r->room);
}

void reader_init_memory(struct reader *r, const void *data, size_t bytes)
{
	*r = (struct reader) { .fd = -1, .room = bytes, .have = bytes };
	/* A copy: aligned, and for a sanitizer to watch over. */
	r->buf = xmalloc(bytes);
	if (bytes)
		memcpy(r->buf, data, bytes);
}

void reader_destroy(struct reader *r)
{
	free(r->buf);
	r->buf = NULL;
}

bool reader_fail(struct reader *r, const char *fmt, ...)
{
	va_list args;
	int len;

	len = snprintf(r->error, sizeof(r->error), "at byte %llu: ",
		       r->offset);
	va_start(args, fmt);
	vsnprintf(r->error + len, sizeof(r->error) - len, fmt, args);
	va_end(args);
	return false;
}

/* Of what was read, as it is put together while it is. */
static void reader_progress(const struct reader *r)
{
	u64 mb = (r->next + r->have - r->at) >> 20;

	if (r->size)
		progress("reading: %llu of %llu MB", mb, r->size >> 20);
	else
		progress("reading: %llu MB", mb);
}

/* Have @bytes from r->at on; false: there aren't (now). */
static bool reader_fill(struct reader *r, size_t bytes)
{
	ssize_t got;

	while (r->have - r->at < bytes) {
		if (r->fd < 0 || r->ended) {
			r->ended = true;
			return false;
		}
		if (r->at) {
			memmove(r->buf, r->buf + r->at, r->have - r->at);
			r->have -= r->at;
			r->at = 0;
		}
		if (r->room < bytes) {
			r->room = READER_RECORD_MAX;
			r->buf = xrealloc(r->buf, r->room);
		}
		reader_progress(r);
		got = read(r->fd, r->buf + r->have, r->room - r->have);
		if (got < 0) {
			if (errno != EINTR && errno != EAGAIN)
				snprintf(r->error, sizeof(r->error), "%s",
					 strerror(errno));
			return false;
		}
		r->ended = !got;
		r->have += got;
	}
	return true;
}

static bool reader_cut(struct reader *r)
{
	if (r->error[0] || !r->ended)
		return false;
	return reader_fail(r, "cut off within a record");
}

static bool reader_skip(struct reader *r, u64 bytes)
{
	while (bytes) {
		/* In words, so that what follows is aligned. */
		size_t piece = (r->have - r->at) & ~(size_t)7;

		if (!piece) {
			if (!reader_fill(r, 8))
				return reader_cut(r);
			continue;
		}
		if (piece > bytes)
			piece = bytes;
		r->at += piece;
		bytes -= piece;
	}
	return true;
}

static const struct perftop_record *reader_peek(struct reader *r)
{
	r->error[0] = '\0';
	r->offset = r->next;
	if (!reader_fill(r, sizeof(struct perftop_record))) {
		if (r->have > r->at)
			reader_cut(r);
		return NULL;
	}
	return (const struct perftop_record *)(r->buf + r->at);
}

static void reader_count(struct reader *r, u64 bytes)
{
	r->records++;
	r->bytes += bytes;
	r->next += bytes;
}

bool reader_ready(const struct reader *r)
{
	const struct perftop_record *rec = (const void *)(r->buf + r->at);

	return r->have - r->at >= sizeof(*rec) &&
	       r->have - r->at >= le32toh(rec->bytes);
}

const struct perftop_record *reader_next(struct reader *r)
{
	const struct perftop_record *rec;
	u32 bytes;

	while ((rec = reader_peek(r))) {
		bytes = le32toh(rec->bytes);
		if (bytes < sizeof(*rec) || bytes % 8) {
			if (r->next)
				reader_fail(r, "a record of %u bytes", bytes);
			else
				reader_fail(r, "no snapshot of perftop");
			return NULL;
		}
		if (bytes > READER_RECORD_MAX) {
			u32 type = le32toh(rec->type);

			if (!r->next) {
				reader_fail(r, "no snapshot of perftop");
				return NULL;
			}
			if (type && type <= PERFTOP_CGROUP) {
				reader_fail(r, "a record of %u bytes, type %u",
					    bytes, type);
				return NULL;
			}
			if (!reader_skip(r, bytes))
				return NULL;
			reader_count(r, bytes);
			continue;
		}
		if (!reader_fill(r, bytes)) {
			reader_cut(r);
			return NULL;
		}
		rec = (const struct perftop_record *)(r->buf + r->at);
		r->at += bytes;
		reader_count(r, bytes);
		return rec;
	}
	return NULL;
}
