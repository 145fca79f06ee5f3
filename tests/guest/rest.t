# SPDX-License-Identifier: GPL-2.0-only
# timeout: 180
# Switches that are skipped for the budget's sake, on CPUs between which tasks move, while all happens that can. budget.t has what it costs.
. /t/lib.sh

# skips NAME: awaits that switches are skipped
skips() {
	local end=$(awk "BEGIN { print $(uptime_s) + 20 * $SLOW }")
	while take; ! awk "BEGIN { exit !(0$(skipped $T/now.p) > 1000) }"; do
		if awk "BEGIN { exit !($(uptime_s) > $end) }"; then
			header $T/now.p 'own cost' | not_ok "$1: switches are skipped"
			return
		fi
		sleep 0.1
	done
	ok "$1: switches are skipped"
}

# Fails if: what is skipped on one CPU and settled on another isn't in the books of both, or is twice.
all_close() { check "$1: the books close" books_close $T/now.p $T/now.s; }

ptop_load top=1000 budget=0.01
start hack -g 1 -f 2
start hack -g 1 -f 1 -p
start pingpong
start spin
HOG=$PID
start forker
for round in 1 2; do
	skips "round $round"
	all_close "round $round"
	echo reset >$P
	skips "round $round, after a reset"
	all_close "round $round, after a reset"
	echo pause >$P
	take
	all_close "round $round, paused"
	echo resume >$P
	skips "round $round, resumed"
	all_close "round $round, resumed"
	if [ $round -eq 1 ] && [ -w /sys/devices/system/cpu/cpu1/online ]; then
		echo 0 >/sys/devices/system/cpu/cpu1/online
		take
		all_close "a CPU has gone"
		echo 1 >/sys/devices/system/cpu/cpu1/online
		skips "it is back"
		all_close "it is back"
	fi
done

# A reader settles what is open of those who sleep. Fails if: it doesn't, or races with those who wake.
echo reset >$P
skips "readers"
readers -n 3 -s 2 >$T/out 2>&1 || diag <$T/out
take
all_close "readers"
true_that "who computes has its time" "$(ticks_of $T/now.s $HOG) > 0"

# The machine knows how long all tasks ran; so does the module, less what is open. Fails if: time is settled twice, or never.
stop_all
sleep 1
take
all_close "the load has ended"
# On a busy host an emulated CPU's tick is late by some 100 ms, and as much is open of each task at a reset.
true_that "all but 15 % is settled" "$(number $T/now.p unattributed) < $(number $T/now.p 'cpu time') * 0.15"
true_that "and no more than all" "$(number $T/now.p unattributed) > -$(number $T/now.p 'cpu time') * 0.001"

start hack -g 1 -f 2
start forker
echo reset >$P
skips "once more"
# Fails if: a reader whose own switch was skipped is taken for one that the hook didn't see, or the other way around.
check_blind "skipping"
skips "and again"
state_becomes "... which isn't blind" '^recording'
is "unloaded while switches are skipped" "$(mod rm perftop)" OK
finish
