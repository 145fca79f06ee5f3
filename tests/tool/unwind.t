#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-only
# The tables by which frames are unwound, of this machine's programs and libraries, against readelf(1); and of programs
# that have what these don't.
set -euo pipefail
. "$(dirname "$0")/tap.sh"

compare() { python3 "$TOP/tests/tool/unwind.py" "$@"; }
table() { "$PERFTOP" unwind --output="$T/table" "$1"; }
rows() { "$PERFTOP" unwind "$@" 2>&1; }
same() { table "$1" && compare "$T/table" "$1"; }

# Fails if: a row has another rule than readelf says; or addresses aren't made offsets.
files=0
for name in libc.so.6 ld-linux-x86-64.so.2 libstdc++.so.6 libcrypto.so.3 libcrypto.so.1.1; do
	file=/usr/lib/x86_64-linux-gnu/$name
	[ -e "$file" ] || continue
	files=$((files + 1))
	check "$name" same "$file"
done
for name in bash perl gcc; do
	file=$(readlink -f "/usr/bin/$name" || :)
	[ "$(head -c 4 "$file" 2>/dev/null | tail -c 3)" = ELF ] || continue
	files=$((files + 1))
	check "$name" same "$file"
done
check "there are such files" test $files -ge 5
check "the tool itself" same "$PERFTOP"

# ---- what programs have
cat >"$T/c.c" <<'END'
#include <stdio.h>
volatile int x;
/* A stack that is aligned, and grows: DRAP. */
__attribute__((noinline)) int aligned(int n)
{
	int a[n] __attribute__((aligned(64)));
	int b[16] __attribute__((aligned(64)));
	for (int i = 0; i < n; i++) a[i] = b[i & 15] = x;
	printf("%p %p\n", (void *)a, (void *)b);
	return a[n / 2];
}
int main(int argc, char **argv) { (void)argv; return aligned(argc) + x; }
END
gcc -O2 -o "$T/drap" "$T/c.c" -Wl,-z,lazy
check "a PLT, DRAP, _start" same "$T/drap"
got=$(rows "$T/drap")
like "_start is the end" "$got" '^ +[0-9a-f]+  end$'
like "the CFA is kept below rbp" "$got" 'CFA=\[rbp-[0-9]+\] rbp=\[rbp(\+0)?\]$'
like "an entry of the PLT that has pushed its number" "$got" '^ +[0-9a-f]+b  CFA=rsp\+16$'
gcc -O2 -no-pie -fcf-protection=full -Wl,-z,ibtplt -o "$T/ibt" "$T/c.c" -Wl,-z,lazy
check "a PLT for indirect branch tracking" same "$T/ibt"
gcc -O2 -static -o "$T/static" "$T/c.c"
check "a static program: clone, signals" same "$T/static"
like "... signals" "$(rows "$T/static")" '  signal$'

cat >"$T/a.s" <<'END'
	.globl _start
	.text
_start:	# Offsets in the file differ from addresses.
	.cfi_startproc
	.cfi_undefined %rip
	nop
	.cfi_endproc
	.cfi_startproc
	nop
	.cfi_def_cfa_offset 24
	nop
	nop
	.cfi_endproc
	.cfi_startproc simple
	.cfi_def_cfa %rsp, 8
	.cfi_offset %rip, -8
	nop
	.cfi_def_cfa %rbx, 16
	nop
	.cfi_endproc
	.cfi_startproc
	.cfi_def_cfa %rbp, 32
	.cfi_undefined %rbp
	nop
	.cfi_offset %rbp, -32
	nop
	.cfi_same_value %rbp
	nop
	.cfi_register %rbp, %rax
	nop
	.cfi_same_value %rbp
	nop
	.cfi_offset %rip, -16
	nop
	.cfi_offset %rip, -8
	nop
	.cfi_offset %rsp, -16
	nop
	.cfi_endproc
	nop
	nop	# without any
	.cfi_startproc	# (CFA) = the word at rsp - 8, that at rbp + 300
	.cfi_escape 0x0f, 3, 0x77, 0x78, 0x06
	nop
	.cfi_escape 0x0f, 4, 0x76, 0xac, 2, 0x06
	nop	# rsp + 8, plus one
	.cfi_escape 0x0f, 4, 0x77, 8, 0x23, 1
	nop
	.cfi_def_cfa %rsp, 2000000000
	nop
	.cfi_endproc
	.cfi_startproc	# A signal frame like none of the kernel's.
	.cfi_signal_frame
	nop
	.cfi_endproc
