# SPDX-License-Identifier: GPL-2.0-only
# timeout: 100
# Another thread than the first one executes a program, and gets the pid and the start of the first one, while that is still on its CPU: it
# doesn't get what the first one was delayed, or ran. And who merely dies late isn't taken for such a one.
. /t/lib.sh

# begin: switches are skipped on CPU 1
begin() {
	ptop_load top=1000 budget=0.01
	start pingpong -c 1
	pair=$PID
	until [ "$(own_cost $P | cut -d' ' -f4)" -gt 10 ]; do :; done
}

# over_budget NAME MS [CPU]: switches are skipped on CPU 1; the first thread has run for that long, here or there
over_budget() {
	begin
	start heir $2 $3
	take
	after=$(ran_ns $PID)
	true_that "$1: switches were skipped" "$(own_cost $T/now.p | cut -d' ' -f4) > 10"
	first=$(seconds $PID ${3:+1}) other=$(seconds $(head -n 1 $T/out.$PID))
	true_that "... the other thread has what it ran ($other s)" "$other > 1.2 && $other < $after / 1e9 + 1"
	true_that "... and the first one no more than that and its own ($first s)" "$first <= $after / 1e9 - $other + $2 / 1e3 + 1.1"
	check "... and the books close" books_close $T/now.p $T/now.s
	stop $PID $pair
	ptop_unload
}
# seconds PID [CPU]
seconds() { sched_flat $T/now.s | awk -F'|' -v p=$1 -v c="$2" '$2 == p && (c == "" || $1 == c) { s += $4 } END { print s + 0 }'; }

# Fails if: what it ran before is charged to the first one's pid as well.
over_budget "over budget, the first one wasn't seen" 0
over_budget "over budget, it was" 100

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
start spin -c 0
over_budget "over budget, the first one is late" 0 0
over_budget "over budget, it's released late" 0

# Who is waited for 20 ms before it leaves its CPU for good.
begin
start heir child
child=$(cat $T/out.$PID)
of_child() { take && sched_flat $T/now.s | awk -F'|' -v p=$child '$2 == p { s += $4 } END { print s + 0; exit s < 0.02 }'; }
end=$(($(date +%s) + 5 * SLOW))
until of_child >$T/child || [ $(date +%s) -ge $end ]; do :; done
# Fails if: what it ran itself, which is its process's by then, is taken for what others ran; or its row, which the timer's interrupts have made,
# for one of what it ran.
true_that "over budget, who is waited for before it has left: it has what it ran" "$(cat $T/child) >= 0.02"
true_that "... switches were skipped" "$(own_cost $T/now.p | cut -d' ' -f4) > 10"
check "... and the books close" books_close $T/now.p $T/now.s
stop $PID $pair
ptop_unload
check "the test module goes" rmmod ptop_exits
finish
