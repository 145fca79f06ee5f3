#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-only
# Source lines (--lines): those that addr2line says, or none.
set -euo pipefail
. "$(dirname "$0")/tap.sh"

TESTS=$TOP/tests/tool
mkdir "$T/sub"
cat >"$T/sub/inline.h" <<'END'
static inline __attribute__((always_inline)) int innermost(int n)
{
	for (int i = 0; i < n; i++)
		x ^= i * n;
	return x;
}

static inline __attribute__((always_inline)) int middle(int n)
{
	if (n > 7)
		x += 3;
	return innermost(n + 1) +
		innermost(n - 1);
}
END
cat >"$T/c.c" <<'END'
volatile int x;
#include "sub/inline.h"
__attribute__((noinline)) int outer(int n)
{
	x++;
	return middle(n) - x;
}
static __attribute__((noinline)) int hidden(int n) { for (int i = 0; i < n; i++) x += i * n; return x; }
__attribute__((noinline, noreturn)) void last(void) { for (;;) x++; }
__attribute__((noinline, noreturn)) void ends_in_call(void)
{
	last();
}
int main(int argc, char **argv)
{
	(void)argv;
	if (argc > 5)
		ends_in_call();
	return hidden(argc) +
		outer(argc) + middle(argc);
}
END
cat >"$T/cpp.cc" <<'END'
namespace space {
volatile int x;
template <typename T> struct Thing {
	__attribute__((always_inline)) T add(T n) const { x += n; return x; }
	__attribute__((noinline)) T method(T n) const
	{
		T sum = 0;
		for (T i = 0; i < n; i++)
			sum += add(i) + [&](T k) { return k * x; }(i);
		return sum;
	}
};
template struct Thing<int>;
__attribute__((noinline)) int plain(int n)
{
	x--;
	return Thing<int>().add(n) + x;
}
}
int main(int argc, char **) { return space::Thing<int>().method(argc) + space::plain(argc); }
END
cc() { (cd "$T" && "${CC:-gcc}" -Wl,--build-id "$@"); }

# same NAME FILE [DEBUGFILE OPTION...]: all that perftop says of FILE is what addr2line says. (What that was is told.)
same()
{
	if python3 "$TESTS/lines.py" "$PERFTOP" "${@:2}" >"$T/said" 2>&1; then
		ok "$1"
		sed 's/^/# /' "$T/said"
	else
		not_ok "$1" <"$T/said"
	fi
}

# Fails if: the line of an inlined function isn't that of the call for its caller; a return address isn't the byte before it; files are counted
# from another number than the version has.
for flags in "-O0 -gdwarf-4" "-O0 -gdwarf-5" "-O2 -gdwarf-4" "-O2 -gdwarf-5" "-O2 -gdwarf-5 -gz" "-O2 -g -fPIE -pie" "-O2 -g -no-pie" "-O2 -g1"; do
	# shellcheck disable=SC2086 # words
	cc $flags -o c c.c
	same "C, $flags" "$T/c"
	# shellcheck disable=SC2086 # words
	CC=g++ cc $flags -o cpp cpp.cc
	same "C++, $flags" "$T/cpp"
done
true_inlined() { awk '/inlined/ && $3 > 100 && $5 > 200 { good = 1 } END { exit !good }' "$T/said"; }
cc -O2 -g -o c c.c
same "C" "$T/c"
check "... some are inlined, and have lines" true_inlined
# Fails if: functions in functions aren't known, as those that OpenMP makes of a loop: what was inlined there is missing, and its line is theirs.
cat >"$T/omp.c" <<'END'
volatile int x;
#include "sub/inline.h"
int main(int argc, char **argv)
{
	(void)argv;
	if (argc > 3) {
		int n = x;
#pragma omp parallel
		x += middle(n) + x;
	}
	return 0;
}
END
cc -O2 -g -fopenmp -o omp omp.c
same "OpenMP" "$T/omp"
if command -v clang >/dev/null; then
	CC=clang cc -O0 -g -o clang c.c
	same "clang, which makes no index of its units" "$T/clang"
	CC=clang++ cc -O0 -g -o clang cpp.cc
	same "... C++, with functions in namespaces" "$T/clang"
fi

# Fails if: lines are looked for in the program's own file only.
cc -O2 -g -o c c.c
id=$(readelf -n "$T/c" | sed -n 's/.*Build ID: //p')
mkdir -p "$T/debug/.build-id/${id:0:2}"
objcopy --only-keep-debug "$T/c" "$T/debug/.build-id/${id:0:2}/${id:2}.debug"
strip -o "$T/stripped" "$T/c"
same "a debug file by build id" "$T/stripped" "$T/c" --debug-dir="$T/debug"
rm -r "$T/debug"
export DEBUGINFOD_CACHE_PATH=$T/cache
mkdir -p "$T/cache/$id"
objcopy --only-keep-debug "$T/c" "$T/cache/$id/debuginfo"
same "... or of the cache of debuginfod" "$T/stripped" "$T/c" --symfs=/
unset DEBUGINFOD_CACHE_PATH

