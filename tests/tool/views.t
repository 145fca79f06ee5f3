#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-only
# What the views show of recorded snapshots: what /proc showed, what was right before (golden/;
# GOLDEN=write makes it anew), and right sums.
set -euo pipefail
. "$(dirname "$0")/tap.sh"

TESTS=$TOP/tests/tool
for f in before now perftop lattop schedtop; do
	gzip -dc "$TESTS/sample/$f.gz" >"$T/$f"
done

# ---- /proc, at the same moment (of a paused module; but since the reset goes on)
since() { sed '/^# since reset:/s/ [0-9.]* s,/ N s,/' "$1"; }
"$PERFTOP" report --raw -i "$T/now" >"$T/out"
check "report is /proc/perftop" diff <(since "$T/out") <(since "$T/perftop")
"$PERFTOP" lat --raw -i "$T/now" >"$T/out"
check "lat is /proc/lattop" diff <(since "$T/out") <(since "$T/lattop")
"$PERFTOP" sched -i "$T/now" >"$T/out"
check "sched is /proc/schedtop" diff <(since "$T/out") <(since "$T/schedtop")
is "--top" "$("$PERFTOP" report --raw -t 3 -i "$T/now" | grep -c '^ *[0-9]')" 3
is "-t 1 of lat" "$("$PERFTOP" lat -t 1 -i "$T/now" | grep -c '^ *[0-9]')" 1

# ---- sums
total=$(sed -n 's/^#   tasks: *\([0-9]*\) ticks.*/\1/p' "$T/perftop")
sum() { perl -ne '$sum += $1 if / (\d+)$/; END { print $sum }'; }
is "folded adds up to the task time" "$("$PERFTOP" folded -i "$T/now" | sum)" "$total"
is "folded has no line that flamegraph.pl doesn't take" "$("$PERFTOP" folded -i "$T/now" | grep -cvE '^[^;]+(;[^;]+)* [0-9]+$' || :)" 0

# ---- JSON, with a real validator
schema=$TOP/docs/perftop.schema.json
check "json is right" python3 "$TESTS/validate.py" "$schema" --all < <("$PERFTOP" json -i "$T/now")
check "json -t 2" python3 "$TESTS/validate.py" "$schema" < <("$PERFTOP" json -t 2 -i "$T/now")
check "json --sum=process" python3 "$TESTS/validate.py" "$schema" --all < <("$PERFTOP" json --sum=process -i "$T/now")
cat "$T/before" "$T/now" "$T/now" >"$T/three"
check "json --each" python3 "$TESTS/validate.py" "$schema" < <("$PERFTOP" json --each -i "$T/three")
for rows in 0 1 9 1000; do
	python3 "$TESTS/million.py" "$T/rows" $rows
	check "json of $rows rows" python3 "$TESTS/validate.py" "$schema" < <("$PERFTOP" json -i "$T/rows")
done
# The longest stacks, numbers and names, and what names may be made of.
python3 - "$TESTS" "$T/hard" <<'EOF'
import sys
sys.path.insert(0, sys.argv[1])
from snapshot import Snapshot
s = Snapshot(cpus=1, target=b'a"b\\c\n;')
s.param(b'target', b'a"b\\c\n;\xff')
top = 2 ** 64 - 1
s.cpu(elapsed=top, idle=top, tables=((top,) * 4 + (2 ** 32 - 1,) * 2,) * 3, sleeps=(top,) * 64, delays=(1,) * 64)
obj = s.object(b'/tmp/"quoted" \\ \x1b[31m;\n\xc3\xa9', b'\2' * 20)
k, u = s.kernel(b'f"unc\n+0x1/0x2'), s.user(obj, top)
s.stack(top, [k] * 255, [u] * 255, count=top, error=top, pids=(2 ** 32 - 1,) * 4, more=1, comm=b'"\\;\n\x00\x01\x7f\xff', tgid=2 ** 32 - 1, program=top)
for byte in range(1, 256):
    s.pid(byte, top, comm=bytes([byte]) * 16)
    s.sleep(byte, top, [k], [u], comm=bytes([byte]) * 16, state=bytes([byte]))
    s.wait(byte, 1, [k], [u], state=bytes([byte]))
open(sys.argv[2], 'wb').write(s.bytes())
EOF
check "json of hostile names" python3 "$TESTS/validate.py" "$schema" < <("$PERFTOP" json -i "$T/hard")
for command in report lat sched folded; do
	is "$command of hostile names is plain" "$("$PERFTOP" $command -i "$T/hard" | LC_ALL=C grep -cP '[^\x20-\x7e]' || :)" 0
