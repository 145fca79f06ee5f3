# SPDX-License-Identifier: GPL-2.0-only
# timeout: 240
# target=NAME: processes that match have events, from before and from after it was set, children as well; no others ever have.
. /t/lib.sh

E=/proc/perftop_events
ROUNDS=$(share 30)

# target NAME: sets it; the file is as good as the parameter
target() { echo "target=$1" >$E; }

# said: what the header says of the target
said() { dd if=$E bs=4096 count=1 2>/dev/null | sed -n 's/^# target: *//p'; }
members() { said | sed -n 's/.*; \([0-9]*\) processes, .*/\1/p'; }
without_room() { said | sed -n 's/.*, \([0-9]*\) without room$/\1/p'; }

# A name of its own for a workload
mkdir $T/bin
link() { ln -s "/bin/$1" "$T/bin/$2"; }
link herd stressful
link herd bystander
link kin mystress
link kin other
link kin mark

link kin mystressful-end

# watch: reads until the end is executed, whose name has all targets in it
watch() {
	start follow "pathname: $T/bin/mystressful-end"
	follower=$PID
}

# watched: the end; leaves the events in $T/events: "NAME|PID|what", a thread's PID is that of its process
watched() {
	$T/bin/mystressful-end -x 0
	wait $follower || bail "follow failed: $(cat $T/err.$follower)"
	sed -n '/^#/d; s/^ *[0-9.]* \([^;]*\); \(thread [0-9]* of \)*PID \([0-9]*\) \(.*\)$/\1|\3|\4/p' $T/out.$follower |
		grep -v '^mystressful-end|' >$T/events
}

# told REGEX: how many events are so
told() { grep -cE "$1" $T/events; }

# some N: waits until so many events have been recorded (which needs a reader), for ten seconds at most
some() {
	local was=$(recorded) end=$(($(uptime_s | cut -d. -f1) + 10))
	while [ $(($(recorded) - was)) -lt $1 ]; do
		[ $(uptime_s | cut -d. -f1) -lt $end ] || return 1
	done
}
recorded() { dd if=$E bs=4096 count=1 2>/dev/null | sed -n 's/^# events: *\([0-9]*\) recorded, .*/\1/p'; }

# ---- before and after
# Fails if: a process that exists already is forgotten, or its children; or one that starts later; or if others have events.

ptop_load events=4096
start $T/bin/stressful -n 3
before=$PID
workers_before=$(sed 1d $T/out.$PID)
start $T/bin/bystander -n 2 -c byworker
forker &
JOBS="$JOBS $!"
target stress
watch
true_that "those that are there match, with their children: at least 4 ($(members))" "$(members) >= 4"
like "... and there is room" "$(said)" '^stress; [0-9]+ processes, 0 without room$'
check "... they are heard of" some 20
start $T/bin/stressful -n 2
after=$PID
workers_after=$(sed 1d $T/out.$PID)
check "... and more" some 20
$T/bin/other -x 1
$T/bin/mystress -x 2
watched
stop_all
for pid in $workers_before $workers_after; do
	true_that "worker $pid, which has another name by now, forks" "$(told "^worker\|$pid\|forked PID") > 0"
done
is "the late one executed" "$(grep "^stressful|$after|executed" $T/events)" \
	"stressful|$after|executed execve syscall for pathname: $T/bin/stressful"
is "... and forked" "$(told "^stressful\|$after\|forked")" 2
is "a process with it in the middle of its name matches" "$(told '^mystress\|[0-9]+\|exited with code 2')" 1
is "one without it has no events" "$(cut -d'|' -f1 $T/events | sort -u | grep -vxE 'worker|stressful|mystress')" ""
known=$(echo $before $after $workers_before $workers_after $(sed -n 's/.*|forked PID //p' $T/events) \
	$(sed -n 's/^mystress|\([0-9]*\)|.*/\1/p' $T/events) | tr ' ' '|')
# A child that was there before us exits, and we haven't seen its fork.
is "... nor has one that wasn't forked by these" "$(grep -v '^worker|[0-9]*|exited' $T/events | cut -d'|' -f2 | grep -vxE "$known")" ""
target ''
is "cleared: all" "$(said)" "all"

