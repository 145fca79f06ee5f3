# SPDX-License-Identifier: GPL-2.0-only
# timeout: 900
# What the kernel waits for, beside readers: to load a module and to take a CPU off line takes at most twice as long as beside as many who
# read /proc/kallsyms. Medians of ten.
. /t/lib.sh

ONLINE=/sys/devices/system/cpu/cpu1/online
ptop_load top=1000
start hack -g 1 -f 2

# median: of numbers, one a line
median() { sort -n | awk '{ v[NR] = $1 } END { print (v[int((NR + 1) / 2)] + v[int(NR / 2) + 1]) / 2 }'; }
# took COMMAND: in seconds
took() {
	local from=$(uptime_s)
	sh -c "$1" || bail "$1"
	awk -v a=$from '{ print $1 - a }' /proc/uptime
}
# measure NAME
measure() {
	local i
	: >$T/$1.ins
	: >$T/$1.off
	for i in 1 2 3 4 5 6 7 8 9 10; do
		took "insmod /m/ptop_nap.ko" >>$T/$1.ins
		rmmod ptop_nap
		took "echo 0 >$ONLINE" >>$T/$1.off
		echo 1 >$ONLINE
	done
}
# beside NAME READERS [POLICY]
beside() {
	local file what
	for file in /proc/kallsyms /dev/perftop; do
		what=${file##*/}
		start reread $file $2 $3
		measure $what
		stop $PID
	done
	for what in ins off; do
		set -- "$1" $(median <$T/kallsyms.$what) $(median <$T/perftop.$what)
		# A hundredth of a second is what the clock can tell.
		true_that "$1: $(echo $what | sed 's/ins/a module is loaded/; s/off/a CPU goes off line/') in $3 s, beside kallsyms in $2 s" "$3 <= 2 * $2 + 0.02"
	done
}
start spin
beside "one idle reader and a spinner" 1 idle
beside "100 readers" 100
stop_all
finish
