/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Short names of cgroups: of the systemd unit or the container that one is of.
 *
 * unit: a component of the path as systemd names it: nginx.service,
 *	session-3.scope. A slice counts if nothing follows it.
 * container: one with an id of 64 hexadecimal digits, as docker, containerd,
 *	CRI-O and podman have them, with what each puts around it; or LXC's.
 */
#ifndef UNIT_H
#define UNIT_H

#include "lib/text.h"

/**
 * unit_name - append the short name of a cgroup
 * @path: not the root
 *
 * The first 12 digits of the innermost container's id, as docker and podman show
 * it, or else the outermost unit; then the units within; then the last
 * component, if it's another one. They are separated by slashes. Without any
 * unit or container it is the last component. It isn't escaped.
 */
void unit_name(struct text *t, const char *path);

/**
 * unit_label - append a name that fits in a column, escaped
 * @width: at most, 12 or more; what is longer has ".." in its middle
 * @gone: "(gone)" follows, within the width
 *
 * It has no space. No escape is cut.
 */
void unit_label(struct text *t, const char *name, bool gone, u32 width);

#endif
