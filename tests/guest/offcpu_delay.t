# SPDX-License-Identifier: GPL-2.0-only
# timeout: 120
# What a thread didn't run it slept or was delayed, and the delay is that of the scheduler's own account: of all kinds of threads, on a CPU
# for which too many compete.
#
# Of a thread's life nothing is missing, however long an emulated CPU stalls. But a stall between the scheduler's look at the clock and ours
# is in the delay of one of both only.
. /t/lib.sh

rt_unlimited
ptop_load sleepers=10000
take_lat a
# Where instructions are counted times are exact, and take long.
[ "$ICOUNT" ] && seconds=$(rounds 5 2) || seconds=5
waits $seconds >$T/waits 2>$T/err || { diag <$T/err; bail "waits failed"; }
take
take_lat
diag <$T/waits
is "all kinds were there" "$(grep -c . $T/waits)" $((2 * NCPU + 9))
while read -r name pid delay sched_delay lat_delay sleeps lat_sleeps least most life now sched_slept slept longest longest_delay delays; do
	# For schedstat a delay begins with the wakeup that preempts, and not with the switch that follows; and a thread that is preempted on its way
	# to sleep isn't delayed. Next to nothing of that matters for a thread that computes.
	case $name in
	hog* | latehog) near "$name: delay in schedtop is that of schedstat" $sched_delay $delay 0.01 $STALL ;;
	*) true_that "$name: delay in schedtop is at least that of schedstat" "$sched_delay >= $delay * 0.99 - $delays * 200000 - $STALL" ;;
	esac
	# each row of schedtop is cut to microseconds
	near "$name: delay in lattop is the same" $lat_delay $sched_delay 0 $((1000 * NCPU))
	# Fails if: a sleep is lost or is two, as with a wakeup of a thread that is still in the queue (6.12 and later).
	is "$name: sleeps are those switches that were its will" $lat_sleeps $sleeps
	# Fails if: what was neither run nor slept nor delayed is forgotten, or is in two of them.
	true_that "$name: run + asleep + delay is its life" "$life >= $least * 0.999 && $life <= $most * 1.001"
	near "$name: asleep in schedtop is what is over of that in lattop" $sched_slept $((slept - now)) 0.0001 $((1000 * NCPU + 1000))
	# They are cut to microseconds, too.
	true_that "$name: the longest sleep and the longest delay are some" "$longest <= $slept + 1000 && $longest >= $now &&
		$longest_delay <= $lat_delay && ($longest_delay + 1000) * $delays >= $lat_delay * 0.999"
done <$T/waits
true_that "spinners were delayed most of the time" "$(awk '/^hog/ && $3 < '$seconds' * 0.5e9 { bad++ } END { print bad + 0 }' $T/waits) == 0"
true_that "those that sleep did that more than once" "$(awk '/^(nap|ping|pong|high)/ && $7 < 4 { bad++ } END { print bad + 0 }' $T/waits) == 0"

check "the accounting balances" accounting_balances $T/now.p $T/now.s
like "nothing was missed, clamped or left untracked" "$(header $T/now.l switches)" '^[0-9]+, missed 0, clamped 0, untracked 0$'
is "the histogram has all sleeps" "$(histogram $T/now.l sleeps)" "$(number $T/now.l sleeps)"
near "... and a delay, maybe of 0, before each time that somebody got a CPU" "$(histogram $T/now.l delays)" \
	"$(sched_flat $T/now.s | awk -F'|' '{ n += $5 } END { print n }')" 0.02 4
finish
