# SPDX-License-Identifier: GPL-2.0-only
# timeout: 60
# What a reader has allocated is what is in use, once: however many threads there may be (max_threads=), and CPUs. Here each snapshot is taken
# again with room for all of them to wake up.
. /t/lib.sh

MODULE=/m/perftop-unready.ko
mkdir $T/cg
mount -t cgroup2 none $T/cg || bail "no control groups"
echo +memory >$T/cg/cgroup.subtree_control
mkdir $T/cg/reader
# Each slot is one wait of 56 bytes: 14 MB; 9 more are for what the rows are, and the program. With --smp=64 --mem=2048 there are as many slots as
# there may be.
SLOTS=$((NCPU * 131072))
[ $SLOTS -le 1048576 ] || SLOTS=1048576
MB=$((SLOTS * 56 / 1048576))
ptop_load max_threads=131072 sleepers=1000 stacks=kernel depth=1
start hack -g 1 -f 2
echo $((MB + 9))M >$T/cg/reader/memory.max
for file in /dev/perftop /proc/lattop /proc/perftop /proc/schedtop; do
	check "$file is read with $((MB + 9)) MB" sh -c "echo \$\$ >$T/cg/reader/cgroup.procs; cat $file >/dev/null"
	echo "# at most $(cat $T/cg/reader/memory.peak) bytes until now"
done
# Fails if: nobody pays for it.
echo $((MB - 6))M >$T/cg/reader/memory.max
is "with less it isn't" "$(sh -c "echo \$\$ >$T/cg/reader/cgroup.procs; cat /dev/perftop >/dev/null" 2>&1 | grep -c 'Cannot allocate memory\|out of memory')" 1
stop_all
check_accounting "afterwards"
rmdir $T/cg/reader
umount $T/cg
finish
