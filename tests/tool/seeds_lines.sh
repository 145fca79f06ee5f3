#!/bin/sh
# SPDX-License-Identifier: GPL-2.0-only
# usage: seeds_lines.sh FOLDER: programs to begin with for the fuzzer of source lines (tool/fuzz_lines.c), small ones.
set -eu

mkdir -p "$1"
cat >"$1/program.c" <<'END'
volatile int x;
static inline __attribute__((always_inline)) int inner(int n) { for (int i = 0; i < n; i++) x ^= i * n; return x; }
static inline __attribute__((always_inline)) int middle(int n) { return inner(n + 1); }
int outer(int n) { x++; return middle(n); }
int _start(int n) { return outer(n) + middle(n + 2); }
END
n=0
for flags in "-O2 -gdwarf-4" "-O2 -gdwarf-5" "-O1 -gdwarf-2" "-O2 -gdwarf-5 -gz" "-O2 -g -gno-as-loc-support" "-O2"; do
	n=$((n + 1))
	# shellcheck disable=SC2086 # words
	gcc $flags -fno-asynchronous-unwind-tables -nostdlib -static -Wl,--build-id=0x61626364 -Wl,-z,norelro -Wl,-z,max-page-size=4096 -o "$1/seed-$n" "$1/program.c"
done
rm "$1/program.c"
