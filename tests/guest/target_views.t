# SPDX-License-Identifier: GPL-2.0-only
# timeout: 150
# target=NAME limits what is recorded: the three views have the processes that match, and no others; the time of all others is there as one number.
. /t/lib.sh

mkdir $T/bin
link() { ln -s "/bin/$1" "$T/bin/$2"; }
link herd stressful
link spin stress-spin
link spin late-stress
link herd bystander
link spin by-spin
link become by-become

# The names of those that match, of their children, and of no others.
MATCH='stressful|worker|stress-spin|late-stress'

# all NAME: all three views; and rows NAME makes them easier to read, which takes a while if there's a load
all() {
	take $1
	take_lat $1
}
rows() {
	flat $T/$1.p >$T/$1.fp
	sched_flat $T/$1.s >$T/$1.fs
	lat_flat $T/$1.l >$T/$1.fl
}

# names NAME: of all rows of all three views
names() { { sed 's/.*|//' $T/$1.fp $T/$1.fl; cut -d'|' -f7 $T/$1.fs; } | sort -u; }

# shows NAME PID: in which of them it is; perftop has processes
shows() {
	echo "$(cut -d'|' -f8 $T/$1.fp | grep -qx $2 && echo perftop)$(cut -d'|' -f2 $T/$1.fs | grep -qx $2 && echo ,schedtop)$(
		cut -d'|' -f2 $T/$1.fl | grep -qx $2 && echo ,lattop)"
}

# others FILE: ticks
others() { number $1 others; }

# ---- processes from before, later ones, and others
# Fails if: one that matches is missing in a view, or one that doesn't is there; or time is lost.

ptop_load top=1000 sleepers=10000 target=nobody-has-it
all a
rows a
for f in p s l; do
	is "set at load, the header of .$f says so" "$(header $T/a.$f target)" "nobody-has-it; 0 processes, 0 without room"
done
is "nobody matches: no rows" "$(names a)" ""
check "... the accounting balances" accounting_balances $T/a.p $T/a.s
start $T/bin/stressful -n 3
herd=$PID
workers=$(sed 1d $T/out.$PID)
start $T/bin/stress-spin
before=$PID
start $T/bin/bystander -n 2 -c byworker
start $T/bin/by-spin
by=$PID
since_target=$(uptime_s)
echo target=stress >$P
start $T/bin/late-stress
late=$PID
sleep 1
all b
since_target=$(awk "BEGIN { print $(uptime_s) - $since_target }")
stop_all
rows b
for f in p s l; do
	like "the header of .$f names the target" "$(header $T/b.$f target)" '^stress; [0-9]+ processes, 0 without room$'
done
true_that "all counters were reset" "$(number $T/b.p 'since reset') <= $since_target + 0.02 && $(number $T/b.l 'since reset') <= $since_target + 0.02"
is "those that match are there, and no others" "$(names b | grep -vxE "$MATCH")" ""
is "a process that computes since before it was set" "$(shows b $before | sed 's/,lattop//')" "perftop,schedtop"
is "... and one that started later" "$(shows b $late | sed 's/,lattop//')" "perftop,schedtop"
for pid in $workers; do
	is "worker $pid, which has another name by now" "$(shows b $pid)" "perftop,schedtop,lattop"
done
is "one that has slept since before is in that of sleeps" "$(shows b $herd)" ",lattop"
is "... where it sleeps" "$(lat $T/b.l $herd now)" S
is "one that doesn't match isn't" "$(shows b $by)" ""
check "the accounting balances" accounting_balances $T/b.p $T/b.s
true_that "others are most of the rest: a third of the CPU time is the bystander's, at least a tenth" \
	"$(others $T/b.p) > $(number $T/b.p 'cpu time') / 10 && $(number $T/b.p tasks) > $(number $T/b.p 'cpu time') / 10"
grown=$(awk '/^# cpu [0-9]+:/ && $19 == "others" { sum += $20 } END { printf "%.0f\n", sum }' $T/b.s)
true_that "both views have the same others, but for what came between them" "$grown >= $(others $T/b.p) &&
	$grown - $(others $T/b.p) <= ($(number $T/b.s 'since reset') - $(number $T/b.p 'since reset') + 0.001 + $STALL / 1e9) * $NCPU * $(khz $T/b.s) * 1000"
