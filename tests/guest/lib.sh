# SPDX-License-Identifier: GPL-2.0-only
# What the guest tests share: processes, TAP (tap.sh), loading the module (load.sh), its views (views.sh). A test sources this, and calls
# "finish" at its very end: that prints the plan, so a test that dies on the way has none.
#
# ARCH, HOOK, KO, NCPU, KVER, REPEAT, SHARE and SLOW (1, or how much slower a debug kernel is) come from the guest's runner.

P=/proc/perftop
S=/proc/schedtop
L=/proc/lattop
PARAM=/sys/module/perftop/parameters
T=$(mktemp -d)
# An emulated machine stalls for so many ns now and then, maybe between the scheduler's look at the clock and the module's; not where
# time is counted in instructions: there it is what a few interrupts take.
# With several CPUs they take turns of 100 ms, so that much more, and maybe twice.
STALL=25000000
[ $NCPU = 1 ] || STALL=225000000
[ -z "$ICOUNT" ] || STALL=200000
STALL=$((STALL * SLOW))
JOBS=
echo 0 >$T/tap_nr

# shellcheck source=/dev/null
. /t/tap.sh
. /t/load.sh
. /t/views.sh

# ---- the end

finish() {
	stop_all
	! ptop_loaded || ptop_unload
	[ ! -e $T/bailed ] || exit 1
	tell "1..$(cat $T/tap_nr)"
}

# Whatever happens, the next test finds the guest as it was.
leave() {
	moving
	stop_all
	for cpu in /sys/devices/system/cpu/cpu[0-9]*/online; do
		[ ! -e $cpu ] || [ "$(cat $cpu)" = 1 ] || echo 1 >$cpu
	done
	! ptop_loaded || rmmod perftop
	echo $RT_RUNTIME >/proc/sys/kernel/sched_rt_runtime_us
	rm -rf "$T"
}
trap leave EXIT

# ---- processes

# start COMMAND...: runs a workload in the background and waits until it is ready; its pid is in $PID, what it prints in $T/out.PID
start() {
	rm -f $T/ready
	mkfifo $T/ready
	READY=1 "$@" 3>$T/ready >$T/out 2>$T/err &
	PID=$!
	JOBS="$JOBS $PID"
	read -r REPLY <$T/ready
	if [ "$REPLY" != ready ]; then
		cat $T/err | diag
		bail "$* isn't ready"
	fi
	mv $T/out $T/out.$PID
	mv $T/err $T/err.$PID
}

# A workload's children die with it.
stop() {
	kill -9 "$@" 2>/dev/null
	wait "$@" 2>/dev/null
}

stop_all() {
	[ -z "$JOBS" ] || stop $JOBS
	JOBS=
}

# no_cgroups FOLDER: removes all below it, once nobody is in them any more, and the mount: the next test finds none
no_cgroups() {
	while [ -n "$(find "$1" -mindepth 1 -type d | head -n 1)" ]; do
		find "$1" -mindepth 1 -depth -type d -exec rmdir {} \; 2>/dev/null
	done
	until umount "$1"; do :; done 2>/dev/null
}

# The real-time classes may use all of a CPU, until this test ends: others may have one that never sleeps.
RT_RUNTIME=$(cat /proc/sys/kernel/sched_rt_runtime_us)
rt_unlimited() { echo -1 >/proc/sys/kernel/sched_rt_runtime_us; }

# still: no process but this shell and what it starts does anything, until "moving", so that what is compared is looked at sooner. Nor is who
# ends this test in time, the parent, stopped.
still() {
	kill -STOP -1
	kill -CONT $PPID
}
moving() { kill -CONT -1; }

# ns this process ran, by the kernel's account
ran_ns() { cut -d' ' -f1 /proc/$1/schedstat; }

# The same of one that blocks for good, once it does.
settled_ns() {
	while ! grep -q '^State:	S' /proc/$1/status; do
		[ -d /proc/$1 ] || bail "process $1 is gone"
	done
	ran_ns $1
}

# free_pid FROM: that pid, or the next lower one that nobody has
free_pid() {
	local pid=$1
	while [ -d /proc/$pid ]; do
		pid=$((pid - 1))
	done
	echo $pid
}

uptime_s() { cut -d' ' -f1 /proc/uptime; }
