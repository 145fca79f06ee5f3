# SPDX-License-Identifier: GPL-2.0-only
# timeout: 60
# modules: overlay
# needs: perftop
# Names of functions of a program without a build id: those of the very file that runs, or none.
. /t/lib.sh

# functions PATH: how the place where that program naps is shown now, without the offset. (It would tell a terminal, which the test has, how far it is.)
functions() { perftop lat -t 1000 2>$T/err | sed -n "s;^ *u \(.*(\)\?$1+0x.*;\1;p" | sort -u | xargs; }

settled() { until [ "$(date +%s)" -gt "$(($(stat -L -c %Z $1) + 1))" ]; do :; done; }

ptop_load
mkdir $T/lower $T/rw $T/merged
mount -t tmpfs rw $T/rw
mkdir $T/rw/upper $T/rw/work
cp /bin/nestnoid $T/here
cp /bin/nestnoid $T/lower/low
files=$T/here
! grep -qw overlay /proc/filesystems || mount -t overlay -o lowerdir=$T/lower,upperdir=$T/rw/upper,workdir=$T/rw/work overlay $T/merged
if grep -q " $T/merged overlay " /proc/mounts; then
	cp /bin/nestnoid $T/merged/up
	files="$files $T/merged/low $T/merged/up"
else
	skip "overlayfs" "this kernel has none"
fi
for file in $files; do
	settled $file
	start $file
	like "${file#$T/}: its functions" "$(functions $file)" 'nest1 \( nest2 \( nest3 \('
	# Fails if: what was changed, or replaced, is taken for what runs. (What is below changes as well: it's copied up.)
	case $file in
	*/low) chmod 700 $file ;;
	*)
		cp -p $file $file.new
		mv $file.new $file
		;;
	esac
	is "... none of another file in its place" "$(functions $file)" ""
done
stop_all
! grep -q " $T/merged overlay " /proc/mounts || umount $T/merged
umount $T/rw
finish
