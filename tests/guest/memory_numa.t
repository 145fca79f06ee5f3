# SPDX-License-Identifier: GPL-2.0-only
# timeout: 60
# not on arm64: x86's page tables are looked at
# Where memory is, on two nodes: that of a CPU on the CPU's node, what all share on both; mapped by huge pages; as much as the header says.
. /t/lib.sh

MODULE=/m/perftop-where.ko
NODES=$(for cpu in $(seq 0 $((NCPU - 1))); do basename /sys/devices/system/cpu/cpu$cpu/node*; done | tr -d node | xargs)
LAST=$((NCPU - 1))

# What the module has said about each allocation since dmesg_mark: CPU (-1: all share it), pages, those on node 0, on node 1, in huge ones
memory() { dmesg_since | sed -n 's/.*test: memory of CPU \(.*\): pages=\(.*\) N0=\(.*\) N1=\(.*\) huge=\(.*\)/\1 \2 \3 \4 \5/p'; }
# pages WHICH [COLUMN]: sum of a column of those for which the awk condition WHICH is true
pages() { memory | awk "$1 { sum += \$${2:-2} } END { printf \"%d\", sum }"; }
# Those of a CPU of which a page is on another node, and those that are shared and aren't on both by halves; a single page is on one.
astray() {
	memory | awk -v nodes="$NODES" 'BEGIN { split(nodes, node, " ") }
		$1 >= 0 && $(3 + node[$1 + 1]) != $2
		$1 < 0 && ($3 - $4 > 1 || $4 - $3 > 1)'
}
# With what is in CPUs' lists of free pages.
free_bytes() { awk '$1 == "MemFree:" { sum += $2 * 1024 } $1 == "count:" { sum += $2 * 4096 } END { printf "%.0f\n", sum }' /proc/meminfo /proc/zoneinfo; }

is "CPUs are on two nodes" "$(echo $NODES | tr ' ' '\n' | sort -u | xargs)" "0 1"

# ---- default parameters, and a CPU that comes later

echo 0 >/sys/devices/system/cpu/cpu$LAST/online || bail "CPU $LAST doesn't go off line"
ptop_load
true_that "$NCPU CPUs' memory and what they share is told of" "$(memory | grep -c .) >= 9 * ($NCPU - 1) + 9"
is "CPU $LAST is off line, and has none" "$(pages "\$1 == $LAST")" 0
echo 1 >/sys/devices/system/cpu/cpu$LAST/online || bail "CPU $LAST doesn't come back"
of_one=$(pages '$1 == 0')
true_that "the others have some" "$of_one > 250"
# Fails if: a CPU's memory isn't asked for on its node, or what they share isn't spread.
is "CPUs' memory is on their nodes, the one's that has come, too; what they share is on both" "$(astray)" ""
is "each CPU has as much" "$(pages '$1 >= 0')" $((of_one * NCPU))
shared=$(pages '$1 < 0')
true_that "so much is shared ($shared pages)" "$shared > 500"
# What the kernel has write-protected since it booted is mapped by small pages, with what is beside that.
true_that "more than half of CPUs' memory is mapped by huge pages" "$(pages '$1 >= 0' 5) > $of_one * $NCPU / 2"
is "the header says how much it is" "$(number $P memory)" $((4096 * (of_one * NCPU + shared)))
ptop_unload
# With all CPUs on line at load there is room for more names.
ptop_load
shared=$(pages '$1 < 0')
ptop_unload

# The kernel's own word.
MODULE=$KO
ptop_load
# Fails if: what they share is all on one node.
grep '\[perftop\].* vmap .*N' /proc/vmallocinfo >$T/vmap
awk '{ n[0] = n[1] = 0; for (i = 1; i <= NF; i++) if ($i ~ /^N[01]=/) n[substr($i, 2, 1)] += substr($i, 4)
	if (n[0] - n[1] > 1 || n[1] - n[0] > 1) print }' $T/vmap >$T/uneven
is "each shared area is on both nodes" "$(cat $T/uneven)" ""
is "... all of them" "$(awk '{ for (i = 1; i <= NF; i++) if ($i ~ /^pages=/) sum += substr($i, 7) } END { print sum }' $T/vmap)" $shared
ptop_unload
MODULE=/m/perftop-where.ko

# ---- sizes far from a power of two

before=$(free_bytes)
ptop_load max_stacks=17000 max_pids=11000 max_sleeps=14000
memory=$(number $P memory) took=$((before - $(free_bytes)))
true_that "they take much" "$memory > $NCPU * 6000000"
# Fails if: memory is rounded up to powers of two, unseen. (4 MB: the module itself.)
true_that "as much as the header says ($memory bytes) is taken ($took bytes)" "$took <= $memory * 1.02 + 4000000 && $took >= $memory - 4000000"
ptop_unload
left=$((before - $(free_bytes)))
true_that "nothing is left ($left bytes)" "$left < 4000000"

# ---- larger than what is allocated in one piece

ptop_load max_stacks=50000
astray=$(astray)
is "large tables are on their CPUs' nodes" "$astray" ""
large=$(pages '$1 >= 0 && $2 > 1024') huge=$(pages '$1 >= 0 && $2 > 1024' 5)
true_that "there are such" "$large >= 1500 * $NCPU"
if grep -q ' vmalloc_huge' /proc/kallsyms; then
	is "huge pages map them" "$huge" $large
else
	is "this kernel has no huge pages for them" "$huge" 0
fi
check_accounting "it accounts"
finish
