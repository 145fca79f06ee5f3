# SPDX-License-Identifier: GPL-2.0-only
# timeout: 150
# target=cgroup:PATH: processes that are in it when it is set, are forked into it or are moved there are recorded, from that moment on and until
# they are gone, and no others.
. /t/lib.sh

CG=$T/cg
E=/proc/perftop_events
ALL=1ffffffffff
mkdir $CG
mount -t cgroup2 none $CG || bail "no control groups"
cg() { mkdir -p "$CG/$1"; }
move() { echo $2 >"$CG/$1/cgroup.procs" || bail "$2 doesn't go to $1"; }
usage() { sed -n 's/^usage_usec //p' "$CG/$1/cpu.stat"; }
set_target() { echo "target=$1" >$P || bail "target=$1 isn't accepted"; }
said() { header ${1:-$P} target; }
members() { said | sed -n 's/.*; \([0-9]*\) processes, .*/\1/p'; }
# has FILE PID: how often schedtop has it
has() { awk -v p=$2 '!/^#/ && $2 == p' $1 | grep -c .; }
# seconds_of FILE CGROUP: of all that is recorded in it; sum_of FILE PID COLUMN
seconds_of() { awk -v c="$2" '!/^#/ && $NF != "swapper" && $12 == c { t += $4 } END { printf "%.6f\n", t }' "$1"; }
sum_of() { awk -v p=$2 -v n=$3 '!/^#/ && $2 == p { t += $n } END { printf "%.6f\n", t }' "$1"; }
asleep() {
	until grep -q '^State:	S' /proc/$1/status; do :; done
}
# stopped PID...: they don't run any more
stopped() {
	kill -STOP $*
	for pid in $*; do
		until grep -q '^State:	T' /proc/$pid/status; do :; done
	done
}
# Where time isn't counted in instructions the host may stop for a while between two looks at the clock.
PERCENT=4
[ -z "$ICOUNT" ] || PERCENT=1
# same NAME OURS THEIRS: seconds, and not too few to tell
same() {
	true_that "$1: $3 s by cpu.stat, $2 s here" "($2 - $3) * ($2 - $3) <= ($PERCENT / 100 * $3 + $STALL / 1e9) * ($PERCENT / 100 * $3 + $STALL / 1e9) && $3 > 0.05"
}
# since US CGROUP: seconds of its cpu.stat since it was US
since() { awk "BEGIN { print ($(usage $2) - $1) / 1e6 }"; }

# ---- what isn't accepted
# Fails if: it changes something, has no line or several, or the wrong error.

# refused TARGET ERROR REASON
refused() {
	dmesg_mark
	is "target=$1 is refused" "$(printf '%s' "target=$1" | wr $P)" $2
	is "... with one line" "$(dmesg_since | grep -c '^perftop: ')" 1
	like "... that says why" "$(dmesg_since)" "$3"
	[ $2 = EINVAL ] || return
	is "... by the parameter, too" "$(printf '%s' "$1" | wr $PARAM/target)" $2
}
ptop_load target=nobody-has-it max_pids=16384
refused cgroup:/a EOPNOTSUPP '^perftop: target=cgroup:/a: there is no cgroup \(v2\) but the root$'
set_target cgroup:/
like "the root is there, with all processes" "$(said)" '^cgroup:/; [0-9]+ processes, 0 without room$'
true_that "... also those of the kernel ($(members))" "$(members) > 10"
set_target nobody-has-it
cg a/below
cg ab
cg out
cg empty
deep=$(printf '/%0254d' 0)
refused cgroup:/nope ENOENT '^perftop: target=cgroup:/nope: there is no such cgroup \(v2\)$'
for path in /a/nope /a/cgroup.procs /abc /a/below/b / /a/below; do
	case $path in
	/ | /a/below) is "target=cgroup:$path" "$(echo "target=cgroup:$path" | wr $P)" OK ;;
	*) is "target=cgroup:$path" "$(echo "target=cgroup:$path" | wr $P)" ENOENT ;;
	esac