done
is "a name in folded" "$("$PERFTOP" folded --raw -i "$T/hard" | cut -d';' -f1)" '"\x5c\x3b\x0a-4294967295'

# ---- stacks that had no room
python3 - "$TESTS" "$T/full" <<'EOF'
import sys
sys.path.insert(0, sys.argv[1])
from snapshot import NO_ROOM, UNSEEN, Snapshot
s = Snapshot(cpus=2)
for cpu in 0, 1:
    s.cpu(cpu, elapsed=1000, idle=900, tables=((100, 0, 0, 0, 1, 64),) * 3, store_full=7)
for cpu in 0, 1:
    s.stack(100, comm=b'full', cpu=cpu, flags=UNSEEN | NO_ROOM, tgid=0, program=0)
open(sys.argv[2], 'wb').write(s.bytes())
EOF
"$PERFTOP" report -i "$T/full" >"$T/out"
is "report says how many had no room" "$(sed -n 's/^# stacks: .*, //p' "$T/out")" "14 without room"
is "... and shows the row of these" "$(sed -n 's/^ *k //p' "$T/out")" "[no room in the store]"
is "so does folded" "$("$PERFTOP" folded -i "$T/full")" "full;[no room in the store] 200"
"$PERFTOP" json -i "$T/full" >"$T/out"
check "so does json" python3 "$TESTS/validate.py" "$schema" <"$T/out"
is "... each CPU's" "$(grep -o '"without_room":7' "$T/out" | wc -l)" 2
like "... and the row's" "$(cat "$T/out")" '"flags":\["not captured","no room"\]'

# ---- a program's time before it was first switched out
python3 - "$TESTS" "$T/first" <<'EOF'
import sys
sys.path.insert(0, sys.argv[1])
from snapshot import EXEC, Snapshot
s = Snapshot()
s.cpu(elapsed=1000, idle=700, tables=((300, 0, 0, 0, 1, 64),) * 3)
s.stack(300, comm=b'new', flags=EXEC, tgid=7, program=1)
open(sys.argv[2], 'wb').write(s.bytes())
EOF
is "report says what it is" "$("$PERFTOP" report -i "$T/first" | sed -n 's/^ *k //p')" "[exec: from there until first switched out]"
is "so does folded" "$("$PERFTOP" folded -i "$T/first")" "new-7;[exec] 300"
"$PERFTOP" json -i "$T/first" >"$T/out"
check "so does json" python3 "$TESTS/validate.py" "$schema" <"$T/out"
like "... by a flag" "$(cat "$T/out")" '"flags":\["exec"\]'

# ---- what isn't measured doesn't look like none
for why in hrtimer=0 'the hook could not be planted'; do
	python3 - "$TESTS" "$T/unmeasured" "$why" <<'EOF'
import sys
sys.path.insert(0, sys.argv[1])
from snapshot import Snapshot
s = Snapshot(cpus=1, hrtimer=b'')
s.param(b'hrtimer', b'0' if sys.argv[3] == 'hrtimer=0' else b'1')
s.param(b'idle', b'1')
s.cpu(elapsed=1000, idle=500, tables=((500, 0, 0, 0, 1, 64),) * 3)
s.pid(1, 500)
open(sys.argv[2], 'wb').write(s.bytes())
EOF
	"$PERFTOP" sched -i "$T/unmeasured" >"$T/out"
	is "sched says why: $why" "$(sed -n 's/^# hrtimer: *//p' "$T/out")" "not measured, $why"
	is "... in each row" "$(awk '!/^#/ { print $9, $10 }' "$T/out" | sort | uniq -c | xargs)" "2 n/a n/a"
	"$PERFTOP" json -i "$T/unmeasured" >"$T/out"
	check "json without hrtimer" python3 "$TESTS/validate.py" "$schema" <"$T/out"
	is "... has none" "$(grep -oE '"(idle_)?hrtimers?":[0-9]' "$T/out" | sort -u)" ''
done