set -- $(header $T/b.l sleeps | sed 's/[^0-9. ]//g')
is "the header's sleeps are those of the rows" "$(($1 + $4))" "$(awk -F'|' '{ n += $6 } END { print n }' $T/b.fl)"
ok "$(grep -c . $T/b.fp) tasks, $(grep -c . $T/b.fs) rows, $(grep -c . $T/b.fl) sleepers"

# ---- exec
# Fails if: a process that executes the target isn't there from then on, or with time from before (ptop_account_join: its slot then has a wait
# since the machine was started).

start $T/bin/by-become 0.6 $T/bin/stress-spin -s 0.4
pid=$PID
all c
rows c
is "a process that will match doesn't yet" "$(shows c $pid)" ""
ran=$(settled_ns $pid)
since_exec=$(uptime_s)
kill -USR1 $pid
while [ "$(cat /proc/$pid/comm)" != stress-spin ] || [ $(ran_ns $pid) -lt $((ran + 400000000)) ]; do
	[ -d /proc/$pid ] || bail "become is gone"
done
ran=$(($(settled_ns $pid) - ran))
all d
since_exec=$(awk "BEGIN { print $(uptime_s) - $since_exec }")
rows d
is "one that executes it does from then on" "$(shows d $pid | sed 's/,lattop//')" "perftop,schedtop"
for view in perftop schedtop; do
	set -- $(sum $view $T/d.${view%"${view#?}"} $pid)
	near "... with what it ran since, in $view" $1 $ran 0.05 $STALL
done
is "... and sleeps, once" "$(lat $T/d.l $pid now) $(lat $T/d.l $pid comm)" "S stress-spin"
delay=$(awk -v p=$pid '!/^#/ && $2 == p { t += $6 } END { print t }' $T/d.s)
true_that "... and waits for a CPU, since then: $delay of $since_exec s" "$delay <= $since_exec"
check "the accounting balances" accounting_balances $T/d.p $T/d.s
stop $pid

# ---- none
# Fails if: clearing it doesn't.

start $T/bin/by-spin
by=$PID
start $T/bin/stressful -n 1
echo target= >$P
sleep 0.2
all e
stop_all
rows e
for f in p s l; do
	is "cleared: the header of .$f says so" "$(header $T/e.$f target)" all
	is "... and has no others" "$(grep -c others $T/e.$f)" 0
done
like "... everybody is there" "$(names e | xargs)" 'by-spin.*worker'
check "... the accounting balances" accounting_balances $T/e.p $T/e.s

# ---- under load, by several at the same time, while others read
# Fails if: an on-CPU interval begins with one target and is accounted with the next, or the slot of an excluded thread is used.

start relay
start $T/bin/stressful -n 1
start $T/bin/bystander -n 1 -c byworker
# The kernel's threads come first, or on a busy host it says that they starve.
start $T/bin/stress-spin -c 0 -p nice:15
start $T/bin/by-spin -c $((NCPU - 1)) -p nice:15
for name in stress bystander relay ''; do
	(for round in $(seq 15); do
		echo "target=$name" >$P
		echo $name >$PARAM/target
	done) &
	setters="$setters $!"
done
readers -n 6 -s 2 >$T/out 2>&1 || touch $T/wrong
diag <$T/out
is "each snapshot was one while it was set and cleared" "$(ls $T/wrong 2>/dev/null)" ""
wait $setters
echo target=stress >$P
sleep 0.5
all f
stop_all
rows f
like "set once more: it's that one" "$(header $T/f.p target)" '^stress; '
is "... nobody else is there" "$(names f | grep -vxE "$MATCH")" ""
like "... but those that match" "$(names f | xargs)" 'stress-spin.*worker'
check "... the accounting balances" accounting_balances $T/f.p $T/f.s
true_that "... with at most 0.1 % that is nobody's" "$(number $T/f.p unattributed) <= $(number $T/f.p 'cpu time') * 0.001"
stop_all
ptop_unload
ok "removed with a target"
finish
