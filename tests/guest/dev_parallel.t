# SPDX-License-Identifier: GPL-2.0-only
# timeout: 120
# Switches, readers and resets at the very same time: here each CPU is a thread of the host, elsewhere they take turns. QEMU can't patch
# code that another CPU runs (tests/vm/run says why), so the second CPU is away while the module comes and goes.
. /t/lib.sh

ONLINE=/sys/devices/system/cpu/cpu1/online

echo 0 >$ONLINE || bail "CPU 1 doesn't go off line"
ptop_load top=1000 max_stacks=256 max_pids=256
echo 1 >$ONLINE || bail "CPU 1 doesn't come back"
start hack -g 1 -f 3
check "readers" readers -n 4 -s 4
diag <$T/check
check "readers and resets" readers -n 4 -s 4 -r
diag <$T/check
forker -n 150 &
manystacks -d 10 3>/dev/null &
JOBS="$JOBS $!"
check "readers of full tables" readers -n 4 -s 4
diag <$T/check
check_accounting "afterwards"
true_that "something was evicted" "$(header $T/now.p evicted | sed 's/.* \([0-9]*\) entries$/\1/') > 0"
stop_all
echo 0 >$ONLINE
ptop_unload
echo 1 >$ONLINE
is "it is unloaded" "$(ptop_loaded; echo $?)" 1
finish
