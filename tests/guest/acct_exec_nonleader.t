# SPDX-License-Identifier: GPL-2.0-only
# timeout: 100
# A thread other than the leader executes a program and takes over the pid and start time of the leader, which is still on its CPU: it
# isn't charged with the delay of the old leader.
. /t/lib.sh

if ! grep -q ' [tT] proc_exit_connector$' /proc/kallsyms; then
	skip "exec by a non-leader" "there's no function in which to stop an exiting thread"
	finish
	exit
fi

# Fails if: the slot that the thread has after the exec is used.
ptop_load top=1000
check "the test module loads" insmod /m/ptop_exits.ko name=old-leader
# Processes whose leader has to wait for the CPU.
COUNT=$(share 10)
start spin -c 0
for n in $(seq $COUNT); do
	start exec_nonleader
done
is "all of the first threads were late" "$(cat /sys/module/ptop_exits/parameters/delayed)" $COUNT
take
take_lat
true_that "nobody was delayed for longer than there is anything" \
	"$(sched_flat $T/now.s | awk -F'|' '{ if ($9 + 0 > m) m = $9 + 0 } END { print m + 0 }') <= $(uptime_s)"
is "no wait is of an absurd length" "$(awk '/^# +>= +[0-9]+ ticks/ && $3 > 36028797018963968' $T/now.l)" ""
check "the accounting balances" accounting_balances $T/now.p $T/now.s
stop_all
ptop_unload
check "the test module goes" rmmod ptop_exits
finish
