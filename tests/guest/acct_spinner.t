# SPDX-License-Identifier: GPL-2.0-only
# timeout: 90
# A task that never leaves its CPU shows while it runs.
. /t/lib.sh

# grown EXPRESSION-OF-b EXPRESSION-OF-a: in seconds, from ticks
grown() { awk "BEGIN { printf \"%.6f\", ($1 - $2) / $(khz $T/b.s) / 1000 }"; }
top_ns() { sum perftop $T/$1.p $2 | cut -d' ' -f1; }

# own_time NAME PID CPU: its growth in schedtop from a to b is that of schedstat, which was read before and after each view. The kernel
# adds to it at each tick of its timer only, which doesn't come while another virtual CPU has its turn.
own_time() {
	got=$(grown $(ticks_of $T/b.s $2) $(ticks_of $T/a.s $2))
	true_that "$1: its own time ($got s)" "$got >= ($(cat $T/b.before.$2) - $(cat $T/a.after.$2) - $STALL) / 1e9 - 0.04 &&
		$got <= ($(cat $T/b.after.$2) - $(cat $T/a.before.$2) + $STALL) / 1e9 + 0.04 && $got > 0.1"
	is "$1: not on the other" "$(ticks_of $T/b.s $2 $((1 - $3)))" "$(ticks_of $T/a.s $2 $((1 - $3)))"
}

# take_all NAME PID...: the views, and what schedstat says before and after
take_all() {
	local name=$1 pid
	shift
	for pid; do ran_ns $pid >$T/$name.before.$pid; done
	take $name
	for pid; do ran_ns $pid >$T/$name.after.$pid; done
}

rt_unlimited
ptop_load top=1000
start spin -c 1 -p fifo
alone=$PID
take a
sleep 1
take b
span=$(grown $(elapsed $T/b.s 1) $(elapsed $T/a.s 1))
# From 6.12 on the deadline server gives starving tasks of the fair class 5 % of it.
scheds=$(( $(sum schedtop $T/b.s $alone | cut -d' ' -f2) - $(sum schedtop $T/a.s $alone | cut -d' ' -f2) ))
near "a lone spinner's time in schedtop grows as its CPU's does" $(grown $(ticks_of $T/b.s $alone) $(ticks_of $T/a.s $alone)) $span \
	$([ $scheds = 0 ] && echo 0.0001 || echo 0.06)
# the snapshot's moment and its since reset are not quite the same
near "... and in perftop as the clock does" $(awk "BEGIN { print ($(top_ns b $alone) - $(top_ns a $alone)) / 1e9 }") \
	$(awk "BEGIN { print $(number $T/b.p 'since reset') - $(number $T/a.p 'since reset') }") 0.06 $(awk "BEGIN { print $STALL / 1e9 }")
# In a second, or however long that was on a stalled machine.
true_that "it hardly left its CPU in $span s ($scheds times)" "$scheds <= 100 * ($span > 1 ? $span : 1)"
check "the accounting balances" accounting_balances $T/b.p $T/b.s
is "it's the first in perftop" "$(flat $T/b.p | awk -F'|' 'NR == 1 { print $8, $NF }')" "$alone spin"

# a CPU that doesn't schedule doesn't hold up a reset
echo reset >$P
take a
true_that "reset counts for a task that doesn't leave its CPU" "$(elapsed $T/a.s 1) < $span * 1000 * $(khz $T/a.s)"
true_that "... and it has had no more since" "$(ticks_of $T/a.s $alone) <= $(elapsed $T/a.s 1) && $(ticks_of $T/a.s $alone) > 0"
stop_all

start spin -c 0
zero=$PID
start spin -c 1
one=$PID
take_all a $zero $one
sleep 1
take_all b $zero $one
own_time "spinner on CPU 0" $zero 0
own_time "spinner on CPU 1" $one 1
like "its user frames are known" "$(flat $T/b.p | awk -F'|' -v p=$one '$8 == p { print $10 }')" 'u /bin/spin\+0x'
finish
