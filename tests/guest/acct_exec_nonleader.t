# SPDX-License-Identifier: GPL-2.0-only
# timeout: 100
# Another thread than the first one executes a program, and gets the pid and the start of the first one, while that is still on its CPU: it
# doesn't get what the first one was delayed.
. /t/lib.sh

if ! grep -q ' [tT] proc_exit_connector$' /proc/kallsyms; then
	skip "an heir" "there's no function in which to stop who exits"
	finish
	exit
fi

# Fails if: the slot that it has now is believed.
ptop_load top=1000
check "the test module loads" insmod /m/ptop_exits.ko name=heir-first
# Ten of them, whose first thread has to wait for the CPU.
start spin -c 0
for n in $(seq 10); do
	start heir
done
is "all of the first threads were late" "$(cat /sys/module/ptop_exits/parameters/delayed)" 10
take
take_lat
true_that "nobody was delayed for longer than there is anything" \
	"$(sched_flat $T/now.s | awk -F'|' '{ if ($9 + 0 > m) m = $9 + 0 } END { print m + 0 }') <= $(uptime_s)"
is "no wait is of an absurd length" "$(awk '/^# +>= +[0-9]+ ticks/ && $3 > 36028797018963968' $T/now.l)" ""
check "the books close" books_close $T/now.p $T/now.s
stop_all
ptop_unload
check "the test module goes" rmmod ptop_exits
finish