done
set_target nobody-has-it
for path in '' a ../a /../a /a/.. /./a /a/. /a/../ab "$deep$deep$deep$deep/0000"; do
	refused "cgroup:$path" EINVAL '^perftop: .*target=cgroup:/PATH \(of at most 1023, without \. and \.\.\)$'
done
is "a longer one that isn't there" "$(echo "target=cgroup:$deep$deep$deep$deep/00" | wr $P)" ENOENT
is "a name may not begin so" "$(printf 'target=cgroup:x' | wr $P)" EINVAL
is "the target is what it was" "$(cat $PARAM/target)" nobody-has-it
is "cgroup is a name" "$(echo target=cgroup | wr $P)" OK
is "..." "$(said)" "cgroup; 0 processes, 0 without room"
for path in /a/ //a /a//below///; do
	set_target cgroup:$path
	is "too many slashes are left out: $path" "$(cat $PARAM/target)" "cgroup:$(echo $path | sed 's|//*|/|g; s|/$||')"
done
ptop_unload
dmesg_mark
is "a load with one that isn't there" "$(mod ins $KO hook=$HOOK target=cgroup:/nope)" ENOENT
like "... says so" "$(dmesg_since)" '^perftop: target=cgroup:/nope: there is no such cgroup'
nothing_left "... and"

# ---- those that are in it, set at load
# Fails if: one that is below it doesn't match, or one whose name begins in the same way does, or who is above.

start spin -c 0
in=$PID
start nap
below=$PID
start spin -c 0
beside=$PID
start nap
above=$PID
start into -x
headless=$PID
headless_threads=$(cat $T/out.$PID)
move a $in
move a/below $below
move ab $beside
until grep -q '^State:	Z' /proc/$headless/status; do :; done
move a $headless
ptop_load top=1000 sleepers=10000 max_pids=16384 target=cgroup:/a
sleep 0.3
take
take_lat
for f in p s l; do
	is "the header of .$f" "$(said $T/now.$f)" "cgroup:/a; 3 processes, 0 without room"
done
is "... and of the events" "$(dd if=$E bs=4096 count=1 2>/dev/null | sed -n 's/^# target: *//p')" "cgroup:/a; 3 processes, 0 without room"
is "one in it, and one below" "$(($(has $T/now.s $in) > 0)) $(($(has $T/now.s $below) > 0))" "1 1"
for tid in $headless_threads; do
	true_that "... thread $tid of one whose first thread has exited" "$(has $T/now.s $tid) > 0"
done
is "not one beside it, nor above" "$(has $T/now.s $beside) $(has $T/now.s $above)" "0 0"
is "no others" "$(awk '!/^#/ && $NF != "swapper" { print $12 }' $T/now.s | sort -u | xargs)" "/a /a/below"
check "the accounting balances" accounting_balances $T/now.p $T/now.s
cat /dev/perftop >$T/raw
check "all records are right" records check $T/raw
stop $in $below $beside $above $headless

# ---- moved there while it runs, alone on its CPU if there are two
# Fails if: it is recorded from its next switch on only (ptop_account_join), or with what was before; or it is forgotten when it is moved out.

start spin -c $((NCPU - 1))
pid=$PID
move ab $pid
stopped $pid
set_target cgroup:/a
a=$(usage a)
kill -CONT $pid
sleep 0.3
move a $pid
ab=$(usage ab)
joined=$(uptime_s)
sleep 0.4
move ab $pid
sleep 0.4
move a $pid
sleep 0.2
stopped $pid
take
since_joined=$(awk "BEGIN { print $(uptime_s) - $joined }")
same "moved there while it runs" $(seconds_of $T/now.s /a) $(since $a a)
same "... and out of it again" $(seconds_of $T/now.s /ab) $(since $ab ab)
true_that "... what it waited for a CPU is from then on: $(sum_of $T/now.s $pid 6) of $since_joined s" "$(sum_of $T/now.s $pid 6) <= $since_joined + 0.02"
true_that "... nor did it sleep before" "$(sum_of $T/now.s $pid 8) <= $since_joined + 0.02"
check "the accounting balances" accounting_balances $T/now.p $T/now.s
is "all is explained" "$(number $T/now.p unattributed)" 0
stop $pid

