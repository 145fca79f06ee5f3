# SPDX-License-Identifier: GPL-2.0-only
# timeout: 60
# Where a BPF scheduler schedules (sched_ext), a thread runs, sleeps and is delayed as with any other: see offcpu_delay.t. What waits in one of its
# queues is delayed.
. /t/lib.sh

[ -d /sys/kernel/sched_ext ] || { echo "1..0 # SKIP this kernel has no sched_ext"; exit; }
rt_unlimited
start scx
SCX=$PID
is "a scheduler of sched_ext is there" "$(cat /sys/kernel/sched_ext/root/ops)" ptop_test
ptop_load sleepers=10000
waits 3 >$T/waits 2>$T/err || { diag <$T/err; bail "waits failed"; }
take
diag <$T/waits
is "all kinds were there" "$(grep -c . $T/waits)" $((2 * NCPU + 9))
# Fails if: a thread that waits in a queue of that scheduler is taken for one that sleeps, or the other way round.
while read -r name pid delay sched_delay lat_delay sleeps lat_sleeps least most life rest; do
	case $name in
	hog* | latehog) near "$name: delay in schedtop is that of schedstat" $sched_delay $delay 0.01 $STALL ;;
	*) is "$name: sleeps are those switches that were its will" $lat_sleeps $sleeps ;;
	esac
	true_that "$name: run + asleep + delay is its life" "$life >= $least * 0.999 && $life <= $most * 1.001"
done <$T/waits
true_that "spinners were delayed most of the time" "$(awk '/^hog/ && $3 < 1.5e9 { bad++ } END { print bad + 0 }' $T/waits) == 0"
check "the accounting balances" accounting_balances $T/now.p $T/now.s
is "it was there all the time" "$(cat /sys/kernel/sched_ext/root/ops)" ptop_test
kill -TERM $SCX
wait $SCX
is "it ends in order" $? 0
finish
