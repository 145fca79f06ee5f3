# SPDX-License-Identifier: GPL-2.0-only
# timeout: 120
# Whatever the kernel waits for doesn't wait for a reader: here a reader stops in the middle of its snapshot, for as long as hold is set.
. /t/lib.sh

MODULE=/m/perftop-unready.ko
ONLINE=/sys/devices/system/cpu/cpu1/online
ptop_load top=1000
start hack -g 1 -f 2

# held: how many snapshots were
held() { dmesg_since | grep -c 'a snapshot is held'; }
# await_held COUNT
await_held() {
	local end=$(awk "BEGIN { print $(uptime_s) + 20 * $SLOW }")
	while [ "$(held)" -lt $1 ]; do
		awk "BEGIN { exit !($(uptime_s) > $end) }" && bail "no snapshot is held"
		usleep 20000
	done
}
# soon NAME COMMAND...: it ends within seconds
soon() {
	local name=$1
	shift
	check "$name" timeout -s KILL $((10 * SLOW)) sh -c "$*"
}

for file in /proc/lattop /dev/perftop; do
	dmesg_mark
	echo 1 >$PARAM/hold
	cat $file >$T/held.out &
	reader=$!
	await_held 1
	# Fails if: a reader has a lock that these want.
	soon "$file is read: a module comes" insmod /m/ptop_nap.ko
	soon "... and goes" rmmod ptop_nap
	soon "... a CPU goes off line" "echo 0 >$ONLINE"
	soon "... and comes back" "echo 1 >$ONLINE"
	# Fails if: others can't choose not to wait.
	is "... others needn't wait" "$(open /proc/perftop)" EBUSY
	is "... for the device, either" "$(open /dev/perftop)" EBUSY
	# Fails if: they can't be interrupted when they do.
	cat /proc/perftop >/dev/null &
	waiting=$!
	sh -c 'echo reset >/proc/perftop' &
	writing=$!
	usleep 300000
	kill $waiting $writing
	wait $waiting
	is "... a reader can be killed meanwhile" $? 143
	wait $writing
	is "... and a writer" $? 143
	# Fails if: what happened to it meanwhile isn't noticed; or is somebody's time.
	echo 0 >$PARAM/hold
	wait $reader
	is "... all of it is read in the end" $? 0
	true_that "... with rows" "$(wc -c <$T/held.out) > 2000"
	check_accounting "... afterwards"
done
is "nobody waits: it is read" "$(open /proc/perftop)" read

# Fails if: suspend waits for a reader; or a reader then has half of it.
if grep -qw freezer /sys/power/pm_test; then
	dmesg_mark
	echo freezer >/sys/power/pm_test
	echo 1 >$PARAM/hold
	cat /proc/lattop >$T/held.out &
	reader=$!
	await_held 1
	soon "the machine suspends beside a reader" "echo freeze >/sys/power/state"
	# Its system call was begun anew.
	await_held 2
	echo 0 >$PARAM/hold
	wait $reader
	is "... which goes on" $? 0
	check_accounting "... afterwards"
	echo none >/sys/power/pm_test
fi
stop_all
is "unloaded" "$(mod rm perftop)" OK
finish
