#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-only
# Cgroups: their short names, columns, views by cgroup and their sums, patterns, what cpu.stat says, and files that have none or lie.
set -euo pipefail
. "$(dirname "$0")/tap.sh"

TESTS=$TOP/tests/tool
schema=$TOP/docs/perftop.schema.json
python3 "$TESTS/cgroups.py" "$T"
perftop() { "$PERFTOP" "$@"; }
valid() { perftop json "$@" | python3 "$TESTS/validate.py" "$schema" --all; }

# ---- names: of units, containers, what is hostile
names()
{
	perftop json -i "$T/names" | python3 -c '
import json, sys
sys.path.insert(0, sys.argv[1])
from cgroups import NAMES
plain = lambda s: "".join(chr(b) if 32 <= b < 127 and b not in (59, 92) else "\\x%02x" % b for b in s)
data = json.load(sys.stdin)
got = {g["cgroup"]: (g["path"], g["cgroup_name"]) for g in data["cgroups"]}
want = {i + 1: (plain(path), plain(name)) for i, (path, name) in enumerate(NAMES)}
bad = [(want[i], got.get(i)) for i in want if got.get(i) != want[i]]
bad += [row for row in data["stacks"] + data["pids"] + data["sleepers"] if row["cgroup_name"] != want[row["cgroup"]][1]]
print(*bad, sep="\n")
sys.exit(bool(bad))' "$TESTS"
}
check "short names are those of units and containers" names
check "... as JSON they are right" valid -i "$T/names"
for command in report lat sched "report --by=cgroup" "lat --by=cgroup" "sched --by=cgroup" folded "folded --by=cgroup"; do
	# shellcheck disable=SC2086 # words
	is "$command: hostile names are plain" "$(perftop $command -i "$T/names" | LC_ALL=C grep -cP '[^\x20-\x7e]' || :)" 0
done
is "a flame graph's lines are well formed" "$(perftop folded --by=cgroup -i "$T/names" | grep -cvE '^[^;]+(;[^;]+)* [0-9]+$' || :)" 0
# A column has no spaces, so that awk sees as many before the name of the thread.
is "a cgroup is one word of 24 characters at most" "$(perftop report -i "$T/names" |
	awk '$1 ~ /^[0-9]+$/ && (NF != 11 || length($10) > 24 || $11 !~ /^c[0-9]+$/)')" ''
like "... with its spaces escaped" "$(perftop report -i "$T/names")" ' two\\x20words +c'
# What is cut has whole escapes: \x0a, five and five of 255 newlines.
like "no escape is cut" "$(perftop report -i "$T/names")" ' \\x0a\\x0a\.\.\\x0a\\x0a +c'
like "the middle of a long name is left out" "$(perftop report -i "$T/names")" ' systemd-nsp\.\.ron\.service +c'

# ---- rows and their sums
golden()
{
	local name=$1
	shift
	perftop "$@" >"$T/out" 2>&1 || echo "exit $?" >>"$T/out"
	[ "${GOLDEN:-}" != write ] || cp "$T/out" "$TESTS/golden/$name"
	check "$name is as it was" diff "$TESTS/golden/$name" "$T/out"
}
cd "$T"
golden cgroup-report report -i now
golden cgroup-lat lat -i nspids
golden cgroup-sched sched -i nspids
golden cgroup-report-by report --by=cgroup -i now
golden cgroup-lat-by lat --by=cgroup -i now
golden cgroup-sched-by sched --by=cgroup -i now
golden cgroup-sched-each sched --by=cgroup --each -i pair
golden cgroup-diff diff before now
golden cgroup-diff-by diff --by=cgroup before now
golden cgroup-folded folded --by=cgroup -i now
golden cgroup-json json --by=cgroup -i now
golden cgroup-only report --cgroup='*.service' -i now
check "json is right" valid -i now
check "json --by=cgroup is right" valid --by=cgroup -i now
check "json --each is right" valid --by=cgroup --each -i pair
check "json with pids of a namespace is right" valid -i nspids

# of COLUMN COMMAND...: the sum of a column of its rows
of()
{
	local column=$1
	shift
	perftop "$@" | awk -v c="$column" '!/^#/ && $1 ~ /^[0-9]+$/ { n += $c } END { printf "%.0f\n", n }'
}
tasks() { perftop report -i "$1" | sed -n 's/^#   tasks: *\([0-9]*\) .*/\1/p'; }
slept() { perftop lat -i "$1" | awk '!/^#/ && $1 ~ /^[0-9]+$/ { n += $4 } END { print n }'; }
is "report --by=cgroup adds up to the task time" "$(of 2 report --by=cgroup -i now)" "$(tasks now)"
is "sched --by=cgroup too" "$(of 1 sched --by=cgroup -i now)" "$(tasks now)"
is "lat --by=cgroup has all that the threads slept" "$(of 2 lat --by=cgroup -i now)" "$(slept now)"
is "folded --by=cgroup too" "$(perftop folded --by=cgroup -i now | awk '{ n += $NF } END { printf "%.0f\n", n }')" "$(tasks now)"
is "the changes of diff --by=cgroup too" "$(of 4 diff --by=cgroup before now)" $(($(tasks now) - $(tasks before)))
is "an interval has what happened in it" "$(of 2 report --by=cgroup --each -i pair)" $(($(tasks now) - $(tasks before)))
is "... by thread, too, of one that moved" "$(of 3 sched --each -i pair)" $(($(tasks now) - $(tasks before)))

