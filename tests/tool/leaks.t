#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-only
# valgrind finds no leak and no error in any command. Those that need the module are in
# tests/guest/tool_leaks.t; that there's none without a test is checked here.
set -euo pipefail
. "$(dirname "$0")/tap.sh"

gzip -dc "$TOP/tests/tool/sample/now.gz" >"$T/now"
python3 "$TOP/tests/tool/seeds.py" "$T/seeds"
cat >"$T/c.c" <<'EOF'
#include <unistd.h>
volatile int x;
static inline __attribute__((always_inline)) int inner(int n) { for (int i = 0; i < n; i++) x ^= i * n; return x; }
__attribute__((noinline)) int outer(int n) { return inner(n); }
int main(int argc, char **argv) { (void)argv; if (argc > 1) for (;;) pause(); return outer(argc); }
EOF
gcc -g -O2 -Wl,--build-id -o "$T/c" "$T/c.c"
python3 "$TOP/tests/tool/symbols.py" "$T/named" "$T/c" outer main
strip -o "$T/stripped" "$T/c"
python3 "$TOP/tests/tool/symbols.py" "$T/cached" "$T/stripped=$T/c" outer main
id=$(readelf -n "$T/c" | sed -n 's/.*Build ID: //p')
export DEBUGINFOD_CACHE_PATH=$T/cache
mkdir -p "$T/cache/$id"
objcopy --only-keep-debug "$T/c" "$T/cache/$id/debuginfo"
head -c 5000 "$T/now" >"$T/cut"

# clean EXIT-CODE COMMAND...: of perftop; by way of the words in VIA, if there are any
VIA=()
TESTED=
clean()
{
	local code=$1
	shift
	local got=0 name="perftop ${*//$T\//}"
	# One that fails hasn't got far.
	[ "$code" -gt 1 ] || TESTED="$TESTED $1"
	rm -f "$T/valgrind"
	# (What the libraries of libdw keep until the end is no leak.)
	"${VIA[@]}" valgrind -q --leak-check=full --show-leak-kinds=definite,indirect,possible \
		--errors-for-leak-kinds=definite,indirect,possible \
		--error-exitcode=99 --log-file="$T/valgrind" "$PERFTOP" "$@" >"$T/out" 2>"$T/err" || got=$?
	if [ $got -eq "$code" ] && [ -e "$T/valgrind" ] && [ ! -s "$T/valgrind" ]; then
		ok "$name"
	else
		not_ok "$name: exit $got" < <(cat "$T/valgrind" "$T/err")
	fi
}

for command in report lat sched folded json; do
	clean 0 $command -i "$T/seeds/small-9"
	clean 0 $command --each -i "$T/seeds/two"
done
for command in report lat sched folded json; do
	clean 0 $command --by=cgroup --each -i "$T/seeds/cgroups"
	clean 0 $command --cgroup='[!a]*' -i "$T/seeds/cgroups"
done
clean 0 diff --by=cgroup "$T/seeds/small-4" "$T/seeds/cgroups"
clean 0 diff "$T/seeds/small-4" "$T/seeds/cgroups"
# Live, with this machine's cpu.stat.
clean 0 sched --by=cgroup --device="$T/seeds/cgroups"
clean 0 report -i "$T/now"
clean 0 lat --sum=process -i "$T/now"
clean 0 report -i "$T/named"
clean 0 report -i "$T/cached"
clean 0 json -i "$T/named"
# A file that only a process has, then only the index.
cp "$T/c" "$T/deleted"
"$T/deleted" stay &
deleted=$!
tap_leave() { kill $deleted 2>/dev/null || :; }
until [ "$(readlink /proc/$deleted/exe)" = "$T/deleted" ]; do kill -0 $deleted; done
rm "$T/deleted"
python3 "$TOP/tests/tool/symbols.py" --pid=$deleted "$T/of-process" "$T/deleted=$T/c" outer main
export PERFTOP_INDEX=$T/index
clean 0 report --device="$T/of-process"
clean 0 report -i "$T/of-process"
check "... by the index" test -s "$PERFTOP_INDEX/$id"
PERFTOP_INDEX=
kill $deleted
tap_leave() { :; }
clean 0 diff "$T/seeds/small-4" "$T/seeds/small-9"
clean 0 record --device="$T/now" -o "$T/copy" -d 0.01 -n 1
clean 0 report --device="$T/seeds/small-1" -d 0.01 -n 2
clean 4 report -i "$T/cut"
clean 1 doctor --root="$T"
found=0
"$PERFTOP" doctor >/dev/null || found=$?
clean $found doctor

# Typed when it has drawn something: views, rows of each, sorting, a filter, help.
gcc -O1 -pthread -o "$T/term" "$TOP/tests/work/term.c"
export TERM=linux
VIA=("$T/term" $'stacks=2\rqr3\rq1\rqS/x\r?qq' --)
clean 0 top -i "$TOP/tests/tool/two.perftop"
VIA=("$T/term" $'stacks=4\rq1/a\r2r4?qq' --)
clean 0 top --cgroup='*' -i "$T/seeds/cgroups"
VIA=()

# Without a device; and no user of this machine's module is disturbed.
for command in 'watch x' verify top report record\ -o\ "$T/copy"; do
	# shellcheck disable=SC2086 # with its arguments
	clean 3 $command --device="$T/none"
done
for command in reset pause resume; do
	[ -e /proc/perftop ] || clean 3 $command
done
clean 2 report --nonsense
clean 0 --help

TESTED="$TESTED $(sed -n 's/^.*\<clean [01] \([a-z]*\).*/\1/p' "$TOP/tests/guest/tool_leaks.t" | xargs)"
for command in $("$PERFTOP" --help | sed -n 's/^  \([a-z]*\) .*/\1/p'); do
	like "$command is tested" "$TESTED" "(^| )$command( |\$)"
done
tap_done