# ---- intervals and differences
"$PERFTOP" report --each --raw -i "$T/three" >"$T/out"
is "two intervals of three snapshots" "$(grep -c '^# interval' "$T/out")" 2
is "nothing happened in the second one" "$(sed '1,/^$/d' "$T/out" | grep -c '^ ' || :)" 0
part() { "$PERFTOP" report --raw -i "$1" | sed -n 's/^#   tasks: *\([0-9]*\) .*/\1/p'; }
is "its time is the difference" "$(sed -n '/^#   tasks:/{s/^#   tasks: *\([0-9]*\) .*/\1/p;q}' "$T/out")" $(($(part "$T/now") - $(part "$T/before")))
is "the rows' too" "$("$PERFTOP" folded --each -i "$T/three" | sum)" $(($(part "$T/now") - $(part "$T/before")))
is "-n 1" "$("$PERFTOP" report --each -n 1 --raw -i "$T/three" | grep -c '^# interval')" 1
# A thread's run time and sleep in an interval are no more than that is long.
long=$("$PERFTOP" lat --each -n 1 -i "$T/three" | sed -n 's/^# interval: *\([0-9.]*\) s.*/\1/p')
is "no sleep is longer than the interval ($long s)" "$("$PERFTOP" lat --each -n 1 -i "$T/three" |
	perl -sane 'print if /^ +\d+ +\d+ +\d+ +\d/ && $F[4] > $long + 0.01' -- -long="$long" | head -n 5)" ""
is "diff of the same" "$("$PERFTOP" diff "$T/now" "$T/now" | grep -vc '^#' || :)" 0
like "diff knows that nothing was reset" "$("$PERFTOP" diff "$T/before" "$T/now")" '^# no reset in between'
change=$("$PERFTOP" diff "$T/before" "$T/now" | perl -ane 'if (/^ +\d+ +\d+ +\d+ +[-+]/) { $sum += $F[3] } END { print $sum }')
is "the changes add up" "$change" $(($(part "$T/now") - $(part "$T/before")))

# ---- golden
python3 "$TESTS/seeds.py" "$T/seeds"
cd "$T/seeds"
golden()
{
	local name=$1
	shift
	"$PERFTOP" "$@" >"$T/out" 2>&1 || echo "exit $?" >>"$T/out"
	[ "${GOLDEN:-}" != write ] || cp "$T/out" "$TESTS/golden/$name"
	check "$name is as it was" diff "$TESTS/golden/$name" "$T/out"
}
golden report report -i small-9
golden report-empty report -i small-0
golden lat lat -i small-9
golden lat-process lat --sum=process -i small-9
golden sched sched -i small-9
golden folded folded -i small-9
golden json json -i small-4
golden diff diff small-4 small-9
golden each report --each -i two

# ---- the command line
code() { set +e; "$PERFTOP" "$@" >"$T/out" 2>"$T/err"; echo $?; set -e; }
is "no command" "$(code)" 2
is "an unknown command" "$(code reprot)" 2
is "--help" "$(code --help)" 0
is "help goes to standard output" "$(grep -c . "$T/err" || :)" 0
for command in report lat sched record diff folded json reset pause resume; do
	is "$command --help" "$(code $command --help)" 0
	is "$command --nonsense" "$(code $command --nonsense)" 2
done
is "--version" "$(code --version)" 0
is "the version is the module's" "$(cat "$T/out")" "perftop $(sed -n 's/^PACKAGE_VERSION="\(.*\)"/\1/p' "$TOP/dkms.conf")"
is "no device" "$(code report --device="$T/none")" 3
like "is explained" "$(cat "$T/err")" 'is the module loaded'
for bad in "-t 0" "-t -1" "-t 1x" "-d 0 -i small-1" "-d x" "-n 1 -i small-1" "-d 1 -i small-1" "--each" "extra" "--sum=x"; do
	# shellcheck disable=SC2086 # words
	is "lat $bad" "$(code lat $bad)" 2
done
is "--each of one snapshot" "$(code report --each -i small-1)" 3
is "diff of one" "$(code diff small-1)" 2
is "record without a file" "$(code record)" 2
is "record copies the device" "$(code record -o "$T/copy" --device=small-9; cmp small-9 "$T/copy")" 0
# Fails if: what was missed is made up for, all at once.
"$PERFTOP" record -o "$T/late" -d 0.1 --device=small-9 &
late=$!
until [ -s "$T/late" ]; do :; done
kill -STOP $late
sleep 3
was=$(stat -c %s "$T/late")
kill -CONT $late
until [ "$(stat -c %s "$T/late")" != "$was" ]; do :; done
kill -INT $late
wait $late || :
more=$((($(stat -c %s "$T/late") - was) / $(stat -c %s small-9)))
check "record after three seconds in which it was stopped takes some more ($more), not 30" test $more -lt 15
is "record -d, twice" "$(code record -o "$T/copy" -d 0.01 -n 2 --device=small-9; cat small-9 small-9 small-9 | cmp - "$T/copy")" 0
is "intervals of a device" "$(code report -d 0.01 -n 3 --device=small-9; grep -c '^# interval' "$T/out")" "0
3"
is "a broken pipe is no crash" "$("$PERFTOP" report -i small-9 2>&1 | head -n 1 | wc -l)" 1
tap_done
