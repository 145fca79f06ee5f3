#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-only
# How user stacks are walked, and why they are cut: lines of the header, words instead of the missing frames, and what
# of it isn't in every recording.
# Fails if: report has no line of the record, or takes a member for another; a reason has another word than in /proc, or
# stands where the stack isn't cut; a stack is another one for diff because of its reason, or the same one for --each.
set -euo pipefail
. "$(dirname "$0")/tap.sh"

# make_file NAME: the file $T/NAME, of Python on stdin, which has a snapshot() with two frames
make_file()
{
	{
		cat <<-'EOF'
			import sys
			sys.path.insert(0, sys.argv[1])
			from snapshot import USER, USER_CUT, WHY, Snapshot
			NEW, FOLLOWED = (3, 64, 5, 6, 7, 8), b'__vma_link_file'

			def snapshot(user=True, cut=range(100, 116), taken=10 ** 10, reset=0, **how):
			    s = Snapshot(taken=taken, reset=reset)
			    if user:
			        s.user_stacks(**{'depth': 40, 'tables': 11, 'wanted': 2, 'size': 12345, 'dropped': 9, 'frames': (1000, 200), 'cut': cut,
			                         'mappings': NEW, 'hook': FOLLOWED, **how})
			    s.cpu(elapsed=10 ** 9, tables=((0, 0, 0, 0, 1, 64),) * 3)
			    s.k, s.u = s.kernel(b'schedule+0x1/0x20'), s.user(s.object(b'/bin/program'), 0x1234)
			    return s

			def write(*snapshots):
			    open(sys.argv[2], 'wb').write(b''.join(s.bytes() for s in snapshots))
		EOF
		cat
	} >"$T/make.py"
	python3 "$T/make.py" "$TOP/tests/tool" "$T/$1"
}

head_of() { "$PERFTOP" report "$@" | sed -n '/^# \(stacks\|user stacks\|mappings\):/p'; }

# ---- the header

make_file active <<<'write(snapshot())'
is "report: the lines of user stacks and mappings" "$(head_of --raw -i "$T/active")" \
"# stacks:       both, depth 16 and 40, 0 truncated, 0 unnamed, 0 without room
# user stacks:  tables of 11 files, 12345 of 33554432 bytes, 9 dropped, 2 wanted; frames by table 1000, by pointer 200, stacks cut 1720 (depth 101, no code 102, no table 103, no rule 104, memory 105, implausible 106, long 107)
# mappings:     __vma_link_file, 3 of 64 programs, 5 evicted, 6 without room, missed 7, late 8"
make_file nobody <<<'write(snapshot(active=0))'
is "... while nobody loads tables" "$(head_of -i "$T/nobody" | sed -n 2p)" \
"# user stacks:  by frame pointers, as nobody loads unwind tables; frames by table 1000, by pointer 200, stacks cut 1720"
make_file off <<<'write(snapshot(active=0, most=0))'
is "... with unwind_mb=0" "$(head_of -i "$T/off" | sed -n 2p)" "# user stacks:  by frame pointers; frames by table 1000, by pointer 200, stacks cut 1720"
make_file unfollowed <<<"write(snapshot(hook=b''))"
like "... where mappings aren't followed" "$(head_of -i "$T/unfollowed")" '^# mappings:     NOT FOLLOWED: where code replaces other code, names may be wrong, 3 of 64 programs, '
make_file hostile <<<"write(snapshot(hook=b'\\x1b[31m;' + b'x' * 26))"
like "... by a function whose name fills its place" "$(head_of -i "$T/hostile")" '^# mappings:     \\x1b\[31m\\x3bx{26}, 3 of 64'
make_file older <<<'write(snapshot(False))'
is "without the record it's as it was" "$(head_of -i "$T/older")" "# stacks:       both, depth 16, 0 truncated, 0 unnamed, 0 without room"
make_file shorter <<<'write(snapshot(mappings=None))'
is "a shorter record: what it has" "$(head_of -i "$T/shorter")" "$(head_of -i "$T/active" | sed '$d')"
make_file longer <<<"write(snapshot(more=b'\\xff' * 64))"
is "a longer record: what is known of it" "$(head_of -i "$T/longer")" "$(head_of -i "$T/active")"
make_file short <<<"s = snapshot(False); s.add(USER, bytes(80)); write(s)"
status=0
said=$("$PERFTOP" report -i "$T/short" 2>&1 >"$T/out") || status=$?
is "a record that no version wrote: the status" $status 4
like "... is explained" "$said" 'a record of 88 bytes, type 16'
make_file interval <<<'write(snapshot(), snapshot(taken=2 * 10 ** 10, frames=(1700, 250), cut=range(110, 126), dropped=10, mappings=(4, 64, 6, 8, 10, 12)))'
is "counts of an interval" "$("$PERFTOP" report --each -i "$T/interval" | sed -n '/^# \(user stacks\|mappings\):/p')" \
"# user stacks:  tables of 11 files, 12345 of 33554432 bytes, 1 dropped, 2 wanted; frames by table 700, by pointer 50, stacks cut 160 (depth 10, no code 10, no table 10, no rule 10, memory 10, implausible 10, long 10)
# mappings:     __vma_link_file, 4 of 64 programs, 1 evicted, 2 without room, missed 3, late 4"

