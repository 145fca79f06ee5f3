# In the guest, with QEMU's plugin tests/bench/lines.c: how many cache lines of data a
# switch touches.

address()
{
	sed -n "s/^\([0-9a-f]*\) . $1\$/0x\1/p" /proc/kallsyms | head -n1
}

# What perftop allocates at load, as "ADDRESS BYTES CALLER"; then what is static.
trace=/sys/kernel/tracing
echo 'p:asked perftop:ptop_memory_get bytes=%di:x64
r:got perftop:ptop_memory_get at=$retval:x64' >$trace/kprobe_events
allocations()
{
	sed -n 's/.* asked: .*bytes=/asked /p; s/.* got: (\([a-z_0-9]*\)+.*\[perftop\] <-.*at=/got \1 /p' /tmp/trace |
		awk '$1 == "asked" { bytes = $2 } $1 == "got" { print $3, bytes, $2 }'
}

# Names have up to eight characters.
tell_all()
{
	plugsay F
	tables=0 cpus=0
	allocations | while read -r at bytes caller; do
		case $caller in
		ptop_table_init)
			tables=$((tables + 1))
			name=$(echo stacks stacks-b pids pids-b sleeps sleeps-b | cut -d' ' -f$tables)
			;;
		ptop_cpu_alloc)
			cpus=$((cpus + 1))
			name=$(echo cpu hints | cut -d' ' -f$cpus)
			;;
		*) name=$(echo "$caller" | sed 's/^ptop_//; s/_init$//' | cut -c1-8) ;;
		esac
		echo "# $at $bytes $caller: $name"
		plugsay O "$at" "$bytes" "$name"
	done
	# Nothing else is in the modules' part of memory.
	plugsay O 0xffffffffc0000000 0x1000000 static
	plugsay T 0xffffffffc0000000 0xffffffffff000000
}

workload()
{
	case $1 in
	switch) bench switch 3000 ;;
	random) loads random 300 64 ;;
	esac
}

count()
{
	workload "$2" >/dev/null
	plugsay B
	workload "$2" >/dev/null
	plugsay E "$1$2"
}

plugsay S "$(address __switch_to_asm)"
for workload in switch random; do
	count b- $workload
done
echo 1 >$trace/events/kprobes/enable
insmod "$KO" budget=100 hook=tracepoint stacks=both
echo 0 >$trace/events/kprobes/enable
cp $trace/trace /tmp/trace
: >$trace/kprobe_events
# For those who wonder which of the static ones are touched; not for the table.
sed -n 's/^\([0-9a-f]* [bBdD] [^ ]*\)\t\[perftop\]$/# \1/p' /proc/kallsyms
tell_all
for workload in switch random; do
	count p- $workload
done
rmmod perftop
