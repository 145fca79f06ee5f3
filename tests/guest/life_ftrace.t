# SPDX-License-Identifier: GPL-2.0-only
# timeout: 120
# not on arm64: no trace has the time in its ticks
# The time of processes of all classes, on two CPUs, is within the bounds that a trace gives by the same clock.
#
# From sched_switch to finish_task_switch a switch is under way, and whichever hook is used is in between. So each task's time has two
# bounds that no stall of a virtual CPU can break. (acct_exact.t compares with
# /proc/PID/schedstat, which has no such bounds: after a wakeup the scheduler doesn't read its clock again, so that each switch moves
# up to the length of an interrupt from one task to the next.)
. /t/lib.sh

TRACE=/sys/kernel/tracing

# Before the module is loaded: its kprobe then runs before that of the trace, and its tracepoint probe after.
trace_start() {
	echo x86-tsc >$TRACE/trace_clock || bail "no x86-tsc clock"
	echo 6144 >$TRACE/buffer_size_kb
	symbol=$(sed -n 's/^[0-9a-f]* t \(finish_task_switch[^ ]*\)$/\1/p' /proc/kallsyms | grep -v '\.cold' | head -n 1)
	echo "p:ptop/switched $symbol" >$TRACE/kprobe_events || bail "no kprobe event at $symbol"
	echo >$TRACE/trace
	echo 1 >$TRACE/events/ptop/switched/enable
	echo 1 >$TRACE/events/sched/sched_switch/enable
	echo 1 >$TRACE/tracing_on
}

# trace_stop FILE: "PID LEAST MOST SAME" of each process into FILE, in ticks: the bounds, and the time between hits of the module's hook.
# A line of the trace is
#	COMM-PID [CPU] FLAGS TICKS: EVENT
# with the previous task's pid at sched_switch, the next one's at finish_task_switch.
trace_stop() {
	echo 0 >$TRACE/tracing_on
	echo 0 >$TRACE/events/ptop/switched/enable
	echo 0 >$TRACE/events/sched/sched_switch/enable
	cat $TRACE/trace >$T/trace
	echo >$TRACE/trace
	echo >$TRACE/kprobe_events
	awk -v hook=$HOOK '
	/^#/ || !match($0, /-[0-9]+ +\[[0-9]+\] +[^ ]+ +[0-9]+: [a-z_]+/) { next }
	{ split(substr($0, RSTART + 1, RLENGTH - 1), f, " +"); pid = f[1]; cpu = f[2]; t = f[4] + 0 }
	f[5] == "sched_switch" { if (cpu in begun) { least[pid] += t - done[cpu]; if (hook == "tracepoint") same[pid] += t - begun[cpu] }
		out[cpu] = t; from[cpu] = pid; next }
	f[5] == "switched" && cpu in out { prev = from[cpu]
		if (cpu in begun) { most[prev] += t - begun[cpu]; if (hook == "kprobe") same[prev] += t - done[cpu] }
		begun[cpu] = out[cpu]; done[cpu] = t }
	END { for (pid in same) printf "%s %.0f %.0f %.0f\n", pid, least[pid], most[pid], same[pid] }' $T/trace >$1
	like "the trace is complete" "$(sed -n 's/^# entries-in-buffer\/entries-written: \([0-9]*\)\/\([0-9]*\) .*/\1 \2/p' $T/trace |
		awk '{ print ($1 == $2 && $1 > 1000 ? "all" : "lost") }')" all
}

rt_unlimited
trace_start
ptop_load top=1000
exact 3 >$T/exact 2>$T/err || { diag <$T/err; bail "exact failed"; }
khz=$(khz $P)
take
trace_stop $T/traced
diag <$T/exact
while read -r name pid true_ns top_ns sched_ns switches top_scheds sched_scheds; do
	set -- $(awk -v p=$pid -v k=$khz '$1 == p { printf "%.0f %.0f %.0f", $2 * 1e6 / k, $3 * 1e6 / k, $4 * 1e6 / k }' $T/traced) 0 0 0
	least=$1 most=$2 same=$3
	echo "# $name: $least to $most ns by the trace; schedtop is $((sched_ns - same)) ns more than its hook in the trace," \
		"$((sched_ns - true_ns)) ns more than schedstat"
	true_that "$name: time in perftop is within its bounds" "$least * 0.999 <= $top_ns && $top_ns <= $most * 1.001"
	true_that "$name: time in schedtop is within its bounds" "$least * 0.999 <= $sched_ns && $sched_ns <= $most * 1.001"
	near "$name: schedules in perftop are its switches" $top_scheds $switches 0 2
	near "$name: schedules in schedtop are its switches" $sched_scheds $switches 0 2
done <$T/exact
is "all eight processes were compared" $(grep -c . $T/exact) 8
true_that "each of them did run" "$(awk '$3 < 1e6 || $6 < 2 { bad++ } END { print bad + 0 }' $T/exact) == 0"

check "the accounting balances" accounting_balances $T/now.p $T/now.s
like "nothing was missed, clamped or left untracked" "$(header $T/now.p switches)" '^[0-9]+, missed 0, clamped 0, untracked 0$'
finish