# ---- what makes a match
# Fails if: it ends with the name, or a name begins one that wasn't given by exec.

target mystress
watch
$T/bin/mystress -r $T/bin/other -x 11
$T/bin/mystress -e $T/bin/other -x 12
$T/bin/other -e $T/bin/mystress -x 13
$T/bin/other -c mystress
$T/bin/other -r $T/bin/other -x 14
watched
is "a child of a match matches, whatever it executes" "$(told '^other\|[0-9]+\|exited with code 11')" 1
is "one that executes something else still does" "$(told '^other\|[0-9]+\|exited with code 12')" 1
is "one that becomes a match by exec matches from then on" "$(told '^mystress\|[0-9]+\|exited with code 13')" 1
is "... and is not told of before" "$(told "pathname: $T/bin/other$")" 2
is "a name that it gives to itself makes no match" "$(told '^mystress\|[0-9]+\|forked')" 1
is "nor does anything else" "$(told 'exited with code 14')" 0
diag <$T/events

start $T/bin/bystander -n 2 -c stresslater
workers=$(sed 1d $T/out.$PID)
target stresslater
watch
true_that "when it is set, the name of that moment counts: 2 and their children ($(members))" "$(members) >= 2"
check "... they are heard of" some 10
stop_all
target ''

# ---- pids that come again
# Fails if: a process is known by its pid alone.

max=$(cat /proc/sys/kernel/pid_max)
target mystress
watch
echo 400 >/proc/sys/kernel/pid_max
for i in 1 2 3 4 5 6 7 8 9 10 11 12 13 14 15 16 17 18 19 20; do
	$T/bin/mystress -x 0
done
true_that "all pids were used again ($(forker -w) and $(forker -w) forks)" "1"
echo $max >/proc/sys/kernel/pid_max
watched
is "each of 20 executed and exited" "$(told '^mystress\|[0-9]+\|executed') $(told '^mystress\|[0-9]+\|exited')" "20 20"
is "later processes of their pids don't match" "$(grep -v '^mystress|' $T/events)" ""
is "none is a member any more" "$(members)" 0

# ---- a set that is full
# Fails if: a process without room isn't counted, or those that exited keep theirs.

ptop_unload
ptop_load targets=64 target=stressful
is "set at load" "$(said)" "stressful; 0 processes, 0 without room"
start $T/bin/stressful -n 150 -s
is "151 processes match, or are without room" "$(($(members) + $(without_room)))" 151
true_that "64 places at most are taken ($(members))" "$(members) <= 64 && $(members) > 32"
full=$(without_room)
stop_all
while [ "$(members)" -gt 0 ]; do :; done
start $T/bin/stressful -n 9 -s
is "those that exited have left room" "$(members), $(($(without_room) - full))" "10, 0"
target stressful
is "set again: it is counted anew" "$(said)" "stressful; 10 processes, 0 without room"
stop_all
ptop_unload

# ---- under load
# Fails if: a fork that meets the walk over all processes is forgotten: the one process there is at each moment is then lost for good.

ptop_load
start relay
watch
for round in $(seq $ROUNDS); do
	target ''
	target relay
	some 4 || break
done
true_that "a relay of processes isn't lost ($round rounds)" "$round == $ROUNDS"
stop_all

# Fails if: sets are mixed up, or used after they were cleared.
start $T/bin/stressful -n 3
start $T/bin/bystander -n 2 -c byworker
start relay
for name in stress bystander relay ''; do
	(for round in $(seq $ROUNDS); do target "$name"; echo $name >$PARAM/target; done) &
	setters="$setters $!"
done
start follow "no such mark"
wait $setters
target stress
true_that "set by four at the same time, and then once more ($(members))" "$(members) >= 4 && $(without_room) == 0"
watch
check "... they are heard of" some 20
watched
is "... and nobody else" "$(cut -d'|' -f1 $T/events | sort -u | grep -vxE 'worker|stressful')" ""
stop_all
ptop_unload
ok "removed with a target"
finish
