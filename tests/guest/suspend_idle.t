# SPDX-License-Identifier: GPL-2.0-only
# timeout: 100
# once
# Suspend to idle, the whole way: the devices sleep, their interrupts are off, and all CPUs are idle until something wakes them. That is nobody's time.
. /t/lib.sh

SUCCESS=/sys/power/suspend_stats/success
ROUNDS=$REPEAT
of_cpu() { header $T/$1.s "cpu $2" | sed 's/ .*//'; }
ticks() { awk -v p=$1 '!/^#/ && $2 == p { n += $3 } END { printf "%.0f", n }' $T/$2.s; }

ptop_load top=1000 sleepers=10000
/bin/sleep 3600 &
sleeper=$!
JOBS=$sleeper
spinners=
for cpu in 0 1; do
	start spin -c $cpu
	spinners="$spinners $PID"
done
start hack -g 1 -f 2
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
	is "... it did" "$(cat $SUCCESS)" $((was + 1))
	like "... to idle" "$(dmesg_since)" '^PM: suspend entry \(s2idle\)$'
	check "... the books close" books_close $T/b.p $T/b.s
	like "... they are open" "$(header $T/b.p state)" '^recording$'
	# The CPUs sleep for most of these six seconds, less what the devices take, and it is emulated.
	for cpu in 0 1; do
		true_that "... that isn't in those of CPU $cpu" "($(of_cpu b $cpu) - $(of_cpu a $cpu)) / $(khz $T/b.p) / 1000 < $all - 2"
	done
	rmmod ptop_wake
	is "... who slept sleeps" "$(lat $T/b.l $sleeper now)" S
	for pid in $spinners; do
		first=$(ticks $pid b)
		while take c && [ "$(ticks $pid c)" = "$first" ]; do :; done
	done
	ok "... who ran runs, on both CPUs"
done
like "nothing was missed" "$(header $T/c.p switches)" '^[0-9]+, missed 0, '
stop_all
ptop_unload
finish