# ---- patterns
only() { perftop report --by=cgroup --cgroup="$1" -i "${2:-now}" | awk '!/^#/ { print $NF }' | sort | xargs; }
W=/system.slice/web.service N=/system.slice/new.service
is "a name" "$(only web.service)" "$W"
is "a pattern is of the whole name" "$(only web)" ""
is "*" "$(only '*.service')" "$N $W"
is "? and sets" "$(only '[l-x]?[!a].*')" "$N $W"
is "a path" "$(only '/system.slice/*')" "$N $W"
is "* is slashes, too" "$(only '/*web*')" "$W"
is "* takes what makes the rest match" "$(only '*aab' names)" /work/aaab
is "the root" "$(only /)" "/"
is "... by its name" "$(only -)" "/"
is "all" "$(only '*' | wc -w)" 6
is "what is escaped is plain" "$(only '\web.\s*')" "$W"
is "none" "$(only 'no such')" ""
like "the header says which" "$(perftop report --cgroup='*.ser;ice' -i now)" '^# only cgroups: \*\.ser\\x3bice, 0 of 5'
for command in report lat sched folded; do
	is "$command --cgroup: nobody else's rows" "$(perftop $command --cgroup=0123456789ab -i now | grep -c 'nginx\|kthreadd\|young' || :)" 0
	like "... but those" "$(perftop $command --cgroup=0123456789ab -i now)" moved
done
check "json --cgroup" python3 -c '
import json, subprocess, sys
d = json.loads(subprocess.check_output([sys.argv[1], "json", "--cgroup=web.service", "-i", "now"]))
assert {r["cgroup"] for r in d["stacks"] + d["pids"] + d["sleepers"]} == {20}, d
assert d["only_cgroups"] == "web.service"' "$PERFTOP"
is "diff --cgroup" "$(perftop diff --cgroup=new.service before now | grep -c '^ *[0-9]')" 1
# Stars that could match in very many ways.
check "a hostile pattern takes no time" timeout 20 "$PERFTOP" report --cgroup="$(printf '*y%.0s' {1..120})z" -i names
code() { set +e; perftop "$@" >out 2>err; echo $?; set -e; }
for bad in '' '[a-z' '[' '[!' '[]' 'x\'; do
	is "the pattern '$bad' is refused" "$(code report --cgroup="$bad" -i now)" 2
	is "... in one line" "$(wc -l <err)" 1
done
is "--by of what isn't" "$(code report --by=thread -i now)" 2
is "--by with --sum" "$(code lat --by=cgroup --sum=process -i now)" 2
is "the module's sum=cgroup is lat's" "$(python3 - "$TESTS" sum <<'END'
import sys
sys.path.insert(0, sys.argv[1])
from snapshot import CGROUPS, Snapshot
s = Snapshot(flags=0x6c | CGROUPS, forgotten=0)
s.param(b'sum', b'cgroup')
s.cpu(elapsed=1000)
s.cgroup(2, b'/one.service')
s.sleep(1, 5, cgroup=2)
s.sleep(2, 6, cgroup=2)
open(sys.argv[2], 'wb').write(s.bytes())
END
perftop lat -i sum | awk '!/^#/ && NF > 9 { print $2, $NF }')" "11 /one.service"

# ---- --raw is what /proc has: paths, without blanks
is "--raw: paths" "$(perftop report --raw -i now | awk '$1 ~ /^[0-9]+$/ { print $10 }' | xargs)" \
	"$W $N / /docker/$(printf '0123456789abcdef%.0s' 1 2 3 4) $W /work/short(gone) -"
is "... in sched, without pids of a namespace" "$(perftop sched --raw -i nspids | awk '!/^#/ { print $2, $12, $13; exit }')" "10 $W nginx"
is "... in lat" "$(perftop lat --raw -i nspids | awk '$1 == 1 { print $2, $15, $16 }')" "10 $W nginx"
is "... of what has no name" "$(perftop report --raw -i names | awk '$NF == "c1" { print $10 }')" '#2'
is "... of what is hostile" "$(perftop report --raw -i names | grep -o '/x/a.*xff')" '/x/a\x3bb\x5cc\x20d\x0a\x1b[31m\xff'
# Its end, in 1013 bytes.
is "... of what is long" "$(perftop report --raw -i names | awk '$10 ~ /deep/ { print (length($10) > 1000), substr($10, 1, 3), substr($10, length($10) - 8) }')" \
	"1 ... deep/deep"
