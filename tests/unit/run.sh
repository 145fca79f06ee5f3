# SPDX-License-Identifier: GPL-2.0-only
# Compiles NAME.c, which includes the sources under test, for user space with sanitizers, and runs it. It prints TAP.
# src/compat.h, src/arena.h and src/memory.h are about the kernel alone: their guards leave them out.
# shellcheck shell=sh
set -eu
here=${0%/*}
out=$(mktemp -d)
trap 'rm -rf "$out"' EXIT
${CC:-gcc} -std=gnu11 -g -O1 -Wall -Wextra -Wno-sign-compare -Wno-unused-parameter -Wno-unused-function -Werror \
	-fsanitize=address,undefined -fno-sanitize-recover=all -fno-strict-aliasing -fms-extensions \
	-DPTOP_COMPAT_H -DPTOP_ARENA_H -DPTOP_MEMORY_H -include "$here/shim/kernel.h" -I"$here/shim" -I"$here/../../src" \
	-o "$out/test" "$0.c"
# A chain that has become a ring never ends.
timeout 120 "$out/test"
