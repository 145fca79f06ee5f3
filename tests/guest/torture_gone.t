# SPDX-License-Identifier: GPL-2.0-only
# timeout: 120
# The thread that ran when a snapshot was taken is gone, with all of its process, before the reader comes to it. Fails if: the reader looks at its
# process nevertheless (KASAN says so).
. /t/lib.sh

MODULE=/m/perftop-gone.ko ptop_load top=1000
start gone 150
# From another CPU: that one runs it, or somebody else.
were_gone() { dmesg | grep -c 'perftop: test: thread [0-9]* is gone'; }
read=0 rounds=0 most=60
[ $HOOK = tracepoint ] || most=6
while [ $rounds -lt $most ] && [ "$(were_gone)" -lt 3 ]; do
	taskset 1 cat $L >$T/now.l && read=$((read + 1))
	rounds=$((rounds + 1))
done
is "lattop was read each time" $read $rounds
if [ $HOOK = tracepoint ]; then
	is "three times the thread that ran was gone before it was looked at" "$(were_gone)" 3
else
	skip "the thread that ran was gone before it was looked at" "only with hook=tracepoint it is looked at"
fi
check "so was the device" sh -c "cat /dev/perftop >$T/records"
true_that "the workload is in it" "$(lat_flat $T/now.l | grep -c '|gone$') > 0"
check_accounting "afterwards"
finish
