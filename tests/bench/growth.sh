# In the guest: what grows with the entries in use. For each size: what is added to
# a switch while another process' entries lie there, and while the workload itself
# goes through that many in turn; what a read takes; how long it keeps interrupts
# off; memory.

# The longest that a timer came too late while the command runs: late SIZE KEY COMMAND...
late()
{
	size=$1 key=$2
	shift 2
	insmod /m/ptop_late.ko || return
	"$@" >/dev/null
	say $size $key "$(cat /sys/module/ptop_late/parameters/worst)"
	# Who had interrupts off: below the interrupt's frames and that of the unlocking.
	say $size ${key}_in "$(sed -n '1,/asm_sysvec/d; s/^ *//; /^_raw_/d; s/+.*//p; q' /sys/module/ptop_late/parameters/stack)"
	# For those who wonder; not for the tables.
	sed "s/^ */# $size $key: /" /sys/module/ptop_late/parameters/stack
	rmmod ptop_late
}

thrice()
{
	for _ in 1 2 3; do
		bench read "$1"
	done
}

for size in 100 1000 10000 100000; do
	rounds=$((size > 40000 ? size / 2 : 20000))
	# A process that cycles is new each time: no second pass, it warms up by itself.
	cycle_bare=$(bench cycle $rounds $size)
	switch_bare=$(pass switch)
	ring_bare=$(pass ring)

	entries=2048
	while [ $entries -lt $((size + size / 8)) ]; do
		entries=$((entries * 2))
	done
	say $size entries $entries
	if ! insmod "$KO" budget=100 hook=$HOOK max_stacks=$entries 2>/tmp/why; then
		say $size why "insmod: $(tail -n1 /tmp/why)"
		continue
	fi
	say $size memory "$(header memory /proc/perftop)"
	say $size cycle "$(bench cycle $rounds $size)"
	echo reset >/proc/perftop
	chains $size
	say $size table "$(header table /proc/perftop)"
	say $size switch "$(pass switch)"
	say $size ring "$(pass ring)"
	say $size switch_bare $switch_bare
	say $size ring_bare $ring_bare
	say $size cycle_bare $cycle_bare
	for top in 20 1000; do
		echo $top >/sys/module/perftop/parameters/top
		thrice /proc/perftop | sort -n | sed -n "2s/\(.*\) \(.*\) .*/$size|open$top|\1\n$size|read$top|\2/p"
	done
	thrice /proc/schedtop | sort -n | sed -n "2s/\(.*\) \(.*\) .*/$size|open_sched|\1\n$size|read_sched|\2/p"
	thrice /proc/lattop | sort -n | sed -n "2s/\(.*\) \(.*\) .*/$size|open_lat|\1\n$size|read_lat|\2/p"
	echo 20 >/sys/module/perftop/parameters/top
	late $size late_other cat /proc/kallsyms
	late $size late cat /proc/perftop /proc/schedtop /proc/lattop /proc/perftop
	grep -q 'missed 0,' /proc/perftop || say $size why "$(grep missed /proc/perftop)"
	grep -q '^#   evicted: *0 ' /proc/perftop || say $size why "$(grep evicted /proc/perftop)"
	kill -9 $chains
	wait $chains
	rmmod perftop
done
