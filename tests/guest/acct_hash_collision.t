# SPDX-License-Identifier: GPL-2.0-only
# timeout: 120
# Tasks and pids of equal hash are different tasks and pids: in this build every hash is one of four.
# Nor has it room for the entries that change during a snapshot: each is taken a second time.
. /t/lib.sh

MODULE=/m/perftop-weakhash.ko
rt_unlimited
ptop_load top=1000
start nap -c 0
one=$PID
start nap -c 0
two=$PID
start nap -c 0 -m 7
start pingpong -c 1
start nest
sleep 0.5
take
flat $T/now.p | cut -d'|' -f2 | sort -u >$T/hashes
true_that "this build has four hashes" "$(grep -c . $T/hashes) <= 4"
# Fails if: the hash is shown itself, by which others would find its seed, and then addresses.
is "none of them is the hash itself" "$(grep -c '^0000000' $T/hashes)" 0
true_that "there are many more tasks than that" "$(flat $T/now.p | grep -c .) > 20"
is "no task is shown twice" "$(flat $T/now.p | awk -F'|' '{ k = $8 "|" $10 "|" $11; if (seen[k]++ && $10 !~ /\[(truncated|unknown)/) print k }' |
	grep '/bin/nap')" ""
for pid in $one $two; do
	like "process $pid has its own row" "$(flat $T/now.p | awk -F'|' -v p=$pid '$8 == p { print $10 }')" 'nanosleep'
	true_that "process $pid has its own time" "$(ticks_of $T/now.s $pid) > 0"
done
check "the accounting balances" accounting_balances $T/now.p $T/now.s
stop_all
ptop_unload

ptop_load top=1000
exact 0.25 alone >$T/exact 2>$T/err || { diag <$T/err; bail "exact failed"; }
diag <$T/exact
is "all eight processes were compared" $(grep -c . $T/exact) 8
while read -r name pid true_ns top_ns sched_ns switches top_scheds sched_scheds; do
	# As in acct_exact.t: at each switch the two clocks may be read at another moment.
	near "$name: time in perftop" $top_ns $true_ns 0.005 $((150 * switches))
	near "$name: time in schedtop" $sched_ns $true_ns 0.005 $((150 * switches))
	near "$name: schedules in perftop" $top_scheds $switches 0 2
	near "$name: schedules in schedtop" $sched_scheds $switches 0 2
done <$T/exact
ptop_unload

ptop_load top=1000 max_stacks=64 max_pids=64
start manystacks -d 8 -o
check_accounting "evictions from long chains"
true_that "there were evictions" "$(number $T/now.p evicted) > 0"
finish
