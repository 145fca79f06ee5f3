# SPDX-License-Identifier: GPL-2.0-only
# timeout: 100
# not on arm64: the machine has no suspend to RAM
# Suspend to RAM: all CPUs but one go off line, the last one stops, and the firmware starts it again. That is nobody's time, and goes on where it was.
. /t/lib.sh

ALARM=/sys/class/rtc/rtc0/wakealarm
SUCCESS=/sys/power/suspend_stats/success
# ns, that don't count while it's suspended
monotonic() { sed -n 's/^now at \([0-9]*\) nsecs$/\1/p' /proc/timer_list; }
ROUNDS=$((2 * REPEAT))

if ! grep -q deep /sys/power/mem_sleep; then
	# Debian's do, but for those for clouds.
	case $KVER in *-cloud-amd64) ;; *-amd64) bail "this machine has no suspend to RAM" ;; esac
	skip "suspend to RAM" "this kernel doesn't have that"
	finish
	exit
fi
echo deep >/sys/power/mem_sleep
suspend_load
all=0
for round in $(seq $ROUNDS); do
	was=$(cat $SUCCESS)
	up=$(uptime_s)
	from=$(monotonic)
	take a
	# Long after it sleeps: an alarm just before that would be lost. The second one may come at once, as the first one's is still there.
	echo 0 >$ALARM
	echo +6 >$ALARM
	check "round $round: the machine suspends, and comes back" sh -c 'echo mem >/sys/power/state'
	take b
	awake=$(awk "BEGIN { print ($(monotonic) - $from) / 1e9 }")
	slept=$(awk "BEGIN { print $(uptime_s) - $up - $awake }")
	all=$(awk "BEGIN { print $all + $slept }")
	echo "# asleep for $slept s, awake for $awake s"
	take_lat b
	for cpu in 0 1; do
		true_that "... that isn't in those of CPU $cpu" "($(cpu_ticks $T/b.s $cpu) - $(cpu_ticks $T/a.s $cpu)) / $(khz $T/b.p) / 1000 < $awake + 0.1"
	done
	suspended $was
done
true_that "it slept for a while" "$all > 3"
like "nothing was missed" "$(header $T/c.p switches)" '^[0-9]+, missed 0, '
stop_all
ptop_unload

# A clock that begins anew meanwhile, as on some machines. Fails if: a thread switched out before the suspend, at a later time, is taken for one that
# never was.
MODULE=/m/perftop-restart.ko
ptop_load top=1000 sleepers=10000
/bin/sleep 3600 &
sleeper=$!
JOBS=$sleeper
start spin -c 1
echo 0 >$ALARM
echo +6 >$ALARM
check "the clock begins anew: the machine suspends, and comes back" sh -c 'echo mem >/sys/power/state'
take b
take_lat b
check "... the accounting balances" accounting_balances $T/b.p $T/b.s
is "... the sleeper sleeps" "$(lat $T/b.l $sleeper now)" S
true_that "... for no longer than since then" "$(lat $T/b.l $sleeper now-seconds) + 0 < 60"
stop_all
ptop_unload
finish