like "... and of what is too long when escaped" "$(perftop report --raw -i names)" ' \.\.\.(\\x0a){253} c'
like "lat --raw by cgroup is as with sum=cgroup" "$(perftop lat --raw -i sum)" '^ +1        -        - .* /one\.service -$'
is "... its title" "$(perftop lat --raw -i sum | grep -c 'now-s cgroup comm (cgroups)$')" 1

# ---- a target that is a cgroup
python3 - "$TESTS" <<'END'
import sys
sys.path.insert(0, sys.argv[1])
from snapshot import CGROUPS, CUT, GONE, Snapshot
for name, path, flags in (('target', b'/system.slice/web.service', 0), ('gone', b'/a b/\x1b;', GONE), ('cut', b'/b', CUT),
                          ('lost', b'', GONE), ('missing', None, 0)):
    s = Snapshot(flags=0x6c | CGROUPS, forgotten=0, target=b'cgroup:', target_cgroup=7)
    s.cpu(elapsed=1000)
    if path is not None:
        s.cgroup(7, path, flags)
    open(name, 'wb').write(s.bytes())
END
# Fails if: what a name may be is shown (show_target), or a cgroup that was removed as if it were there.
target() { perftop report -i "$1" | sed -n 's/^# target: *//p'; }
is "a target that is a cgroup has its path" "$(target target)" "cgroup:/system.slice/web.service; 0 processes, 0 without room"
is "... is gone, and escaped" "$(target gone)" 'cgroup:/a\x20b/\x1b\x3b(gone); 0 processes, 0 without room'
is "... is the end of a longer one" "$(target cut)" "cgroup:.../b; 0 processes, 0 without room"
is "... has its id if the path is lost" "$(target lost) $(target missing)" "cgroup:#7; 0 processes, 0 without room cgroup:#7; 0 processes, 0 without room"
like "... in json" "$(perftop json -i target)" '"target":\{"name":"cgroup:/system.slice/web.service","cgroup":7,"path_truncated":false,"gone":false,'
for name in target gone cut lost missing; do
	check "... $name: it is right" valid -i $name
done
like "no cgroup has a row for that" "$(perftop json -i target)" '"cgroups":\[\]'

# ---- files without cgroups, and some of an older module
python3 "$TESTS/seeds.py" "$T/seeds"
like "none are recorded: by cgroup" "$(perftop report --by=cgroup -i seeds/small-9)" ' \? +\[not known\]$'
is "... that is all time" "$(of 2 report --by=cgroup -i seeds/small-9)" "$(perftop folded -i seeds/small-9 | awk '{ n += $NF } END { print n }')"
like "... with a pattern that is said" "$(perftop report --cgroup=x -i seeds/small-9)" '^# cgroups: +not recorded$'
check "... as JSON" python3 "$TESTS/validate.py" "$schema" < <(perftop json --by=cgroup -i seeds/small-9)
unlike "no column without cgroups" "$(perftop report -i seeds/small-9)" cgroup
like "moves that aren't followed are told of" "$(perftop report -i unfollowed)" '^# cgroups: .*; NOT FOLLOWED: '

