# SPDX-License-Identifier: GPL-2.0-only
# timeout: 120
# On each CPU, tasks + idle + evicted + unattributed are the time that went by.
. /t/lib.sh

# header_parts WHEN FROM TO: the parts of perftop's header are those of schedtop, and the clock is right; the counters were reset between two moments
header_parts() {
	local last=$((NCPU - 1)) cpu sum=0
	for cpu in $(seq 0 $last); do
		sum="$sum + $(elapsed $T/now.s $cpu)"
	done
	# the two were opened one after the other
	near "$1: CPU time is the sum of the CPUs" $(number $T/now.p 'cpu time') "$(awk "BEGIN { printf \"%.0f\", $sum }")" 0 \
		$(awk "BEGIN { print ($between_end - $between_start + 0.02) * $(khz $T/now.p) * 1000 * $NCPU }")
	near "$1: CPU time is since reset times CPUs" $(number $T/now.p 'cpu time') \
		$(awk "BEGIN { printf \"%.0f\", $(number $T/now.p 'since reset') * $NCPU * 1000 * $(khz $T/now.p) }") 0.001 \
		$(awk "BEGIN { s = 0.15 * $SLOW; if ($3 - $2 > s) s = $3 - $2; print s * $NCPU * 1000 * $(khz $T/now.p) }")
}

take_timed() {
	between_start=$(uptime_s)
	take
	between_end=$(uptime_s)
}

# Idle seconds of all CPUs, by the kernel. (While an interrupt is served a CPU isn't, though it has nothing else to do.)
idle_s() { cut -d' ' -f2 /proc/uptime; }

before=$(uptime_s)
ptop_load
after=$(uptime_s)
idle_before=$(idle_s)
sleep 1
idle_after=$(idle_s)
take_timed
check "idle: the accounting balances" accounting_balances $T/now.p $T/now.s
header_parts idle $before $after
true_that "since reset is the time since the load" "$(number $T/now.p 'since reset') >= ($between_start - $after) * 0.999 - 0.02 &&
	$(number $T/now.s 'since reset') <= ($between_end - $before) * 1.001 + 0.02"
like "the header counts the CPUs" "$(header $T/now.p 'since reset')" " $NCPU CPUs?\$"
true_that "idle: what the kernel calls idle is" "$(number $T/now.p idle) > (($idle_after - $idle_before) * 0.99 - 0.02 * $NCPU) * 1000 * $(khz $T/now.p)"
true_that "... and there was such time" "$idle_after - $idle_before > 0.2"
is "idle: nothing was evicted" "$(header $T/now.p evicted | sed 's/ ticks.*//')" 0
true_that "idle: all but 0.01 % is attributed" "$(number $T/now.p unattributed) <= $(number $T/now.p 'cpu time') * 0.0001"

for cpu in $(seq 0 $((NCPU - 1))); do
	start spin -c $cpu
done
start hack -g 1 -f 2
reset_start=$(uptime_s)
echo reset >$P
reset_end=$(uptime_s)
sleep 1
take_timed
check "load: the accounting balances" accounting_balances $T/now.p $T/now.s
header_parts load $reset_start $reset_end
true_that "load: hardly any idle time" "$(number $T/now.p idle) < $(number $T/now.p 'cpu time') * 0.05"
true_that "reset began a new account" "$(number $T/now.p 'since reset') < $between_end - $after"
stop_all
ptop_unload

before=$(uptime_s)
ptop_load max_stacks=64 max_pids=64
after=$(uptime_s)
start manystacks -o -d 9
start hack -g 1 -f 2
forker -n 100
take_timed
check "evictions: the accounting balances" accounting_balances $T/now.p $T/now.s
header_parts evictions $before $after
true_that "evictions: there were some, with time" "$(number $T/now.p evicted) > 0"
true_that "evictions: all but 0.01 % is attributed" "$(number $T/now.p unattributed) <= $(number $T/now.p 'cpu time') * 0.0001"
finish