# ---- what it looks like
# places FILE SYMBOL...: a snapshot of them
places() { python3 "$TESTS/symbols.py" "$T/snap" "$@"; }
frames() { "$PERFTOP" report --lines -i "$T/snap" | sed -n 's/^       u //p'; }
call='return middle(n) - x;'
line=$(grep -nF "$call" "$T/c.c" | cut -d: -f1)
begin=$(nm "$T/c" | sed -n 's/ T outer$//p')
# A byte in the middle of what was inlined twice.
at=$(for ((i = 0; i < 60; i++)); do printf '%#x\n' $((0x$begin + i)); done | addr2line -aife "$T/c" |
	awk '/^0x/ { addr = $1 } $1 == "innermost" { getline; print addr; exit }')
places "$T/c" "outer+$((at - 0x$begin))"
first=$(frames | head -n 3)
like "report: an inlined function" "$(sed -n 1p <<<"$first")" '^innermost inline\.h:[345] \[inlined\]$'
like "... its caller, where it was called" "$(sed -n 2p <<<"$first")" '^middle inline\.h:1[23] \[inlined\]$'
like "... and that one's" "$(sed -n 3p <<<"$first")" "^outer c\\.c:$line \\($T/c\\+0x[0-9a-f]+\\)\$"
like "folded" "$("$PERFTOP" folded --lines -i "$T/snap")" "^task-1;outer c\\.c:[0-9]+.*;outer c\\.c:$line;middle inline\\.h:1[23]_\\[i\\];innermost inline\\.h:[345]_\\[i\\] 1000\$"
python3 - "$TESTS" "$T" "$T/c" "$(frames | sed -n '3s/.*+\(0x[0-9a-f]*\))$/\1/p')" <<'END'
import sys
sys.path.insert(0, sys.argv[1])
from snapshot import Snapshot
from symbols_elf import build_id
for n in (1, 2):
    s = Snapshot(taken=n * 10 ** 9)
    s.cpu(elapsed=n * 10 ** 9)
    user = [s.user(s.object(sys.argv[3].encode(), build_id(sys.argv[3])), int(sys.argv[4], 16))]
    s.stack(1000 * n, (), user, count=n)
    s.pid(1, 1000 * n)
    s.sleep(1, 500 * n, (), user)
    open('%s/at%d' % (sys.argv[2], n), 'wb').write(s.bytes())
END
like "lat" "$("$PERFTOP" lat --lines -i "$T/at1")" "^ *u outer c\\.c:$line \\("
like "diff" "$("$PERFTOP" diff --lines "$T/at1" "$T/at2")" "^ *u outer c\\.c:$line \\("
check "json" python3 "$TESTS/validate.py" "$TOP/docs/perftop.schema.json" < <("$PERFTOP" json --lines -i "$T/snap")
for command in report lat folded json; do
	is "$command without --lines has none" "$("$PERFTOP" $command -i "$T/snap" | grep -cE '\.[ch]:[0-9]|"lines"' || :)" 0
done
status=0
said=$("$PERFTOP" report --raw --lines -i "$T/snap" 2>&1) || status=$?
is "--raw has no functions, so no lines" "$status $said" "2 perftop: lines are those of functions (--lines), which --raw doesn't show"

# ---- none
# Fails if: what has no lines has no names either, or is another one's.
cc -O2 -o plain c.c
places "$T/plain" outer hidden
is "a file without lines has names alone" "$(frames)" "$("$PERFTOP" report -i "$T/snap" | sed -n 's/^       u //p')"
like "... it has" "$(frames)" '^hidden \('
printf '\t.globl other\n\t.type other, @function\nother:\tnop\n\tnop\n\tnop\n\tnop\n\tret\n\t.size other, .-other\n' >"$T/other.s"
cc -c -o other.o other.s
cc -O2 -g -z noexecstack -o c c.c other.o
places "$T/c" other
like "a function of another unit, without any" "$(frames)" "^other \\($T/c\\+0x"

# ---- hostile names of files: on one line, escaped
# Fails if: they aren't; or a long one costs the name of the function.
{
	printf '#line 7 "/tmp/x/we\\033[31mird;\\n .c"\n'
	echo 'volatile int x; int main(int n, char **v) { (void)v; while (n--) x += n; return x; }'
} >"$T/weird.c"
cc -O2 -g -o weird weird.c
places "$T/weird" main
is "control characters in a file's name" "$(frames | sort -u | sed 's/ (.*//')" 'main we\x1b[31mird\x3b\x0a .c:7'
like "... folded" "$("$PERFTOP" folded --lines -i "$T/snap")" '^task-1;main we\\x1b\[31mird\\x3b\\x0a \.c:7;main we[^;]*:7 1000$'
check "... json" python3 "$TESTS/validate.py" "$TOP/docs/perftop.schema.json" < <("$PERFTOP" json --lines -i "$T/snap")
{
	printf '#line 7 "/tmp/%05000d.c"\n' 0
	tail -n 1 "$T/weird.c"
} >"$T/long.c"
cc -O2 -g -o long long.c
places "$T/long" main
like "a name of 5000 bytes is none" "$(frames)" "^main \\($T/long\\+0x"

# Damaged programs, and answers of the helper. (make fuzz-lines does it for longer.) Fails if: an answer is read beyond its end.
if nice make -s -C "$TOP/tool" BUILD="$T/fuzz" RUNS=3000 SECONDS="${FUZZ_SECONDS:-45}" fuzz-lines >"$T/out" 2>&1; then
	ok "a fuzzer: $(sed -n 's/^stat::number_of_executed_units: *//p' "$T/out") runs"
else
	not_ok "a fuzzer" < <(tail -n 40 "$T/out")
fi
tap_done
