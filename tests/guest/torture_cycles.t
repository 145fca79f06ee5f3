# SPDX-License-Identifier: GPL-2.0-only
# timeout: 900
# Loading and unloading again and again, while everything goes on that can: switches, forks, readers that come and go, other tracers.
. /t/lib.sh

CYCLES=$(share 30)

read_events() { timeout 0.3 cat /proc/perftop_events; }

# cycles NAME COUNT: so often
cycles() {
	local began=$(uptime_s) done=0 busy=0
	while [ $done -lt $2 ]; do
		REPLY=$(mod ins $KO hook=$HOOK)
		[ "$REPLY" = OK ] || break
		[ $((done % 3)) != 0 ] || sleep 0.2
		unload_between || break
		busy=$((busy + BUSY))
		done=$((done + 1))
	done
	echo "# $1: $done cycles in $(awk "BEGIN { print $(uptime_s) - $began }") s, $busy times there was a reader"
	[ $done = $2 ] || echo "# the last reply: $REPLY"
	is "$1: loaded and unloaded $2 times" $done $2
}

start spin -c 1
start hack -g 1 -f 2
start forker
cycles "under load" $CYCLES
forever read_all
forever read_events
cycles "with readers" $CYCLES
stop_all

# Somebody else's probes on the same functions, before ours and after.
TRACE=/sys/kernel/tracing
symbols=$(sed -n 's/^[0-9a-f]* [tT] \(finish_task_switch[^ ]*\|finalize_exec\|wake_up_new_task\|taskstats_exit\|hrtimer_interrupt\)$/\1/p' /proc/kallsyms |
	grep -v '\.cold')
theirs() {
	local symbol n=0
	for symbol in $symbols; do
		n=$((n + 1))
		echo "p:ptop/t$n $symbol" >>$TRACE/kprobe_events || bail "no kprobe at $symbol"
	done
	echo "r:ptop/r hrtimer_interrupt" >>$TRACE/kprobe_events || bail "no kretprobe at hrtimer_interrupt"
	echo 1 >$TRACE/events/ptop/enable
	for event in sched_switch sched_process_exec sched_wakeup_new sched_process_exit; do
		echo 1 >$TRACE/events/sched/$event/enable
	done
}
theirs_end() {
	echo 0 >$TRACE/events/sched/enable
	echo 0 >$TRACE/events/ptop/enable
	echo >$TRACE/kprobe_events
}
start hack -g 1 -f 2
start forker
ptop_load top=1000
theirs
sleep 1
check_accounting "another's probes came"
ptop_unload
cycles "beside another's probes" $((CYCLES / 3))
ptop_load top=1000
theirs_end
sleep 1
check_accounting "another's probes went"
like "nothing was missed" "$(header $T/now.p switches)" '^[0-9]+, missed [0-9]+, '
ptop_unload

# The tracers of all functions; with the addresses that function_graph puts in the place of return addresses.
echo 1024 >$TRACE/buffer_size_kb
for tracer in function function_graph; do
	echo '*sched* *switch* *wake* hrtimer* do_exit begin_new_exec finalize_exec taskstats_exit vfs_* seq_* proc_*' >$TRACE/set_ftrace_filter
	echo $tracer >$TRACE/current_tracer || bail "no $tracer"
	cycles "below the tracer $tracer" $(((CYCLES + 5) / 6))
	ptop_load top=1000
	sleep 1
	check_accounting "below $tracer"
	echo nop >$TRACE/current_tracer
	sleep 1
	check_accounting "and when $tracer is gone"
	echo >$TRACE/set_ftrace_filter
	ptop_unload
done
echo >$TRACE/trace

# All kprobes are disarmed and armed, or optimized and not, below a reader.
ptop_load top=1000
forever read_all
for round in 1 2 3 4 5; do
	echo 0 >/sys/kernel/debug/kprobes/enabled
	echo 0 >/proc/sys/debug/kprobes-optimization 2>/dev/null
	sleep 0.1
	echo 1 >/sys/kernel/debug/kprobes/enabled
	echo 1 >/proc/sys/debug/kprobes-optimization 2>/dev/null
	sleep 0.1
done
stop_all
echo reset >$P
start spin
sleep 0.5
check_accounting "kprobes were disarmed"
finish
