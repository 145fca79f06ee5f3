# SPDX-License-Identifier: GPL-2.0-only
# only: debug
# timeout: 120
# Who ran when a snapshot was taken is gone, with all of its process, before the reader comes to it. Fails if: the reader looks at its
# process nevertheless (KASAN says so).
. /t/lib.sh

MODULE=/m/perftop-gone.ko ptop_load top=1000
start gone 150
read=0
for round in 1 2 3 4 5 6; do
	cat $L >$T/now.l && read=$((read + 1))
	sleep 0.1
done
is "lattop was read" $read 6
check "so was the device" sh -c "cat /dev/perftop >$T/records"
true_that "the workload is in it" "$(lat_flat $T/now.l | grep -c '|gone$') > 0"
check_books "afterwards"
finish
