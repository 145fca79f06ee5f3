// SPDX-License-Identifier: GPL-2.0-only
#define _GNU_SOURCE
#include <string.h>

#include "lib/unit.h"

#define ID_DIGITS 64
#define ID_SHORT 12

/* A component of a path; it ends where the slash is. */
struct component {
	const char *s;
	size_t len;
};

static bool component_ends(const struct component *c, const char *suffix)
{
	size_t len = strlen(suffix);

	return c->len > len && !memcmp(c->s + c->len - len, suffix, len);
}

static bool component_begins(const struct component *c, const char *prefix)
{
	size_t len = strlen(prefix);

	return c->len > len && !memcmp(c->s, prefix, len);
}

static bool component_is(const struct component *c, const char *name)
{
	return c->len == strlen(name) && !memcmp(c->s, name, c->len);
}

static bool component_next(const char **path, struct component *c)
{
	*path += strspn(*path, "/");
	c->s = *path;
	c->len = strcspn(c->s, "/");
	*path += c->len;
	return c->len;
}

static bool unit_is(const struct component *c)
{
	static const char *const suffix[] = {
		".service", ".scope", ".socket", ".mount", ".swap"
	};
	size_t i;

	for (i = 0; i < ARRAY_SIZE(suffix); i++)
		if (component_ends(c, suffix[i]))
			return true;
	return false;
}

/* Where the id begins in a component without .scope; c->len: there's none. */
static size_t container_id(const struct component *c)
{
	size_t at = c->len - ID_DIGITS;

	if (c->len < ID_DIGITS || (at && c->s[at - 1] != '-' && c->s[at - 1] != ':'))
		return c->len;
	return strspn(c->s + at, "0123456789abcdef") >= ID_DIGITS ? at : c->len;
}

/* What stands in front of a container's id; libpod-conmon isn't one. */
static bool container_prefix(const struct component *c, size_t at)
{
	static const char *const prefix[] = {
		"docker", "cri-containerd", "crio", "libpod", "libpod-payload",
		"nerdctl"
	};
	struct component p = { c->s, at ? at - 1 : 0 };
	const char *colon = at ? memrchr(p.s, ':', p.len) : NULL;
	size_t i;

	if (!at)
		return true;
	/* Of cgroupfs: kubepods-pod1.slice:cri-containerd:ID */
	if (colon)
		p = (struct component){ colon + 1, p.s + p.len - colon - 1 };
	for (i = 0; i < ARRAY_SIZE(prefix); i++)
		if (component_is(&p, prefix[i]))
			return true;
	return false;
}

/* Append a unit, with a container's id in it shortened. */
static void unit_append(struct text *t, struct component c)
{
	struct component bare = c;
	size_t id;

	if (t->len)
		text_char(t, '/');
	/* systemd's escape of names that could be the kernel's files. */
	if (*c.s == '_' && (unit_is(&c) || component_ends(&c, ".slice"))) {
		c.s++;
		c.len--;
	}
	bare.len -= component_ends(&bare, ".scope") ? strlen(".scope") : 0;
	id = container_id(&bare);
	if (id == bare.len) {
		text_bytes(t, c.s, c.len);
		return;
	}
	text_bytes(t, c.s, bare.s + id + ID_SHORT - c.s);
	text_bytes(t, bare.s + bare.len, c.s + c.len - bare.s - bare.len);
}

/* If it is a container, its name instead of all before it. */
static bool container_append(struct text *t, struct component c)
{
	static const char lxc[] = "lxc.payload.";
	size_t id;

	if (component_begins(&c, lxc)) {
		t->len = 0;
		text_bytes(t, c.s + strlen(lxc), c.len - strlen(lxc));
		return true;
	}
	c.len -= component_ends(&c, ".scope") ? strlen(".scope") : 0;
	id = container_id(&c);
	if (id == c.len || !container_prefix(&c, id))
		return false;
	t->len = 0;
	text_bytes(t, c.s + id, ID_SHORT);
	return true;
}

/* podman's and systemd-nspawn's, in which all of a container is. */
static bool payload_is(const struct component *c)
{
	return component_is(c, "container") || component_is(c, "payload");
}

void unit_name(struct text *t, const char *path)
{
	struct component c, rest = {};
	struct text name;

	text_init(&name);
	while (component_next(&path, &c)) {
		rest.len = 0;
		if (container_append(&name, c))
			continue;
		if (unit_is(&c))
			unit_append(&name, c);
		else
			rest = c;
	}
	if (rest.len && !(name.len && payload_is(&rest)))
		unit_append(&name, rest);
	text_bytes(t, name.buf, name.len);
	text_free(&name);
}

/* ---- in a column */

static bool label_plain(char c)
{
	return c != ' ' && text_plain(c);
}

static void label_byte(struct text *t, char c)
{
	if (label_plain(c))
		text_char(t, c);
	else
		text_printf(t, "\\x%02x", (unsigned char)c);
}

/* How many bytes of @s, its first or its last ones, fit in @width when escaped. */
static size_t label_fits(const char *s, size_t len, bool last, u32 width)
{
	size_t n;

	for (n = 0; n < len; n++) {
		u32 need = label_plain(s[last ? len - n - 1 : n]) ? 1 : 4;

		if (need > width)
			break;
		width -= need;
	}
	return n;
}

void unit_label(struct text *t, const char *name, bool gone, u32 width)
{
	static const char mark[] = "(gone)";
	size_t len = strlen(name), left, right = 0, i;

	width -= gone ? strlen(mark) : 0;
	left = label_fits(name, len, false, width);
	if (left < len) {
		left = label_fits(name, len, false, (width - 1) / 2);
		right = label_fits(name, len, true, (width - 2) / 2);
	}
	for (i = 0; i < left; i++)
		label_byte(t, name[i]);
	if (left < len) {
		text_str(t, "..");
		for (i = len - right; i < len; i++)
			label_byte(t, name[i]);
	}
	if (gone)
		text_str(t, mark);
}
