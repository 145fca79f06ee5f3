# SPDX-License-Identifier: GPL-2.0-only
# timeout: 300
# The time and the schedules of processes of all classes agree with the kernel's own account, to 0.1 %.
#
# On a machine whose instructions all take the same time: on others a virtual CPU stalls for milliseconds now and then, and if that is
# between the scheduler's look at the clock and the module's, it is one task's in the one account and another's in the other. life_ftrace.t
# has the tests that no stall can break, with two CPUs.
. /t/lib.sh

# compare NAME TOLERANCE NS [LEAST]: the lines of "exact" in $T/exact. Between the scheduler's look at the clock and the module's are some hundred
# instructions, as many for prev as for next; but not when one is always preempted by the other, which always sleeps then. So a
# process that switches all the time may be off by so many ns for each switch, and one that had less of the CPU than the others by
# LEAST, a few interrupts.
compare() {
	local least=${4:-0}
	diag <$T/exact
	while read -r name pid true_ns top_ns sched_ns switches top_scheds sched_scheds; do
		near "$1 $name: time in perftop is that of schedstat" $top_ns $true_ns $2 $(($3 * switches + least))
		near "$1 $name: time in schedtop is that of schedstat" $sched_ns $true_ns $2 $(($3 * switches + least))
		near "$1 $name: schedules in perftop are its switches" $top_scheds $switches 0 2
		near "$1 $name: schedules in schedtop are its switches" $sched_scheds $switches 0 2
	done <$T/exact
}

rt_unlimited
ptop_load top=1000
# One after the other (the pair together).
exact 0.25 alone >$T/exact 2>$T/err || { diag <$T/err; bail "exact failed"; }
is "all eight processes were compared" $(grep -c . $T/exact) 8
compare alone 0.001 150 30000
# Beside others the scheduler's account begins at the wakeup that preempts, and not at the switch that follows. So must ours.
# Fails if: it doesn't.
echo 1 >$PARAM/verify_times
exact 1 >$T/exact 2>$T/err || { diag <$T/err; bail "exact failed"; }
echo 0 >$PARAM/verify_times
is "all eight were compared together" $(grep -c . $T/exact) 8
compare together 0.001 20
true_that "each of them did run" "$(awk '$3 < 1e6 || $6 < 2 { bad++ } END { print bad + 0 }' $T/exact) == 0"

take
# Fails if: sizes don't fit one CPU (params.c), or what they are rounded up to isn't counted.
true_that "the default parameters take at most 4 MiB on one CPU" "$(number $T/now.p memory) <= 4 * 1048576 && $(number $T/now.p memory) > 3000000"
check "the accounting balances" accounting_balances $T/now.p $T/now.s
like "nothing was missed, clamped or left untracked" "$(header $T/now.p switches)" '^[0-9]+, missed 0, clamped 0, untracked 0$'
finish