END
gcc -nostdlib -static -Wl,-Ttext=0x5551000 -o "$T/a" "$T/a.s"
check "rules that programs seldom have" same "$T/a"
is "... as text" "$(rows "$T/a" | sed 's/^ *[0-9a-f]*//' | head -n -1)" "  end
  CFA=rsp+8
  CFA=rsp+24
  CFA=rsp+8
  CFA=rbx+16
  CFA=rbp+32 rbp=?
  CFA=rbp+32 rbp=[CFA-32]
  CFA=rbp+32
  CFA=rbp+32 rbp=?
  CFA=rbp+32
  none
  CFA=rbp+32
  none
  frame pointer
  CFA=[rsp-8]
  CFA=[rbp+300]
  none
  CFA=rsp+2000000000
  none
  frame pointer"

# By hand: the section isn't sorted, and one has addresses of another, which libdw then doesn't find.
# Fails if: the outer one goes on behind, or in, the inner one; or is taken for code without information.
cat >"$T/b.s" <<'END'
	.globl _start
	.text
_start:	.fill 16, 1, 0x90
	.section .eh_frame, "a", @progbits
cie:	.long cie_end - cie - 4, 0
	.byte 1
	.asciz "zR"
	.byte 1, 0x78, 16, 1, 0x1b, 0x0c, 7, 8, 0x90, 1
	.balign 8, 0
cie_end:
	.macro fde start, bytes, row:vararg
	.long 2f - 1f
1:	.long . - cie
	.long _start + \start - ., \bytes
	.byte 0, \row
	.balign 8, 0
2:
	.endm
	fde 4, 4, 0x0e, 48
	fde 0, 16, 0x46, 0x0e, 32
	.long 0
END
gcc -nostdlib -static -o "$T/b" "$T/b.s"
is "FDEs that overlap" "$(rows "$T/b" | sed 's/^ *[0-9a-f]*//' | head -n -1)" "  none
  CFA=rsp+48
  frame pointer"

# Fails if: .debug_frame isn't read, or is although there's .eh_frame.
gcc -g -O2 -nostdlib -static -fno-asynchronous-unwind-tables -o "$T/debug" -x c - <<'END'
volatile int x;
__attribute__((noinline)) static int f(int n) { int a[99]; a[n] = x; for (int i = 0; i < 99; i++) x += a[i]; return a[x]; }
void _start(void) { f(x); for (;;) ; }
END
check ".debug_frame" same "$T/debug"
gcc -gz -g -O2 -nostdlib -static -fno-asynchronous-unwind-tables -o "$T/debugz" -x c - <<'END'
volatile int x;
void _start(void) { for (;;) x++; }
END
check "... compressed" same "$T/debugz"

# ---- what has none
none='no table can be made of it; accepted are programs and libraries of x86-64 with .eh_frame$'
cp "$T/a" "$T/stripped"
objcopy -R .eh_frame "$T/stripped" 2>/dev/null
like "a program without" "$(rows "$T/stripped")" "$none"
is "... is bad input" "$("$PERFTOP" unwind "$T/stripped" >/dev/null 2>&1 || echo $?)" 4
like "a text" "$(rows "$0")" "$none"
: >"$T/empty"
like "an empty file" "$(rows "$T/empty")" "$none"
gcc -c -o "$T/a.o" "$T/a.s"
like "an object file" "$(rows "$T/a.o")" "$none"
printf '\x03' | dd of="$T/stripped" bs=1 seek=18 conv=notrunc status=none
like "another machine's" "$(rows "$T/stripped")" "$none"
like "no such file" "$(rows "$T/gone")" 'gone: No such file or directory$'
mkfifo "$T/fifo"
like "a FIFO" "$(rows "$T/fifo")" 'accepted are programs and libraries'
like "no argument" "$(rows)" 'accepted are FILE, --serve and --list$'
like "two of them" "$(rows --list "$T/a")" 'accepted are FILE, --serve and --list$'

# Fails if: a file that is damaged says more than the child's failure; or what a child says isn't checked.
like "a child without memory" "$(ulimit -d 1000; rows "$T/static")" 'reading it failed or took too long'
head -c 20000 "$T/static" >"$T/half"
like "half a file" "$(rows "$T/half")" "$none"
if [ -e /proc/self/maps ] && grep -q vdso /proc/self/maps && [ "$(uname -m)" = x86_64 ]; then
	like "the [vdso]" "$(rows '[vdso]')" 'CFA=rsp\+8$'
fi
tap_done
