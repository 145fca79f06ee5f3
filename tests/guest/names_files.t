# SPDX-License-Identifier: GPL-2.0-only
# timeout: 60
# modules: overlay
# The files of user frames: paths as /proc/PID/maps has them, build ids wherever they are, and which file it is that has none.
. /t/lib.sh

# mapped PID COLUMN: of the first mapping of its program's file in /proc/PID/maps
mapped() { awk -v c="$2" 'NR == 1 { print $c }' /proc/$1/maps; }

# paths PID: of the files of its user frames where it naps. (What the process did before it executed that program is something else.)
paths() {
	awk -F'|' -v p="$1" '$1 == "sleep" && $2 == p && $9 ~ /nanosleep/ { n = split($9, f, ";"); for (i = 1; i <= n; i++) if (sub(/^u /, "", f[i])) print f[i] }' $T/rows |
		sed -n 's/+0x[0-9a-f]*$//p' | sort -u
}

# build_id PATH: as recorded; identity PATH: device, inode, size, ctime
build_id() { sed -n "s;^object|$1|;;p" $T/rows; }
identity() { sed -n "s;^file|$1|;;p" $T/rows; }

# rows NAME: what the device says now
rows() {
	cat /dev/perftop >$T/raw
	check "$1: a snapshot is whole" records check $T/raw
	records rows $T/raw >$T/rows || bail "rows"
}

# settled FILE: waits until its ctime is more than a second ago
settled() { until [ "$(date +%s)" -gt "$(($(stat -L -c %Z $1) + 1))" ]; do :; done; }

# identified NAME PATH PID: its identity is that of the mapping, with size and ctime as stat(2) says
identified() {
	is "$1: device and inode as in /proc/PID/maps, size, ctime" "$(identity $2)" \
		"$(mapped $3 4)|$(mapped $3 5)|$(stat -c %s $2)|$(stat -c '%Z %z' $2 | sed 's/^\([0-9]*\) .*\(\.[0-9]*\) .*/\1\2/')"
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
cp /bin/nestnoid $T/lower/low
! grep -qw overlay /proc/filesystems || mount -t overlay -o lowerdir=$T/lower,upperdir=$T/rw/upper,workdir=$T/rw/work overlay $T/merged
if grep -q " $T/merged overlay " /proc/mounts; then
	cp /bin/nestnoid $T/merged/up
	settled $T/merged/up
	for file in low up; do
		start $T/merged/$file
		rows "overlayfs, $file"
		is "... its path" "$(paths $PID)" $T/merged/$file
		is "... as in /proc/PID/maps" "$(mapped $PID 6)" $T/merged/$file
		identified "..." $T/merged/$file $PID
		echo "# stat $(stat -c '%d:%i' $T/merged/$file), of the file below $(stat -c '%d:%i' $T/lower/$file $T/rw/upper/$file 2>/dev/null)"
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
settled $T/far
start $T/far
rows "a build id far from the first page"
is "... it is known" "$(build_id $T/far)" "$(records build-id /bin/nest)"
is "... and there is no other identity" "$(identity $T/far)" ""

# ---- none
# Fails if: files have no identity; or one that may change, or have changed, without a new ctime has.

for file in noid gone young; do
	cp /bin/nestnoid $T/$file
done
cd $T
start mappings files 2
cd /
stop_all
settled $T/file1
start $T/noid
noid=$PID
start mappings file $T/file0
file0=$PID
rows "no build id"
is "... none is recorded" "$(build_id $T/noid)" ""
identified "... but which file it is" $T/noid $noid
is "... of a library, too" "$(identity $T/file0 | cut -d'|' -f2)" "$(stat -c %i $T/file0)"
stop_all
exec 4<>$T/file1
start mappings file $T/file1
exec 5<$T/gone
rm $T/gone
settled /proc/self/fd/5
start /proc/self/fd/5
gone=$PID
# The clock is set back, so that it was changed after now.
date -s "@$(($(date +%s) - 1000))" >/dev/null
start $T/young
young=$PID
rows "files that aren't what they were for sure"
date -s "@$(($(date +%s) + 1000))" >/dev/null
like "... one is known" "$(sed -n "s;^object|$T/;;p" $T/rows)" '^file1'
is "... but it is written to" "$(identity $T/file1)" ""
is "... one is deleted" "$(paths $gone) $(identity "$T/gone.*")" "$T/gone (deleted) "
is "... one has just been changed" "$(paths $young) $(identity $T/young)" "$T/young "
exec 4<&- 5<&-
finish
