# SPDX-License-Identifier: GPL-2.0-only
# timeout: 150
# A CPU goes off and comes back: its counters are kept, and the time in between is nobody's.
. /t/lib.sh

ONLINE=/sys/devices/system/cpu/cpu1/online
off_least=0 off_most=0

# offline SECONDS: CPU 1 is off line for that long; adds up the bounds of how long it really was
offline() {
	local a b c d
	a=$(uptime_s)
	echo 0 >$ONLINE || bail "CPU 1 doesn't go off line"
	b=$(uptime_s)
	sleep $1
	take off
	c=$(uptime_s)
	echo 1 >$ONLINE || bail "CPU 1 doesn't come back"
	d=$(uptime_s)
	off_least=$(awk "BEGIN { print $off_least + $c - $b }")
	off_most=$(awk "BEGIN { print $off_most + $d - $a }")
}

ptop_load top=1000
start spin
start hack -g 1 -f 2
for round in $(seq $(rounds 4 2)); do
	offline 0.3
	check "round $round: off line, the accounting balances" accounting_balances $T/off.p $T/off.s
	check_accounting "round $round: on line again"
done
for cpu in 0 1; do
	eval "e$cpu=$(awk "BEGIN { print $(elapsed $T/now.s $cpu) / $(khz $T/now.s) / 1000 }")"
done
true_that "CPU 1's time is that of CPU 0 ($e0 s) without the time it was off ($off_least to $off_most s)" \
	"$e0 - $e1 >= $off_least * 0.99 - 0.05 && $e0 - $e1 <= $off_most * 1.01 + 0.05"
start spin -c 1
take a
sleep 0.3
take b
true_that "CPU 1 accounts again" "$(ticks_of $T/b.s $PID 1) > $(ticks_of $T/a.s $PID 1)"
echo reset >$P
offline 0.2
check_accounting "off and on after a reset"
stop_all
ptop_unload

echo 0 >$ONLINE
ptop_load
sleep 0.2
check_accounting "loaded with a CPU off line"
echo 1 >$ONLINE
start spin -c 1
sleep 0.3
check_accounting "it came on line"
true_that "its tasks are there" "$(ticks_of $T/now.s $PID 1) > 0"
echo 0 >$ONLINE
ptop_unload
echo 1 >$ONLINE
is "unloaded with a CPU off line" "$(ptop_loaded; echo $?)" 1

# Fails if: a CPU that comes on line after memory was allocated for those on line, and before they're recorded, is forgotten.
# With the tracepoint there may be no kprobe to be seen that tells when that is.
stop_all
for round in $([ "$HOOK" != kprobe ] || seq 4); do
	echo 0 >$ONLINE
	(until grep -q . /sys/kernel/debug/kprobes/list; do :; done; echo 1 >$ONLINE) &
	ptop_load
	wait $!
	took="$took $(grep -c '^processor' /proc/cpuinfo):$(grep -c '^# cpu [0-9]*:' $S)"
	ptop_unload
done
[ "$HOOK" != kprobe ] || is "a CPU comes while the module is loaded: it's recorded" "$(echo $took)" "2:2 2:2 2:2 2:2"
finish
