#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-only
# valgrind finds no leak and no error in any command.
set -euo pipefail
. "$(dirname "$0")/tap.sh"

gzip -dc "$TOP/tests/tool/sample/now.gz" >"$T/now"
python3 "$TOP/tests/tool/seeds.py" "$T/seeds"
cat >"$T/c.c" <<'EOF'
volatile int x;
static inline __attribute__((always_inline)) int inner(int n) { for (int i = 0; i < n; i++) x ^= i * n; return x; }
__attribute__((noinline)) int outer(int n) { return inner(n); }
int main(int argc, char **argv) { (void)argv; return outer(argc); }
EOF
gcc -g -O2 -Wl,--build-id -o "$T/c" "$T/c.c"
python3 "$TOP/tests/tool/symbols.py" "$T/named" "$T/c" outer main
head -c 5000 "$T/now" >"$T/cut"

# clean EXIT-CODE COMMAND...: of perftop
clean()
{
	local code=$1
	shift
	local got=0 name="perftop ${*//$T\//}"
	# (What the libraries of libdw keep until the end is no leak.)
	valgrind -q --leak-check=full --show-leak-kinds=definite,indirect,possible \
		--errors-for-leak-kinds=definite,indirect,possible \
		--error-exitcode=99 --log-file="$T/valgrind" "$PERFTOP" "$@" >/dev/null 2>"$T/err" || got=$?
	if [ $got -eq "$code" ] && [ ! -s "$T/valgrind" ]; then
		ok "$name"
	else
		not_ok "$name: exit $got" < <(cat "$T/valgrind" "$T/err")
	fi
}

for command in report lat sched folded json; do
	clean 0 $command -i "$T/seeds/small-9"
	clean 0 $command --each -i "$T/seeds/two"
done
clean 0 report -i "$T/now"
clean 0 lat --sum=process -i "$T/now"
clean 0 report -i "$T/named"
clean 0 json -i "$T/named"
clean 0 diff "$T/seeds/small-4" "$T/seeds/small-9"
clean 0 record --device="$T/now" -o "$T/copy" -d 0.01 -n 1
clean 0 report --device="$T/seeds/small-1" -d 0.01 -n 2
clean 4 report -i "$T/cut"
clean 3 reset
clean 2 report --nonsense
clean 0 --help
tap_done