# ---- moved there while it sleeps
# Fails if: its sleep begins when the target was set, or when it wasn't recorded yet (ptop_target_join_waiting).

# It sleeps since before the target was set; one ran since; and one is moved with its threads.
mkfifo $T/pipe $T/pipe2
cat <>$T/pipe >/dev/null &
old=$!
cat <>$T/pipe2 >/dev/null &
late=$!
JOBS="$JOBS $old $late"
start into -t
several=$PID
set -- $(cat $T/out.$PID)
computes=$1 naps=$2
asleep $old
asleep $late
set_target cgroup:/a
echo x >$T/pipe2
asleep $late
sleep 1
joined=$(uptime_s)
for pid in $old $late $several; do move a $pid; done
sleep 0.3
take_lat
since_joined=$(awk "BEGIN { print $(uptime_s) - $joined }")
for pid in $old $late $several; do
	true_that "$pid sleeps since it was moved: $(lat $T/now.l $pid seconds) of $since_joined s" \
		"$(lat $T/now.l $pid seconds) <= $since_joined + 0.02 && $(lat $T/now.l $pid seconds) > 0.25"
done
like "none sleeps since an unknown time" "$(header $T/now.l sleeps)" ', 0 open since an unknown time$'
echo x >$T/pipe
echo x >$T/pipe2
asleep $old
asleep $late
take
since_joined=$(awk "BEGIN { print $(uptime_s) - $joined }")
for pid in $old $late; do
	true_that "$pid wakes up: $(sum_of $T/now.s $pid 8) of $since_joined s" "$(sum_of $T/now.s $pid 8) <= $since_joined + 0.02 && $(sum_of $T/now.s $pid 8) > 0.25"
done
for pid in $computes $naps $old $late; do
	true_that "$pid waited for a CPU since then: $(sum_of $T/now.s $pid 6) of $since_joined s" \
		"$(sum_of $T/now.s $pid 6) <= $since_joined + 0.02 && $(has $T/now.s $pid) > 0"
done
check "the accounting balances" accounting_balances $T/now.p $T/now.s
stop_all

# ---- children
# Fails if: where their parent is decides (ptop_target_forked).

set_target cgroup:/a
start into $CG/a/below
parent=$PID child=$(cat $T/out.$PID)
start into $CG/out
move a $PID
other=$PID
sh -c "echo \$\$ >$CG/a/cgroup.procs; exec into $CG/out" >$T/out.sh 2>&1 &
JOBS="$JOBS $!"
until [ -s $T/out.sh ]; do :; done
gone=$(cat $T/out.sh)
sh -c "read x <$T/pipe; spin & echo \$! >$T/child; wait" <>$T/pipe &
left=$!
JOBS="$JOBS $left"
asleep $left
move a $left
move out $left
echo >$T/pipe
until [ -s $T/child ]; do :; done
sh -c "echo \$\$ >$CG/a/cgroup.procs; spin -s 0.01 & echo \$! >$T/child2; wait" &
JOBS="$JOBS $!"
until [ -s $T/child2 ]; do :; done
sleep 0.5
take
true_that "a child that is made in it matches" "$(has $T/now.s $child) > 0"
is "... not its parent" "$(has $T/now.s $parent)" 0
is "the child of one in it that is made elsewhere doesn't" "$(has $T/now.s $gone)" 0
is "nor does one from before its parent was moved there" "$(has $T/now.s $(cat $T/out.$other))" 0
is "nor the child of one that has left it" "$(has $T/now.s $(cat $T/child))" 0
true_that "... which itself still does" "$(has $T/now.s $left) > 0"
true_that "the child of one in it does" "$(has $T/now.s $(cat $T/child2)) > 0"
kill -9 $(cat $T/child) $(cat $T/child2)
stop_all

# ---- removed; and names
# Fails if: another one of the same path is taken for it.

