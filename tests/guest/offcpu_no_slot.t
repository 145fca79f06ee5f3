# SPDX-License-Identifier: GPL-2.0-only
# timeout: 90
# Threads for which there is no slot: how long they sleep isn't known of them, and of all others it is.
. /t/lib.sh

unknown() { header $T/now.l sleeps | sed -n 's/.*, \([0-9]*\) open since an unknown time$/\1/p'; }
untracked() { header $T/now.l switches | sed 's/.*untracked //'; }

# all_along PID...: sets $along to how many of them have slept since the last reset, by the view: nobody has for longer, and they once
all_along() {
	along=$(lat_flat $T/now.l | awk -F'|' -v pids="$*" '
		BEGIN { n = split(pids, p, " "); for (i = 1; i <= n; i++) want[p[i]] = 1 }
		NR == 1 { most = $4 }
		$2 in want && $13 == "S" && $6 == 1 && $4 == most { found++ }
		END { print found + 0 }')
}

stopped() {
	kill -STOP $1
	until grep -q '^State:	T' /proc/$1/status; do :; done
}

# runs PID: it's stopped; now it goes on, and has got a CPU
runs() {
	local runs=$(cut -d' ' -f3 /proc/$1/schedstat)
	kill -CONT $1
	until [ $(cut -d' ' -f3 /proc/$1/schedstat) -gt $runs ]; do :; done
}

start herd -s -n 20 -c early
early=$PID
workers=$(sed 1d $T/out.$early)

# ---- equal pids
# Fails if: there is room for eight threads only whose pids are equal modulo the number of buckets.

ptop_load max_threads=$((2048 / NCPU)) sleepers=10000
start herd -s -n 20 -m 256
equal=$(sed 1d $T/out.$PID)
is "the pids of twenty are equal modulo 256" "$(for pid in $equal; do echo $((pid % 256)); done | sort -u | grep -c .) $(echo $equal | wc -w)" "1 20"
take_lat
is "all of them have slots" "$(untracked)" 0
is "it's known of everybody since when he sleeps" "$(unknown)" 0
is "... of them" "$(lat_flat $T/now.l | awk -F'|' -v pids="$equal" 'BEGIN { n = split(pids, p, " "); for (i = 1; i <= n; i++) want[p[i]] = 1 }
	$2 in want && $13 == "S" { n-- } END { print n }')" 0
all_along $workers
is "... and of a thread that has slept all along" $along 20
ptop_unload

# ---- more threads than room
# Fails if: one of them is enough to know it of nobody any more, or it takes as many as there are buckets.

rt_unlimited
taskset -p 1 $$ >/dev/null
ptop_load max_threads=$((128 / NCPU)) sleepers=10000
start herd -s -n 250
# Two without a slot: the first ones may get those of threads that have exited. Nobody takes the CPU from them.
spinners=
until [ $(echo $spinners | wc -w) = 2 ]; do
	start spin -c 1 -p fifo
	stopped $PID
	take_lat
	[ "$(lat $T/now.l $PID now)" = T ] || spinners="$spinners $PID"
done
all_along $workers
true_that "there are threads without a slot ($(untracked) switches to them)" "$(untracked) > 20"
true_that "of a thread that has slept all along it's known ($along of 20)" "$along >= 10"
true_that "... and it isn't of some ($(unknown))" "$(unknown) > 0"
# Fails if: a thread that ran when the counters were reset, or later, is taken for one that has slept since then.
for pid in $spinners; do
	for first in CONT reset; do
		[ $first = reset ] || runs $pid
		echo reset >$P
		[ $first = CONT ] || runs $pid
		began=$(uptime_s)
		sleep 0.2
		ran=$(awk "BEGIN { print $(uptime_s) - $began }")
		stopped $pid
		take_lat
		all_along $workers
		slept=$(lat $T/now.l $pid seconds)
		true_that "$first first: a thread that ran for $ran s since the reset hasn't slept for that long" \
			"${slept:-0} <= $(number $T/now.l 'since reset') - $ran + 0.02"
		true_that "... of a thread that has slept all along it's known ($along of 20)" "$along >= 10"
	done
done
check_accounting "without slots"
stop_all
ptop_unload

# ---- all slots are freed at once
# Fails if: that frees one that a probe uses, so that two threads have it.

taskset -p $(printf %x $(((1 << NCPU) - 1))) $$ >/dev/null
MODULE=/m/perftop-hold.ko
ptop_load max_threads=64
start hack -g 1 -f 4
for round in $(seq $(rounds 3 2)); do
	echo target=nobody >$P
	echo target=hack >$P
done
is "no slot is freed that a probe uses" "$(dmesg_since | grep 'perftop: test')" ""
check_accounting "with another target each time"
finish
