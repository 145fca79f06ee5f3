# SPDX-License-Identifier: GPL-2.0-only
# timeout: 900
# Memory that isn't there: each allocation of the module's initialisation fails in turn, and each of what is done for a reader. Nothing is
# left behind (the guest's runner looks for leaks), and it works again afterwards.
. /t/lib.sh

FAIL=/sys/module/ptop_fail/parameters
# What fails silently; also what may wait for memory, and single pages.
for attr in failslab fail_page_alloc fail_usercopy; do
	[ -d /sys/kernel/debug/$attr ] || continue
	echo 0 >/sys/kernel/debug/$attr/verbose
	[ ! -e /sys/kernel/debug/$attr/ignore-gfp-wait ] || echo N >/sys/kernel/debug/$attr/ignore-gfp-wait
done
if [ ! -d /sys/kernel/debug/failslab ]; then
	# Only of a kernel that can't.
	is "no allocation can be made to fail on this kernel" "$(ls /proc/self/fail-nth 2>/dev/null)" ""
	finish
	exit
fi
echo 0 >/sys/kernel/debug/fail_page_alloc/min-order

# Each one, or, where time is short, one in STRIDE. Not always the same.
STRIDE=$((100 / SHARE)) FIRST=1 FIRSTS=100
if [ $STRIDE -gt 1 ]; then
	FIRST=$(($(date +%s) % STRIDE + 1)) FIRSTS=20
	echo "# of a load's allocations one in $STRIDE fails, from number $FIRST on; of a call's the first $FIRSTS, and some of the others"
fi

# Small, so that it isn't hundreds of pages of the same table.
SMALL="max_stacks=64 max_pids=64 max_sleeps=64 max_threads=64 events=16 targets=64"

# init [PARAMETERS...]: as many loads as there are allocations; "nth=N failed=M survived=K" into $T/init, what is wrong into $T/wrong
init() {
	local nth=$((FIRST - STRIDE)) failed=0 survived=0 left=0
	: >$T/wrong
	while [ $left = 0 ] && [ $nth -lt 2000 ]; do
		nth=$((nth + STRIDE))
		echo $nth >$FAIL/nth
		REPLY=$(mod ins $KO hook=$HOOK $SMALL "$@")
		left=$(cat $FAIL/left)
		case $REPLY in
		OK)
			[ $left != 0 ] || survived=$((survived + 1))
			cat $P $S $L >/dev/null 2>$T/err || { echo "$nth: loaded, but can't be read"; cat $T/err; } >>$T/wrong
			REPLY=$(mod rm perftop)
			[ "$REPLY" = OK ] || echo "$nth: loaded, but rmmod: $REPLY" >>$T/wrong
			;;
		ENOMEM) failed=$((failed + 1)) ;;
		*) echo "$nth: $REPLY" >>$T/wrong ;;
		esac
		! ls -d /proc/perftop /proc/schedtop /proc/lattop /proc/perftop_events /dev/perftop /sys/module/perftop >>$T/wrong 2>/dev/null ||
			echo "$nth: left behind" >>$T/wrong
	done
	echo "nth=$nth failed=$failed survived=$survived"
	[ $left != 0 ] || echo "2000 were not enough" >>$T/wrong
}

check "the module that makes allocations fail" insmod /m/ptop_fail.ko
PROBES=$(grep -c . /sys/kernel/debug/kprobes/list)	# its own
# each_fails [PARAMETERS...]
each_fails() {
	dmesg_mark
	eval "$(init "$@")"
	echo "# ${KO##*/} $*: $(((nth - FIRST) / STRIDE)) allocations: $failed made the load fail, $survived didn't"
	is "${KO##*/} $*: each allocation that fails makes it fail with ENOMEM, or not at all" "$(cat $T/wrong)" ""
	true_that "... and there were many" "$failed * $STRIDE >= 10"
	is "... no probe is left" "$(grep -c . /sys/kernel/debug/kprobes/list)" $PROBES
	true_that "... of those that were told of in the log, one line each" "$(dmesg_since | grep -c '^perftop: ') <= $nth"
}
each_fails
each_fails stacks=user
each_fails events=0
# Where a piece of several pages fails, single pages are taken, and the load succeeds. Here there are no pieces.
KO=/m/perftop-pages.ko
each_fails
KO=/m/perftop.ko
rmmod ptop_fail

# Small, too: what is read is read some hundred times.
ptop_load top=100 max_stacks=256 max_pids=256 max_sleeps=256
start spin
start hack -g 1 -f 2
sleep 1
for file in $P $S $L; do
	check "reads of $file" failnth $FIRSTS read $file
	tail -n 1 $T/check | diag
done
check "events" failnth $FIRSTS events /proc/perftop_events
tail -n 1 $T/check | diag
check "reads of the device" failnth $FIRSTS read /dev/perftop
tail -n 1 $T/check | diag
check "events of the device" failnth $FIRSTS events /dev/perftop
tail -n 1 $T/check | diag
for word in reset pause resume target=hack target=cgroup:/ target=; do
	check "write of $word" failnth $FIRSTS write $P $word
	tail -n 1 $T/check | diag
done
like "it records" "$(header $P state)" '^recording'
check_accounting "afterwards"
finish
