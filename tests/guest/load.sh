# SPDX-License-Identifier: GPL-2.0-only
# Loads and unloads the module $KO with hook $HOOK, and has others use it meanwhile; the kernel's log; suspends. Of lib.sh.

ptop_loaded() { grep -q '^perftop ' /proc/modules; }

# ptop_load [PARAMETERS...]: with a budget that no emulated machine overdraws, unless another is given
ptop_load() {
	dmesg_mark
	REPLY=$(mod ins ${MODULE:-$KO} hook=$HOOK budget=100 "$@")
	[ "$REPLY" = OK ] || bail "insmod $MODULE hook=$HOOK $*: $REPLY"
}

ptop_unload() {
	REPLY=$(mod rm perftop)
	[ "$REPLY" = OK ] || bail "rmmod: $REPLY"
}

# nothing_left WHEN
nothing_left() {
	local files="$P $S $L /proc/perftop_events /dev/perftop /sys/module/perftop"
	ls -d $files >$T/left 2>/dev/null
	if ptop_loaded || [ -s $T/left ]; then
		{ cat $T/left; cat /proc/modules; } | not_ok "$1: nothing is left"
	else
		ok "$1: nothing is left"
	fi
}

# share NUMBER: how often that is done here which is done so often where there is time: REPEAT times, and SHARE percent of it; not so seldom
# that nothing comes together.
share() {
	local n=$(($1 * REPEAT * SHARE / 100))
	echo $((n > 4 ? n : 4))
}

# rounds ALL SOME: how often that is done here which is the same each time: ALL times where there is time for it.
rounds() { [ $SHARE = 100 ] && echo $1 || echo $2; }

# hookless: what comes depends on no hook, and takes long: with the kprobe, and where there is time with the other one, too.
hookless() { [ $HOOK = kprobe ] || [ $SHARE = 100 ]; }

# forever COMMAND...: over and over, until the test ends; what it says is lost
forever() {
	(while :; do "$@"; done) >/dev/null 2>&1 &
	JOBS="$JOBS $!"
}

# To be done again: reads all there is, and writes all that may be written
read_all() { cat $P $S $L /dev/perftop; }
write_all() {
	for word in reset pause resume target=hack target=; do
		echo $word >$P
	done
}

# Between readers that open and close; how often one was in the way is in $BUSY.
unload_between() {
	BUSY=0
	until REPLY=$(mod rm perftop); do
		case $REPLY in
		EAGAIN | EBUSY) BUSY=$((BUSY + 1)) ;;
		*) return 1 ;;
		esac
	done
}

# load_cycles COUNT BETWEEN...: loads, does BETWEEN and unloads so often, under whatever goes on
load_cycles() {
	local count=$1 done=0
	shift
	while [ $done -lt $count ]; do
		REPLY=$(mod ins $KO hook=$HOOK budget=100)
		[ "$REPLY" = OK ] || break
		"$@"
		unload_between || break
		done=$((done + 1))
	done
	[ $done = $count ] || echo "# the last reply: $REPLY"
	is "loaded, read, written to and unloaded $count times" $done $count
}

# What the kernel's log has got since dmesg_mark, without time stamps.
dmesg_mark() {
	MARK="mark $$ $(uptime_s) $((MARKS += 1))"
	echo "$MARK" >/dev/kmsg
}

dmesg_since() { dmesg | sed -n "/$MARK\$/,\$p" | sed '1d; s/^\[[^]]*\] *//'; }

# suspend_load: the module, one that sleeps for good ($SLEEPER), one that computes on each of two CPUs, and some that wake each other
suspend_load() {
	ptop_load top=1000 sleepers=10000
	/bin/sleep 3600 &
	SLEEPER=$!
	JOBS=$SLEEPER
	SPINNERS=
	for cpu in 0 1; do
		start spin -c $cpu
		SPINNERS="$SPINNERS $PID"
	done
	start hack -g 1 -f 2
}

# suspended WAS: the machine has slept once more than WAS times, since when views b were taken; views c are new
suspended() {
	local pid first
	is "... it did" "$(cat /sys/power/suspend_stats/success)" $(($1 + 1))
	check "... the accounting balances" accounting_balances $T/b.p $T/b.s
	like "... they are open" "$(header $T/b.p state)" '^recording$'
	is "... the sleeper sleeps" "$(lat $T/b.l $SLEEPER now)" S
	# Fails if: a CPU that came back isn't looked at.
	for pid in $SPINNERS; do
		first=$(ticks_of $T/b.s $pid)
		while take c && [ "$(ticks_of $T/c.s $pid)" = "$first" ]; do :; done
	done
	ok "... the spinners run, on both CPUs"
}