set_target cgroup:/empty
is "an empty one" "$(said)" "cgroup:/empty; 0 processes, 0 without room"
rmdir $CG/empty
is "it is removed" "$(said)" "cgroup:/empty(gone); 0 processes, 0 without room"
is "... and still the target" "$(cat $PARAM/target)" cgroup:/empty
cg empty
start spin
move empty $PID
is "one in another one of that name doesn't match" "$(members)" 0
set_target cgroup:/empty
is "set again it does" "$(said)" "cgroup:/empty; 1 processes, 0 without room"
stop $PID
for name in 'a b' 'c;d' "$(printf 'a\ttab')" "$(printf '\033[31m')" '(gone)' 'cgroup:' "$(printf '%0254d' 0)" '...' '.x'; do
	cg "$name"
	set_target "cgroup:/$name"
	is "the name is as it was: $(echo "$name" | cat -v)" "$(cat $PARAM/target)" "cgroup:/$name"
	is "... and no line is broken by it" "$(grep -c '^# target: ' $P) $(sed -n '/^# target: /{n;p;}' $P | grep -c '^# cgroups: ') $(
		said | grep -c '^cgroup:/[!-~]*; 0 processes')" "1 1 1"
done
cg "$deep$deep$deep$deep/00"
set_target "cgroup:$deep$deep$deep$deep/00"
is "the longest is as it was" "$(cat $PARAM/target)" "cgroup:$deep$deep$deep$deep/00"
is "... the events have it" "$(dd if=$E bs=4096 count=1 2>/dev/null | sed -n 's/^# target: *//p' | cut -d';' -f1)" "$(said | cut -d';' -f1)"
cat /dev/perftop >$T/raw
check "... all records are right" records check $T/raw

# ---- from other namespaces
# Fails if: a path is the machine's for who is in a container.

cg room/in
start nap
move room/in $PID
inside() { sh -c "echo \$\$ >$CG/room/cgroup.procs; exec contain -C -c $ALL sh -c '$1'"; }
inside "echo target=cgroup:/in >$P" || bail "no target from a namespace"
is "set from a namespace: it's below that" "$(said)" "cgroup:/room/in; 1 processes, 0 without room"
is "... which sees it in its own way" "$(inside "cat $PARAM/target; sed -n \"s/^# target: *//p\" $P" | xargs)" \
	"cgroup:/in cgroup:/in; 1 processes, 0 without room"
is "what isn't in it isn't there" "$(inside "echo target=cgroup:/a | wr $P")" ENOENT
inside "echo target=cgroup:/ >$P"
is "its root is its own" "$(said | cut -d';' -f1)" cgroup:/room
set_target cgroup:/a
is "another one is beside it" "$(inside "cat $PARAM/target")" cgroup:/../a
stop $PID

# ---- many moves, targets and readers at the same time
# Fails if: one that moves while a target is set is lost, or accounted with the one before.

start spin -c $((NCPU - 1)) -p nice:15
one=$PID
start into -t
several=$PID
start nap
nap=$PID
for pid in $one $several $nap; do
	(for round in $(seq $(share 30)); do
		move a $pid
		move ab $pid
		move a/below $pid
	done) &
	movers="$movers $!"
done
(for round in $(seq $(share 8)); do
	for path in /a /ab / /a/below; do echo "target=cgroup:$path" >$P; done
	echo target= >$P
done) &
movers="$movers $!"
# Fails if: how many there are is not of the snapshot.
(until [ -e $T/read ]; do mkdir $CG/passing && rmdir $CG/passing; done) &
movers="$movers $!"
readers -n 3 -s 1 >$T/out 2>&1 || touch $T/wrong
touch $T/read
diag <$T/out
is "each snapshot was one" "$(ls $T/wrong 2>/dev/null)" ""
wait $movers
set_target cgroup:/a
is "all three are where they were moved to last" "$(said)" "cgroup:/a; 3 processes, 0 without room"
sleep 0.3
take
for pid in $one $several $nap; do
	[ $pid != $several ] || pid=$(head -n 1 $T/out.$pid)
	true_that "$pid is recorded" "$(has $T/now.s $pid) > 0"
done
check "the accounting balances" accounting_balances $T/now.p $T/now.s
ptop_unload
ok "removed with a target"
stop_all
no_cgroups $CG
finish
