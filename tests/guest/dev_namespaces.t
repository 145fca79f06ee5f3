# SPDX-License-Identifier: GPL-2.0-only
# timeout: 60
# Readers in a container: pids and paths are the machine's, whichever reads first; and what an open file takes is charged to its opener.
. /t/lib.sh

# names PID: the files of the user frames where it sleeps
names() { lat $T/now.l $1 frames | tr ';' '\n' | sed -n 's/^u \(.*\)+0x.*/\1/p; s/^u \(\[unknown\]\).*/\1/p' | sort -u; }

# It sleeps since before the load, so its names are looked up by the reader.
root=$T/root
mkdir -p $root/bin $root/proc
cp /bin/busybox $root/bin/
mount -t proc proc $root/proc
asleep() {
	"$@" &
	PID=$!
	JOBS="$JOBS $PID"
	until grep -q '^State:	S' /proc/$PID/status && [ "$(cat /proc/$PID/comm)" = "${1##*/}" ]; do :; done
}
asleep $root/bin/busybox sleep 3600
inner=$PID
asleep /bin/busybox sleep 3600
outer=$PID
ptop_load sleepers=10000
# Fails if: the pid is looked up in the reader's namespace, or the path is the one in its root directory.
check "a reader in a pid namespace of its own, and with a root of its own" unshare -p -f chroot $root /bin/busybox cat /proc/lattop
cp $T/check $T/now.l
is "it has the path from the machine's root" "$(names $inner)" "$root/bin/busybox"
is "... of a process outside, too" "$(names $outer)" /bin/busybox
take_lat
is "so has the next reader" "$(names $inner) $(names $outer)" "$root/bin/busybox /bin/busybox"
umount $root/proc

# 40 programs that have a file open, in a group of their own
mkdir $T/cg
if mount -t cgroup2 none $T/cg 2>/dev/null && grep -qw memory $T/cg/cgroup.controllers; then
	echo +memory >$T/cg/cgroup.subtree_control
	start herd -s -n 200
	# taken FILE: how much that takes
	taken() {
		local n
		mkdir $T/cg/ptop
		sh -c "echo \$\$ >$T/cg/ptop/cgroup.procs
			for n in \$(seq 40); do /bin/sleep 3600 <$1 & done
			wait" &
		PID=$!
		# Opened before it's executed.
		until [ "$(while read -r n; do cat /proc/$n/comm; done <$T/cg/ptop/cgroup.procs 2>/dev/null | grep -cx sleep)" = 40 ]; do :; done
		TAKEN=$(cat $T/cg/ptop/memory.current)
		echo 1 >$T/cg/ptop/cgroup.kill 2>/dev/null || kill -9 $(cat $T/cg/ptop/cgroup.procs)
		wait $PID
		until rmdir $T/cg/ptop 2>/dev/null; do :; done
	}
	taken /dev/null
	without=$TAKEN
	for file in $P $S $L; do
		cat $file >$T/text
		rows=$(grep -cE '^ +[0-9]+ ' $T/text)
		taken $file
		# Fails if: it's the machine's memory, and nobody's.
		true_that "$file: $rows rows, $without bytes without it and $TAKEN with it" "$TAKEN - $without > 40 * 150 * $rows"
	done
	umount $T/cg
else
	skip "the opener pays" "this kernel has no memory cgroups"
fi
finish
