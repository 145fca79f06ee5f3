# Sourced by (put in front of) the scripts of tests/bench that run in the guest.
# Figures go out as lines "NAME|KEY|VALUE", a failure as "NAME|why|REASON".

UNDER=

say()
{
	echo "$1|$2|$(echo "$3" | tr '|' /)"
}

# ticks of one switch: WORKLOAD, UNDER another command or not; the second of two passes, the first is to warm up.
pass()
{
	case $1 in
	switch) set -- switch 20000 ;;
	ring) set -- ring 700 ;;
	esac
	$UNDER bench "$@" >/dev/null
	$UNDER bench "$@"
}

# What a switch takes with what is there now: row NAME
row()
{
	for workload in switch ring; do
		say "$1" $workload "$(pass $workload)"
	done
}

# Where the kprobe is; the kernel may have a clone of the function.
probe_symbol()
{
	for symbol in finish_task_switch finish_task_switch.isra.0; do
		! grep -q " $symbol\$" /proc/kallsyms || found=$symbol
	done
	echo "$found"
}

# Waits until the table has as many as COUNT other tasks: chains COUNT
chains()
{
	rm -f /tmp/ready
	mkfifo /tmp/ready
	READY=1 manystacks -n "$1" -o 3>/tmp/ready &
	read -r _ </tmp/ready
	chains=$!
}

# The header's first number: header LINE FILE
header()
{
	sed -n "s/^# $1: *\([0-9]*\).*/\1/p" "$2"
}

# Until nobody has used the CPU much, or waited for the disk (time flies then), for a
# while: compilers do, and then there's peace.
busy()
{
	awk '/^cpu / { print $2 + $3 + $4 + $6 + $7 + $8 }' /proc/stat
}

settle()
{
	for _ in $(seq 40); do
		was=$(busy)
		sleep 5
		[ $(($(busy) - was)) -gt 20 ] || return 0
	done
}

# The disk's root is at R, with what its programs want.
R=/r
with_disk()
{
	mkdir -p $R
	mount -t squashfs -o ro /dev/vda $R
	for d in proc sys dev; do
		mount --bind /$d $R/$d
	done
	mount --bind /sys/kernel/debug $R/sys/kernel/debug
	mount --bind /sys/kernel/tracing $R/sys/kernel/tracing
	mount -t tmpfs tmp $R/tmp
	mount -t tmpfs run $R/run
	mount -t tmpfs root $R/root
	cp /bin/bench $R/run/
	export HOME=/tmp PATH=/bin:/usr/bin:/usr/sbin:/run DEBUGINFOD_URLS=
	ulimit -l unlimited
}

# The first seconds after boot cost nearly twice as much: wait for them to pass.
sleep 10
