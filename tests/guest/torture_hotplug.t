# SPDX-License-Identifier: GPL-2.0-only
# timeout: 600
# CPUs go off and come back while the module is loaded, read, reset, and unloaded, all at the same time.
. /t/lib.sh

CYCLES=$(share 15)
# Until CPUs have come once more
comes() {
	local rounds=$(grep -c '' $T/rounds)
	until [ $(grep -c '' $T/rounds) -gt $rounds ]; do sleep 0.1; done
}
: >$T/rounds

start hack -g 1 -f 2
start forker
(while :; do
	for cpu in /sys/devices/system/cpu/cpu[1-9]*/online; do
		echo 0 >$cpu
	done
	for cpu in /sys/devices/system/cpu/cpu[1-9]*/online; do
		echo 1 >$cpu
		echo >>$T/rounds
	done
done) 2>/dev/null &
JOBS="$JOBS $!"
forever read_all
forever write_all
load_cycles $CYCLES comes
true_that "while CPUs came and went ($(grep -c '' $T/rounds) times)" "$(grep -c '' $T/rounds) >= 2"
stop_all
# That may have been stopped in the middle.
for cpu in /sys/devices/system/cpu/cpu[1-9]*/online; do
	[ "$(cat $cpu)" = 1 ] || echo 1 >$cpu
done
ptop_load top=1000
start spin
sleep 0.5
check_accounting "afterwards"
finish
