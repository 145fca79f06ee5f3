# SPDX-License-Identifier: GPL-2.0-only
# timeout: 60
# modules: overlay
# The files of user frames: paths as /proc/PID/maps has them, and build ids wherever they are.
. /t/lib.sh

# mapped PID COLUMN: of the first mapping of its program's file in /proc/PID/maps
mapped() { awk -v c="$2" 'NR == 1 { print $c }' /proc/$1/maps; }

# paths PID: of the files of its user frames where it naps. (What the process did before it executed that program is something else.)
paths() {
	awk -F'|' -v p="$1" '$1 == "sleep" && $2 == p && $9 ~ /nanosleep/ { n = split($9, f, ";"); for (i = 1; i <= n; i++) if (sub(/^u /, "", f[i])) print f[i] }' $T/rows |
		sed -n 's/+0x[0-9a-f]*$//p' | sort -u
}

# build_id PATH: as recorded
build_id() { sed -n "s;^object|$1|;;p" $T/rows; }

# rows NAME: what the device says now
rows() {
	cat /dev/perftop >$T/raw
	check "$1: a snapshot is whole" records check $T/raw
	records rows $T/raw >$T/rows || bail "rows"
}

ptop_load

# ---- paths
# Fails if: one that is longer than any room isn't kept at all, or not its end.

mkdir $T/deep
mount -t tmpfs deep $T/deep
for length in 1000 3700 5000 9000; do
	mkdir $T/deep/$length
	cd $T/deep/$length
	start deep $length /bin/nest
	cd /
	mapped $PID 6 >$T/path.$PID
	deep="$deep $PID"
done
rows "long paths"
for pid in $deep; do
	is "of a path of $(wc -c <$T/path.$pid) bytes the end" "$(paths $pid)" "...$(tail -c 125 $T/path.$pid)"
done
stop_all
umount $T/deep

# Fails if: it is that of the file system below, as that is what is mapped.
mkdir $T/lower $T/rw $T/merged
mount -t tmpfs rw $T/rw
mkdir $T/rw/upper $T/rw/work
cp /bin/nest $T/lower/low
! grep -qw overlay /proc/filesystems || mount -t overlay -o lowerdir=$T/lower,upperdir=$T/rw/upper,workdir=$T/rw/work overlay $T/merged
if grep -q " $T/merged overlay " /proc/mounts; then
	cp /bin/nest $T/merged/up
	for file in low up; do
		start $T/merged/$file
		rows "overlayfs, $file"
		is "... its path" "$(paths $PID)" $T/merged/$file
		is "... as in /proc/PID/maps" "$(mapped $PID 6)" $T/merged/$file
	done
	stop_all
	umount $T/merged
else
	skip "overlayfs" "this kernel has none"
fi
umount $T/rw

# ---- build ids
# Fails if: only the first page of a file is looked at.

records far-note /bin/nest >$T/far
chmod +x $T/far
start $T/far
rows "a build id far from the first page"
is "... it is known" "$(build_id $T/far)" "$(records build-id /bin/nest)"

finish
