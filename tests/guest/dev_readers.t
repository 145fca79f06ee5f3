# SPDX-License-Identifier: GPL-2.0-only
# timeout: 150
# Each open is one whole snapshot, however it is read, under load and during resets.
. /t/lib.sh

ptop_load top=1000
start hack -g 1 -f 3
check "16 readers" readers -n 16 -s 2
diag <$T/check
true_that "they read some snapshots of each view" "$(sed -n 's/^snapshots \([0-9]*\).*/\1/p' $T/check) >= 16"
check "16 readers, and resets" readers -n 16 -s 2 -r
diag <$T/check
check_accounting "afterwards"
stop_all

# an open file is the past: it was reset more than half a second ago, which is long in this
sleep 0.6
exec 7<$P
echo reset >$P
start spin -s 0.2
cat <&7 >$T/old
exec 7<&-
is "a file opened before doesn't know what came later" "$(flat $T/old | awk -F'|' -v p=$PID '$8 == p' | grep -c .)" 0
true_that "... not even the reset" "$(number $T/old 'since reset') > 0.5"
finish
