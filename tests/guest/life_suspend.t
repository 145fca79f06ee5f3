# SPDX-License-Identifier: GPL-2.0-only
# timeout: 90
# The machine sleeps: that is nobody's time. The kernel's own test of suspend goes as far as the freezer and waits for five seconds.
. /t/lib.sh

ptop_load top=1000
start spin -c 0
grep -qw freezer /sys/power/pm_test || bail "this kernel has no pm_test"
echo freezer >/sys/power/pm_test
take
before=$(header $T/now.s 'cpu 0' | sed 's/ .*//')
start=$(cut -d' ' -f1 /proc/uptime)
check "the machine suspends, and comes back" sh -c 'echo freeze >/sys/power/state'
slept=$(awk -v a=$start '{ print $1 - a }' /proc/uptime)
take
after=$(header $T/now.s 'cpu 0' | sed 's/ .*//')
khz=$(khz $T/now.p)
true_that "it slept" "$slept > 2"
true_that "that isn't recorded" "($after - $before) / $khz / 1000 < $slept / 2"
check "which close" accounting_balances $T/now.p $T/now.s
like "and go on" "$(header $T/now.p state)" '^recording$'
ticks() { awk -v p=$PID '!/^#/ && $2 == p { n += $3 } END { printf "%.0f", n }' $T/now.s; }
first=$(ticks)
sleep 1
take
true_that "with the running thread" "$(ticks) > $first"
echo none >/sys/power/pm_test
ptop_unload
finish