# ---- why a stack is cut

make_file whys <<'EOF'
s = snapshot()
for why in range(16):
    s.stack(1000 - why, [s.k], [s.u], comm=b'why%d' % why, tgid=1 + why, flags=USER_CUT | why << WHY)
    s.sleep(1 + why, 1000 - why, [s.k], [s.u])
    s.wait(101 + why, 500 - why, [s.k], [s.u], stack_flags=USER_CUT | why << WHY)
s.stack(1, [s.k], [s.u], comm=b'whole', tgid=100, flags=3 << WHY)
write(s)
EOF
words="[truncated]
[truncated: deeper than user_depth]
[truncated: the mapping isn't known yet]
[truncated: no unwind table yet]
[truncated: no unwind rule]
[truncated: not in memory]
[truncated: implausible]
[truncated: took too long]"
# What a newer module may say.
more=$(printf '[truncated]\n%.0s' {8..15})
is "report says why, in words" "$("$PERFTOP" report -i "$T/whys" | sed -n 's/^ *u \[/[/p')" "$words
$more"
is "so does lat" "$("$PERFTOP" lat -i "$T/whys" | sed -n 's/^ *u \[/[/p')" "$words
$more"
is "the words are the module's" "$(sed -n 's/^\t*\[PTOP_WHY_[A-Z_]*\] = ": \(.*\)",$/[truncated: \1]/p' "$TOP/src/interface/format.c")" "$(sed 1d <<<"$words")"
is "folded has one frame for all of them" "$("$PERFTOP" folded -i "$T/whys" | grep -o ';\[trunc[^;]*' | sort | uniq -c | sed 's/^ *//')" '16 ;[truncated]'
"$PERFTOP" json -i "$T/whys" >"$T/out"
check "json is right" python3 "$TOP/tests/tool/validate.py" "$TOP/docs/perftop.schema.json" <"$T/out"
is "... and has the words" "$(python3 -c '
import json, sys
for row in json.load(sys.stdin)["stacks"]:
    stack = row["stack"]
    if "user_truncated_why" in stack:
        print("%s: %s: %s" % (row["comm"], ", ".join(stack["flags"]), stack["user_truncated_why"]))' <"$T/out")" \
	"$(sed -n 's/^\[truncated: \(.*\)\]$/\1/p' <<<"$words" | awk '{ print "why" NR ": user truncated: " $0 }')"

# ---- the same frames, cut for another reason

make_file reasons <<'EOF'
def at(taken, *rows):
    s = snapshot(taken=taken)
    for why, ticks in rows:
        s.stack(ticks, [s.k], [s.u], flags=USER_CUT | why << WHY)
    return s
write(at(10 ** 10, (3, 1000), (4, 3000)), at(2 * 10 ** 10, (4, 7000), (3, 2000)))
EOF
is "they are two rows, as in the module" "$("$PERFTOP" report -i "$T/reasons" | awk '$1 ~ /^[12]$/ { print $3 }' | xargs)" "7000 2000"
is "... in an interval, too" "$("$PERFTOP" report --each -i "$T/reasons" | awk '$1 ~ /^[12]$/ { print $3 }' | xargs)" "4000 1000"
make_file was <<'EOF'
s = snapshot(reset=1)
s.stack(1000, [s.k], [s.u], flags=USER_CUT)
write(s)
EOF
make_file now <<'EOF'
s = snapshot(reset=2)
s.stack(3000, [s.k], [s.u], flags=USER_CUT | 4 << WHY)
write(s)
EOF
is "but one for diff, after a reset" "$("$PERFTOP" diff "$T/was" "$T/now" | awk '$1 ~ /^[12]$/ { print $2, $3 }')" "1000 3000"
tap_done