# ---- cpu.stat, of a machine as it runs: a file stands for the device, folders for cgroups, whose inodes are their ids
machine()
{
	rm -rf cg
	mkdir -p 'cg/system.slice/web.service' 'cg/docker/a/b' cg/system.slice/other.service
	printf 'usage_usec 5\n' >cg/cpu.stat
	printf 'usage_usec 5\nnr_periods 9\nnr_throttled %d\nthrottled_usec %d\n' "$1" "$2" >cg/system.slice/web.service/cpu.stat
	printf 'usage_usec 5\n' >cg/system.slice/other.service/cpu.stat
	# A limit above: b has none of its own that matters.
	printf 'nr_throttled 7\nthrottled_usec 7000000\n' >cg/docker/a/cpu.stat
	printf 'nr_throttled 1\nthrottled_usec 1\n' >cg/docker/a/b/cpu.stat
	device 1 device
}
# device TIMES FILE: a snapshot of it, TIMES seconds after the reset
device()
{
	python3 - "$TESTS" "$2" "$1" <<'END'
import os
import sys
sys.path.insert(0, sys.argv[1])
from snapshot import CGROUPS, GONE, Snapshot
n = int(sys.argv[3])
s = Snapshot(flags=0x6c | CGROUPS, forgotten=0, taken=n * 10 ** 9)
s.cpu(elapsed=1000 * n)
ids = {p: os.stat('cg' + p).st_ino for p in ('/', '/system.slice/web.service', '/docker/a/b', '/system.slice/other.service')}
for path, i in ids.items():
    s.cgroup(i, path.encode())
# Another one has its path by now; one is gone; one is outside; one isn't there.
lies = {1000001: b'/system.slice/web.service', 1000003: b'/../outside', 1000004: b'/nowhere', 1000005: b''}
for i, path in lies.items():
    s.cgroup(i, path)
for i in list(ids.values()) + list(lies):
    s.pid(i % 1000003, 5 * n, delay=5 * n, count=n, cgroup=i)
    s.sleep(i % 1000003, 5 * n, count=n, cgroup=i)
open(sys.argv[2], 'wb').write(s.bytes())
END
}
# With this as all of its /proc: a part of the hierarchy is mounted, too, in front of ROOT.
cat >live <<'END'
mount -t tmpfs none /proc
mkdir /proc/self
printf '%s\n' '22 1 8:1 / / rw - ext4 /dev/sda1 rw' \
	"30 22 0:28 /system.slice $(pwd)/cg/system.slice rw - ${PART:-cgroup2} cgroup2 rw" "31 22 0:28 ${ROOT:-/} $(pwd | sed 's/ /\\040/g')/cg rw - ${TYPE:-cgroup2} cgroup2 rw" >/proc/self/mountinfo
shift
exec "$@"
END
live() { unshare -m bash live "" "$PERFTOP" "$@" --device=device; }
throttled() { awk -v p="$1" -v a="$2" '$NF == p { print $a, $(a + 1); exit }'; }
machine 3 1500000
live sched --by=cgroup >out
is "sched: what cpu.stat says, beside the delay" "$(throttled $W 7 <out)" "3 1.500000"
is "... of the cgroup above, if that was throttled more" "$(throttled /docker/a/b 7 <out)" "7 7.000000"
is "... without the cpu controller" "$(throttled /system.slice/other.service 7 <out)" "- -"
is "... the root has none" "$(throttled / 7 <out)" "- -"
is "... nor what is outside of the namespace, or isn't there" "$(throttled /../outside 7 <out) $(throttled /nowhere 7 <out)" "- - - -"
is "... nor a cgroup whose path is another's by now" "$(awk '$NF == "/system.slice/web.service" { print $7 }' out | sort | xargs)" "- 3"
is "lat has it, too" "$(live lat --by=cgroup | throttled $W 9)" "3 1.500000"
live json >out
is "json has it" "$(grep -o '"nr_throttled":[0-9]*,"throttled_usec":[0-9]*' out | sort | xargs)" \
	"nr_throttled:3,throttled_usec:1500000 nr_throttled:7,throttled_usec:7000000"
check "... and is right" python3 "$TESTS/validate.py" "$schema" <out
is "with -i there is none" "$(unshare -m bash live "" "$PERFTOP" sched --by=cgroup -i device | throttled $W 7)" "- -"
is "cgroup v1 alone: none" "$(TYPE=cgroup PART=cgroup live sched --by=cgroup | throttled $W 7)" "- -"
# As where /sys/fs/cgroup is a part of the hierarchy, without a namespace of cgroups.
mkdir -p cg/web.service
printf 'nr_throttled 4\nthrottled_usec 4\n' >cg/web.service/cpu.stat
is "another root of the mount: another cgroup's folder" "$(PART=cgroup ROOT=/system.slice live sched --by=cgroup | throttled $W 7)" "- -"
# Where it would be if /sys were taken for a part of /system.slice, with the same number.
mkdir cg/em.slice
mv cg/system.slice/web.service cg/em.slice/
is "... only whole components are its root" "$(PART=cgroup ROOT=/sys live sched --by=cgroup | throttled $W 7)" "- -"
# The difference, where one is shown.
machine 3 1500000
device 2 later
unshare -m bash live "" "$PERFTOP" sched --by=cgroup -d 100 -n 1 --device=device >out &
# Once it has the first snapshot; ^C ends the interval.
until grep -q nanosleep /proc/$!/wchan; do sleep 0.05; done
mv later device
printf 'nr_throttled 5\nthrottled_usec 1700000\n' >cg/system.slice/web.service/cpu.stat
kill -INT $!
wait $!
is "an interval has the difference" "$(sed -n 's/^# interval: *\([0-9.]*\) s.*/\1/p' out) $(throttled $W 7 <out)" "1.000000 2 0.200000"
is "... but not what is new in it" "$(throttled /docker/a/b 7 <out)" "0 0.000000"
tap_done
