# SPDX-License-Identifier: GPL-2.0-only
# timeout: 120
# A hard limit: a CPU on which all but stacks costs more than stop= isn't recorded for a while, and says so. In this build after a second, not
# ten, and the longest pause is 4 s.
. /t/lib.sh

MODULE=/m/perftop-stop.ko
rt_unlimited

# stops: how often, as the header says; 0: it has no such line
stops() { header $T/now.p stopped | sed -n 's/^\([0-9]*\) times, .*/\1/p' | grep . || echo 0; }
# stopped_s: for how long, in all
stopped_s() { header $T/now.p stopped | sed -n 's/^[0-9]* times, \([0-9.]*\) s, .*/\1/p' | grep . || echo 0; }
# stopped_now CPU: for how long it has been
stopped_now() { header $T/now.p stopped | sed -n "s/.*CPU $1 for \([0-9.]*\) s.*/\1/p"; }

# await NAME COMMAND...: looks at the view until the command is true, for 30 s
await() {
	local name=$1 end=$(awk "BEGIN { print $(uptime_s) + 30 * $SLOW }")
	shift
	while take; ! "$@"; do
		if awk "BEGIN { exit !($(uptime_s) > $end) }"; then
			{ header $T/now.p 'own cost'; header $T/now.p stopped; cat $PARAM/stop; cat /proc/loadavg; } | not_ok "$name"
			return
		fi
		usleep 200000
	done
	ok "$name"
}
is_stopped() { [ "$(stopped_now 0)" ]; }
is_not_stopped() { ! is_stopped; }
paused_for() { awk "BEGIN { exit !(0$(stopped_now 0) > $1) }"; }
stopped_times() { [ "$(stops)" -ge $1 ]; }

# Nothing runs on the other CPU at first.
taskset -p 1 $$ >/dev/null

# Fails if: the limit is one where none is set.
ptop_load top=1000
is "by default there's none" "$(awk '{ print $1 + 0 }' $PARAM/stop)" 0
start pingpong -c 0
PAIR=$PID
echo reset >$P
usleep 500000
take
# Less than half of what it is on CPU 0. The other one has the work item that looks up names, at most. Where the host has other work there are
# fewer switches a second from then on, so it may have to be lower.
LIMIT=100
lower_limit() {
	MEAN=$(own_cost $T/now.p | awk '{ print $5 + $6 + $8 + $9 }')
	awk "BEGIN { exit !(0.8 * $MEAN < $LIMIT) }" || return 0
	LIMIT=$(awk "BEGIN { printf \"%.2f\", 0.8 * $MEAN }")
	echo "# limit $LIMIT of $(header $T/now.p "own cost")"
	echo $LIMIT >$PARAM/stop
}
lower_limit
is_stopped_by_then() {
	is_stopped || {
		lower_limit
		false
	}
}
await "CPU 0 is stopped" is_stopped_by_then
like "the header says why" "$(header $T/now.p stopped)" "^[0-9]+ times, [0-9.]+ s, as all but stacks took more than stop=${LIMIT/./\\.} %; now: CPU 0 for [0-9.]+ s"
like "the module records" "$(header $T/now.p state)" '^recording$'

# Fails if: a CPU that isn't recorded goes on having its time; what was missed is somebody's; or the other CPU's accounting lacks something.
# It is stopped in the first view, and still in the last; the other CPU isn't.
pause_of() { header $T/$1.p stopped | sed -n 's/^\([0-9]*\) times.*; now: CPU 0 for [0-9.]* s$/\1/p'; }
in_one_pause() {
	cat $P >$T/a.p
	cat $S >$T/a.s
	cat $S >$T/b.s
	cat $P >$T/b.p
	[ "$(pause_of a)" ] && [ "$(pause_of a)" = "$(pause_of b)" ]
}
await "it stays so while we look, and the other CPU isn't stopped" in_one_pause
is "its time stands still" "$(elapsed $T/b.s 0)" $(elapsed $T/a.s 0)
true_that "the other one's goes on" "$(elapsed $T/b.s 1) > $(elapsed $T/a.s 1)"
check "the accounting balances" accounting_balances $T/b.p $T/b.s

