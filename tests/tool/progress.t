#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-only
# What takes long says so on a terminal, in one line that is gone in the end; and nowhere else.
set -euo pipefail
. "$(dirname "$0")/tap.sh"

gcc -O1 -pthread -o "$T/term" "$TOP/tests/work/term.c"
# Each name takes 20 ms.
cat >"$T/slow.c" <<'EOF'
#define _GNU_SOURCE
#include <dlfcn.h>
#include <unistd.h>
void *dwfl_module_addrdie(void *a, unsigned long b, void *c);
void *dwfl_module_addrdie(void *a, unsigned long b, void *c)
{
	void *(*real)(void *, unsigned long, void *) = dlsym(RTLD_NEXT, "dwfl_module_addrdie");
	usleep(20000);
	return real(a, b, c);
}
EOF
gcc -shared -fPIC -o "$T/slow.so" "$T/slow.c" -ldl
cat >"$T/c.c" <<'EOF'
volatile int x;
int main(void) { x++; x *= x; x--; x ^= x + 1; x *= x; x <<= x; x >>= x; x /= x; return x; }
EOF
gcc -O0 -Wl,--build-id -o "$T/c" "$T/c.c"
# 60 stacks with two places each, and so much of the kernel's that what is shown comes in several pieces.
python3 - "$TOP/tests/tool" "$T/long" "$T/c" <<'EOF'
import re
import subprocess
import sys
sys.path.insert(0, sys.argv[1])
from snapshot import Snapshot
notes = subprocess.run(['readelf', '-n', sys.argv[3]], capture_output=True, text=True, check=True).stdout
# In a file that can be anywhere, the code's addresses are its offsets.
symbols = subprocess.run(['nm', sys.argv[3]], capture_output=True, text=True, check=True).stdout
main = int(re.search('^([0-9a-f]+) T main$', symbols, re.M).group(1), 16)
s = Snapshot()
s.cpu(elapsed=10 ** 9)
obj = s.object(sys.argv[3].encode(), bytes.fromhex(re.search('Build ID: ([0-9a-f]+)', notes).group(1)))
kernel = s.kernel(b'a_function_of_the_kernel_with_a_long_name+0x1/0x2')
for i in range(60):
    place = s.user(obj, main + 1 + i)
    s.stack(1000 - i, [kernel] * 100, [place] * 2, hash_=i, tgid=i + 1)
open(sys.argv[2], 'wb').write(s.bytes())
EOF

# on_terminal COMMAND: by sh, on a terminal; all that it wrote there is in $T/screen, what is to be seen in the end in $T/seen, and how often
# a line can have been drawn in that time in $MOST
on_terminal()
{
	local began=${EPOCHREALTIME/./}
	TERM=linux "$T/term" -- sh -c "$1" >"$T/screen" || :
	MOST=$(((${EPOCHREALTIME/./} - began) / 250000 + 1))
	python3 - "$T/screen" >"$T/seen" <<'EOF'
import sys
lines, at = [''], 0
for c in open(sys.argv[1], newline='').read().replace('\r\n', '\n'):
    if c == '\r':
        at = 0
    elif c == '\n':
        lines.append('')
        at = 0
    else:
        lines[-1] = lines[-1][:at] + c + lines[-1][at + 1:]
        at += 1
for line in lines:
    if line.rstrip():
        print(line.rstrip())
EOF
}
# How often the screen has a line like that.
times() { tr '\r' '\n' <"$T/screen" | grep -cE "$1" || :; }
# told NAME REGEX: such lines were drawn, which were not all the same; but not all the time
told()
{
	tr '\r' '\n' <"$T/screen" | grep -E -- "$2" | sed 's/ *$//' >"$T/lines" || :
	if [ "$(sort -u "$T/lines" | wc -l)" -ge 2 ] && [ "$(uniq "$T/lines" | wc -l)" -le $MOST ]; then
		ok "$1"
	else
		not_ok "$1" < <(echo "wanted: $2, $MOST times at most"; cat -v "$T/screen")
	fi
}

