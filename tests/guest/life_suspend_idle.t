# SPDX-License-Identifier: GPL-2.0-only
# timeout: 100
# Suspend to idle, the whole way: the devices sleep, their interrupts are off, and all CPUs are idle until something wakes them. That is nobody's time.
. /t/lib.sh

SUCCESS=/sys/power/suspend_stats/success
ROUNDS=$REPEAT

suspend_load
for round in $(seq $ROUNDS); do
	was=$(cat $SUCCESS)
	dmesg_mark
	take a
	up=$(uptime_s)
	# Long after it sleeps; before that, it ends the suspend.
	check "round $round: something will wake the machine" insmod /m/ptop_wake.ko seconds=6
	check "... it suspends, and comes back" sh -c 'echo freeze >/sys/power/state'
	take b
	all=$(awk "BEGIN { print $(uptime_s) - $up }")
	echo "# $all s"
	take_lat b
	like "... to idle" "$(dmesg_since)" '^PM: suspend entry \(s2idle\)$'
	# The CPUs sleep for most of these six seconds, less what the devices take, and it is emulated.
	for cpu in 0 1; do
		true_that "... that isn't in those of CPU $cpu" "($(cpu_ticks $T/b.s $cpu) - $(cpu_ticks $T/a.s $cpu)) / $(khz $T/b.p) / 1000 < $all - 2"
	done
	rmmod ptop_wake
	suspended $was
done
like "nothing was missed" "$(header $T/c.p switches)" '^[0-9]+, missed 0, '
stop_all
ptop_unload
finish
