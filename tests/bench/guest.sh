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

# The first seconds after boot cost nearly twice as much: wait for them to pass.
sleep 10
