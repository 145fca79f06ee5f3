#!/bin/sh
# SPDX-License-Identifier: GPL-2.0-only
# usage: seeds_unwind.sh FOLDER: programs to begin with for the fuzzer of unwind tables (tool/fuzz_unwind.c), small ones.
set -eu

mkdir -p "$1"
cat >"$1/program.c" <<'END'
volatile int x;
extern int elsewhere(int);
__attribute__((noinline)) int framed(int n) { int a[n] __attribute__((aligned(64))); a[n / 2] = x; return a[x]; }
__attribute__((noinline)) int plain(int n) { int i; for (i = 0; i < n; i++) x += framed(i); return x; }
#ifdef DYNAMIC
int outer(int n) { return elsewhere(n) + elsewhere(plain(n)); }
#else
int _start(int n) { return plain(n); }
#endif
#if !defined(DYNAMIC) && !defined(PLAIN)
__asm__("signal: .cfi_startproc\n.cfi_signal_frame\n.cfi_escape 0x0f,4,0x77,0xa0,1,6\n"
	".cfi_escape 0x10,16,3,0x77,0xa8,1\n.cfi_escape 0x10,6,3,0x77,0xf8,0\nnop\n.cfi_endproc\n");
#endif
END
n=0
while read -r flags; do
	n=$((n + 1))
	# shellcheck disable=SC2086 # words
	gcc -nostdlib $flags -Wl,--build-id=0x61626364 -Wl,-z,norelro -Wl,-z,noseparate-code -Wl,-s -o "$1/seed-$n" "$1/program.c"
done <<'END'
-O2 -static
-O2 -static -Wl,--no-eh-frame-hdr
-O0 -static
-O2 -shared -fPIC -DDYNAMIC -Wl,-z,lazy
-O2 -shared -fPIC -DDYNAMIC -fcf-protection -Wl,-z,ibtplt
END
# With debug information: not stripped.
for flags in -g -gz; do
	n=$((n + 1))
	gcc -nostdlib -O2 -static $flags -DPLAIN -fno-asynchronous-unwind-tables -o "$1/seed-$n" "$1/program.c"
done
rm "$1/program.c"
# A table: two rules, two rows.
{
	printf 'ptopunw\n\1\0\0\0\2\0\0\0\2\0\0\0\0\0\0\0'
	printf '\2\1\0\0\20\0\0\0\360\377\377\377\0\0\0\0\0\0\0\0\0\0\0\0'
	printf '\0\20\0\0\100\20\0\0\0\0\1\0'
} >"$1/table"