taskset -p 3 $$ >/dev/null

# From here on the other one doesn't matter. The cost differs by a factor of two and more, where the host has other work.
awk "BEGIN { printf \"%.2f\", 0.2 * $MEAN }" >$PARAM/stop

# Fails if: it is forgotten for good, or the pauses don't get longer.
await "it is recorded again" is_not_stopped
true_that "after a second" "$(stopped_s) >= 0.99"
await "and stopped again" stopped_times 3
await "for longer" paused_for 1.5
await "and then for longer still" paused_for 2.5

# A thread that runs on a CPU that isn't recorded doesn't wait meanwhile. Fails if: what a thread did there is part of the sleep of which its slot
# knows the beginning.
await "CPU 0 is recorded" is_not_stopped
mkfifo $T/go
start taskset 1 sh -c "exec 4<>$T/go; echo ready >&3; read go <&4; exec /bin/spin -c 0 -s 0.4 3>/dev/null"
RUNNER=$PID
just_stopped() { awk "BEGIN { exit !(0$(stopped_now 0) > 0 && 0$(stopped_now 0) < 1) }"; }
await "CPU 0 has just been stopped" just_stopped
before=$(ran_ns $RUNNER)
echo go >$T/go
has_run() { [ $(($(ran_ns $RUNNER) - before)) -gt 400000000 ]; }
await "it runs there for a while" has_run
ran=$(settled_ns $RUNNER)
take_lat
waited=$(lat_flat $T/now.l | awk -F'|' -v p=$RUNNER '$2 == p { s += $5 + $8 } END { print s + 0 }')
life=$(awk -v now=$(uptime_s) '{ print now - $22 / 100 }' /proc/$RUNNER/stat)
true_that "and isn't said to have waited meanwhile ($waited s of $life, of which it ran $ran ns)" "$waited > 0 && $waited <= $life - $ran / 1e9 + 0.05"

# One that computes there doesn't wait, either. Fails if: a thread that runs on a CPU that isn't recorded is looked for among those that are.
await "CPU 0 has just been stopped once more" just_stopped
stop $PAIR
# Of the real-time class, so that it hardly ever leaves the CPU.
start spin -c 0 -p fifo
HOG=$PID
usleep 700000
take_lat
true_that "a thread that computes there isn't said to wait" "$(lat_flat $T/now.l | awk -F'|' -v p=$HOG '$2 == p { s += $5 + $8 } END { print s + 0 }') < 0.3"
stop $HOG
start pingpong -c 0
PAIR=$PID

# Fails if: a reset, a pause or a CPU that goes off line forgets which CPU is stopped, or stops it for good.
await "stopped before a reset" is_stopped
echo reset >$P
take
# The other one may be stopped, too.
true_that "after a reset at most what was since" "$(stopped_s) < $NCPU * $(header $T/now.p 'since reset' | sed 's/ s,.*//') + 0.1"
check "... the accounting balances" accounting_balances $T/now.p $T/now.s
await "stopped before a pause" is_stopped
echo pause >$P
echo resume >$P
take
is "it is recorded after resume" "$(stopped_now 0)" ""
check "... the accounting balances" accounting_balances $T/now.p $T/now.s
await "stopped before the limit is lifted" is_stopped
echo 0 >$PARAM/stop
await "it is recorded again" is_not_stopped
count=$(stops)
first=$(elapsed $T/now.s 0)
longer() { [ "$(elapsed $T/now.s 0)" -gt $((first + 3000000000)) ]; }
await "for three seconds and more" longer
is "... without a limit it isn't stopped" "$(stops)" $count
stop $PAIR
stop_all
check_accounting "afterwards"
is "unloaded" "$(mod rm perftop)" OK
finish