slow="LD_PRELOAD=$T/slow.so $PERFTOP"
names='names looked up: [0-9]+, in [0-9]+ files, now in '
"$PERFTOP" report -i "$T/long" >"$T/right" 2>"$T/err"
[ "$(grep -c ' main (' "$T/right")" -eq 120 ] || { echo "Bail out! there are no names to look up"; exit 1; }

for command in report folded json; do
	"$PERFTOP" $command -i "$T/long" >"$T/right" 2>"$T/err"
	on_terminal "$slow $command -i $T/long >$T/out"
	told "$command: names are told while they are looked up" "^row [0-9]+ of 60; $names"
	is "$command: it is gone in the end" "$(cat "$T/seen")" ''
	check "$command: the file has none of it" cmp "$T/right" "$T/out"
done
"$PERFTOP" report -i "$T/long" >"$T/right"
on_terminal "$PERFTOP report -i $T/long >$T/out"
is "what is quick isn't told" "$(cat "$T/screen")" ''
on_terminal "$slow report -i $T/long"
told "between pieces of what is shown" "$names"
check "... it leaves no trace" diff <(sed '/^ *$/d' "$T/right") "$T/seen"
on_terminal "$slow diff $T/long $T/long -t 1; $slow diff $TOP/tests/tool/two.perftop $T/long >$T/out"
told "diff" "$names"

# ---- not on a terminal
LD_PRELOAD=$T/slow.so "$PERFTOP" report -i "$T/long" >"$T/out" 2>"$T/err"
is "no terminal: nothing on standard error" "$(cat "$T/err")" ''
check "... and all on standard output" cmp "$T/right" "$T/out"
on_terminal "$slow report -i $T/long 2>$T/err | cat >$T/out; wc -c <$T/err"
is "nothing of a pipe, either" "$(cat "$T/seen")" 0
# The reader may be a pager.
on_terminal "$slow report -i $T/long | { head -c 1000 >$T/out; echo pager; cat >>$T/out; }"
is "from the first piece on a pipe's reader has the terminal" "$(sed -n '/pager/,$p' "$T/screen" | grep -cE "$names" || :)" 0
check "... and the right bytes" cmp "$T/right" "$T/out"

# ---- other long work
gzip -dc "$TOP/tests/tool/sample/now.gz" >"$T/now"
python3 "$TOP/tests/tool/million.py" "$T/rows" 20000
mkfifo "$T/fifo"
{ head -c 1200000 "$T/rows"; sleep 2; head -c 2200000 "$T/rows" | tail -c 1000000; sleep 1; tail -c +2200001 "$T/rows"; } >"$T/fifo" &
on_terminal "$PERFTOP sched -i $T/fifo >$T/out"
wait $!
told "reading is told" '^reading: [0-9] MB'
is "... and gone in the end" "$(cat "$T/seen")" ''
check "... and it was read" cmp "$T/out" <("$PERFTOP" sched -i "$T/rows")
{ head -c 1200000 "$T/rows"; sleep 2; head -c 2200000 "$T/rows" | tail -c 1000000; sleep 1; } >"$T/fifo" &
on_terminal "$PERFTOP sched -i $T/fifo"
wait $!
told "of a file that is cut off, too" '^reading: [0-9] MB'
like "... and the error is alone" "$(cat "$T/seen")" '^perftop: .*/fifo: at byte [0-9]+: '
is "... in a line" "$(wc -l <"$T/seen")" 1
on_terminal "$PERFTOP record --device=$T/now -o $T/copy -d 0.4 -n 5"
told "record: how much there is" '^snapshots: [2-6], [0-9]+ kB; \^C ends it'
is "... and gone in the end" "$(cat "$T/seen")" ''
"$PERFTOP" record --device="$T/now" -o "$T/copy" -d 0.4 -n 3 2>"$T/err"
is "... no terminal: nothing" "$(cat "$T/err")" ''
on_terminal "$PERFTOP report --device=$T/now -d 1.6 -n 1 >$T/out"
is "a command that only waits has nothing to tell" "$(cat "$T/screen")" ''

# ---- the live screen is its own
TERM=linux "$T/term" $'stacks=\rqq' -- env LD_PRELOAD="$T/slow.so" "$PERFTOP" top -i "$T/long" >"$T/screen" || :
is "top has no such line" "$(times 'names looked up|reading: ')" 0
tap_done
