# SPDX-License-Identifier: GPL-2.0-only
# timeout: 240
# needs: valgrind
# valgrind finds no leak and no error in commands that need the module; tests/tool/leaks.t has the others, and knows those that
# are here by "clean STATUS COMMAND".
. /t/lib.sh

# What valgrind sees is in a root of its own, with libraries.
for dir in dev proc sys tmp; do
	mount --bind /$dir /valgrind/$dir
done
mkdir -p /dev/pts
grep -q ' /dev/pts ' /proc/mounts || mount -t devpts devpts /dev/pts
mount --bind /dev/pts /valgrind/dev/pts

# perftop ARGUMENTS...: under valgrind, by way of $VIA. (It doesn't know the device's ioctl.)
perftop() {
	$VIA sh /valgrind/run -q --sim-hints=lax-ioctls --leak-check=full --show-leak-kinds=definite,indirect,possible \
		--errors-for-leak-kinds=definite,indirect,possible --error-exitcode=99 --log-file=$T/valgrind /usr/bin/perftop "$@"
}

# clean STATUS COMMAND...: perftop ends so, and valgrind has nothing to say
clean() {
	local wanted=$1 got
	shift
	rm -f $T/valgrind
	perftop "$@" >$T/said 2>$T/err
	got=$?
	# Debian 12's doesn't know pidfd_open() and openat2(): there they fail.
	[ ! -e $T/valgrind ] || sed -i '/unhandled amd64-linux syscall: 43[47]$/,/bug_reports.html/d' $T/valgrind
	if [ $got = $wanted ] && [ -e $T/valgrind ] && [ ! -s $T/valgrind ]; then
		ok "perftop $*"
	else
		{ echo "exit $got"; cat $T/valgrind $T/err $T/said; echo; } | not_ok "perftop $*"
	fi
}

# wait_for REGEX [TIMES]: so many lines of what it said, within 180 s
wait_for() {
	local end=$(awk "BEGIN { print $(uptime_s) + 180 }")
	until [ "$(grep -cE "$1" $T/said 2>/dev/null || :)" -ge ${2:-1} ]; do
		if awk "BEGIN { exit !($(uptime_s) > $end) }"; then
			cat $T/said $T/err $T/valgrind | diag
			bail "$1 never comes"
		fi
		sleep 0.2
	done
}

# The processes sleep for the most part: valgrind is slow enough when it has the CPU for itself.
ptop_load
ln -s /bin/nest $T/minenest
ln -s /bin/kin $T/mine

# Processes that exist already and that start, threads, a table meanwhile, and one at the end.
start $T/minenest
rm -f $T/said
# What makes a table allows no system calls but its own, so not valgrind's: make fuzz-unwind looks for leaks there.
clean 0 unwind --list
clean 0 watch -d 2 mine &
watch=$!
wait_for '^# +seconds comm; event'
$T/mine >$T/kin 2>&1
wait_for 'processes are alive' 2
stop_all
wait $watch
like "it has seen them" "$(grep -c 'executed execve syscall\|cloned thread' $T/said)" '^[1-9][0-9]*$'

# (How right it is is not asked of an emulated machine under load.) A command takes ten seconds here, and more with what it does.
if [ $SHARE = 100 ]; then
	start nest
	start nap
	clean 0 verify -d 2 --run-limit=100 --delay-limit=100
	like "threads were compared" "$(cat $T/said)" 'threads existed throughout, [0-9]{2,} compared$'
	# These write a word to the device. The tool's own tests have doctor (tests/tool/leaks.t).
	clean 0 reset
	clean 0 pause
	clean 0 resume
fi
stop_all

cr=$(printf '\r')
VIA="term stacks=2${cr}qr3${cr}q1${cr}qq --"
TERM=linux clean 0 top -d 0.5
VIA=
ptop_unload
[ $SHARE != 100 ] || clean 1 doctor
finish
