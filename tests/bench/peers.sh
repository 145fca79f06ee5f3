# In the guest: what the tools of the disk take. Each is started in the root of the
# disk, given time to settle, runs through the workloads, and is told to end; what
# that takes (printing what it has), or its report, is the cost of reading.

# peer NAME REPORT COMMAND...: REPORT is a command, - where it prints at its end, or empty
peer()
{
	name=$1 report=$2
	shift 2
	rm -rf $R/tmp/*
	mkfifo $R/tmp/stop
	chroot $R bench hold /tmp/stop "$@" >$R/tmp/out 2>$R/tmp/err &
	settle
	if ! kill -0 $! 2>/dev/null; then
		say "$name" why "it ended: $(tail -n1 $R/tmp/err)"
		sed "s/^/# $name: /" $R/tmp/err
		return
	fi
	from=$(switches)
	row "$name"
	to=$(switches)
	echo stop >$R/tmp/stop
	wait $!
	if [ -e $R/tmp/data ]; then
		say "$name" bytes $(($(stat -c %s $R/tmp/data) / (to - from)))
	fi
	end=$(cpu <$R/tmp/err)
	reading=0
	if [ "${report:--}" != - ]; then
		[ -n "$reports" ] || return
		chroot $R bench run sh -c "$report" >$R/tmp/out 2>$R/tmp/report
		reading=$(cpu <$R/tmp/report)
	fi
	[ -z "$report" ] || say "$name" read $((end + reading))
	if [ -n "$report" ] && ! grep -qE 'bench|distribution' $R/tmp/out; then
		say "$name" why "it did not see the workload; $(cat $R/tmp/err $R/tmp/report 2>/dev/null | grep -v '^cpu ' | tail -n1)"
	fi
	# For those who wonder about a figure; not for the tables.
	[ -z "$reports" ] || { head -n 20 $R/tmp/out; tail -n 5 $R/tmp/err; } | sed "s/^/# $name: /"
}

# What bench run and hold say that it took.
cpu()
{
	sed -n 's/^cpu //p'
}

switches()
{
	sed -n 's/^ctxt //p' /proc/stat
}

with_disk

# A bpftrace program that adds up the CPU time of everybody, by what describes prev.
oncpu()
{
	cat <<-END
	tracepoint:sched:sched_switch {
		if (@since[cpu]) { @time[$1] = sum(nsecs - @since[cpu]); }
		@since[cpu] = nsecs;
	}
	END
}

row bare
# Twice, as their hash tables have a random seed at each start; reports once.
for reports in yes ''; do
	UNDER="chroot $R perf stat -o /dev/null -e context-switches"
	row 'perf stat -e context-switches COMMAND'
	UNDER=
	peer 'perf stat -a -e context-switches' '' \
		perf stat -a -e context-switches
	peer 'perf sched record' 'perf sched latency -i /tmp/data' \
		perf sched record -o /tmp/data
	peer 'perf record -a -g -e sched:sched_switch' 'perf report -i /tmp/data --stdio' \
		perf record -a -g -e sched:sched_switch -o /tmp/data
	peer 'trace-cmd record -T -e sched_switch' 'trace-cmd report -i /tmp/data' \
		trace-cmd record -T -e sched:sched_switch -o /tmp/data
	peer 'bpftrace: time by comm' - bpftrace -e "$(oncpu comm)"
	peer 'bpftrace: time by kstack' - bpftrace -e "$(oncpu 'comm, kstack')"
	peer 'bpftrace: time by kstack, ustack' - bpftrace -e "$(oncpu 'comm, kstack, ustack')"
	peer 'bcc cpudist' - cpudist-bpfcc
	peer 'bcc offcputime -K' - offcputime-bpfcc -K
	peer 'bcc offcputime' - offcputime-bpfcc
	peer 'libbpf-tools offcputime' - offcputime-libbpf
	peer 'SystemTap schedtimes' - staprun /usr/lib/schedtimes.ko
done
row 'bare, at the end'
