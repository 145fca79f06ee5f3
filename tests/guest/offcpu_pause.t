# SPDX-License-Identifier: GPL-2.0-only
# timeout: 60
# What is open is accounted once when a pause ends, though the walk over all threads begins anew: in this build it does so three times.
. /t/lib.sh

MODULE=/m/perftop-restart.ko
/bin/sleep 3600 &
before=$!
JOBS=$before
ptop_load sleepers=10000
start herd -s -n 300
/bin/sleep 3600 &
after=$!
JOBS="$JOBS $after"
sleep 1
echo reset >$P
sleep 1
echo pause >$P
echo resume >$P
take_lat
since=$(number $T/now.l 'since reset')
# Fails if: a thread that was accounted is taken for one that wasn't.
is "nobody has slept for longer than since the reset ($since s)" "$(lat_flat $T/now.l | awk -F'|' -v s=$since '$5 + 0 > s + 0.01 { print $2, $5 }' | head)" ""
for pid in $before $after; do
	true_that "$pid did all that time" "$(lat $T/now.l $pid seconds) + 0 > 0.9"
	is "... with the state that it has" "$(lat $T/now.l $pid now)" S
done
finish
