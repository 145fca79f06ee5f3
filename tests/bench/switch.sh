#!/bin/sh
# In the guest: guest instructions that each configuration adds to a context
# switch, and that reading takes. One CPU; a tick is an instruction.
rounds=20000

# The second of two passes, the first is to warm up.
pass()
{
	bench switch $rounds >/dev/null
	bench switch $rounds
}

# row NAME: with what is loaded now
row()
{
	pass | awk -v name="$1" -v bare="$bare" '{ printf "switch %-36s %8.1f %8.1f\n", name, $1, $1 - bare }'
}

# loaded NAME MODULE PARAMETERS...
loaded()
{
	name=$1 ko=$2
	shift 2
	insmod "$ko" "$@" || exit 1
	row "$name"
	rmmod "$(basename "$ko" .ko)"
}

# The first seconds after boot cost nearly twice as much: wait for them to pass.
sleep 10
bare=$(pass)
row bare
for symbol in finish_task_switch finish_task_switch.isra.0; do
	grep -q " $symbol\$" /proc/kallsyms && found=$symbol
done
loaded "empty kprobe" /m/ptop_empty.ko hook=kprobe symbol=$found
loaded "empty tracepoint" /m/ptop_empty.ko hook=tracepoint
for hook in kprobe tracepoint; do
	for stacks in kernel both; do
		loaded "perftop hook=$hook stacks=$stacks" $KO hook=$hook stacks=$stacks
	done
done

# A full table: 4096 entries, by more different stacks than that.
insmod $KO hook=kprobe || exit 1
mkfifo /tmp/ready
READY=1 manystacks -d 13 -o 3>/tmp/ready &
read -r _ </tmp/ready
sed -n 's/^# table: */full table: /p' /proc/perftop
for top in 20 1000; do
	echo $top >/sys/module/perftop/parameters/top
	bench read /proc/perftop |
		awk -v top=$top '{ printf "read top=%d: open %d, read %d instructions, %d bytes\n", top, $1, $2, $3 }'
done
bench read /proc/schedtop |
	awk '{ printf "read schedtop: open %d, read %d instructions, %d bytes\n", $1, $2, $3 }'
kill %1
rmmod perftop
