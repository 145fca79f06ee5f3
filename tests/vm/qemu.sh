# How guests are run by QEMU. Sourced, after paths.sh.
# shellcheck shell=bash

# guest_arch NAME: that of a kernel, into ARCH; CROSS is the prefix of its compiler, and WORKLOADS
# where its programs are.
guest_arch()
{
	ARCH=x86_64 CROSS='' WORKLOADS=$BUILD/work
	[[ $1 != *-arm64 ]] || ARCH=aarch64 CROSS=aarch64-linux-gnu- WORKLOADS=$BUILD/work-arm64
}
guest_arch ''

# workload FILE: compile one of tests/work/*.c, or a folder tests/work/*/ of files that are one program, into WORKLOADS, once per
# contents; .cc is C++. WORK_CC=clang and WORK_FLAGS=-O3 in the environment are another compiler and more flags; a file says so by "build: FLAGS"
# and "compiler: clang". With "dynamic" it isn't static. What says "not on arm64: WHY" isn't compiled for it; that's told once.
workload()
{
	local f=${1%/} files name flags more hash cc
	mkdir -p "$WORKLOADS"
	exec 9>"$WORKLOADS/.lock"
	flock 9
	name=${f##*/}
	name=${name%.c*}
	files=("$f")
	[ ! -d "$f" ] || files=("$f"/*.c)
	cc=$(sed -n 's|^/\* compiler: \(.*\) \*/$|\1|p' "${files[@]}")
	cc=$CROSS${cc:-${WORK_CC:-gcc}}
	if [[ $f == *.cc ]]; then
		cc=${cc/%gcc/g++}
		cc=${cc/%clang/clang++}
	fi
	cc+=' -Wall -O1 -g0 -fno-omit-frame-pointer -fno-optimize-sibling-calls -pthread'
	grep -qx '/\* dynamic \*/' "${files[@]}" || cc+=' -static'
	flags=$(sed -n 's|.*/\* build: \(.*\) \*/.*|\1|p' "${files[@]}")${WORK_FLAGS:+ $WORK_FLAGS}
	more=$(sed -n 's|^#include "\(.*\.c\)"$|\1|p' "${files[@]}")
	hash=$(cat "${files[@]}" ${more:+"$WORK/$more"} "$WORK"/*.h "$WORK"/*/*.h "$TOP"/src/uapi/*.h 2>/dev/null |
		cat - <(echo "$cc $flags") | sha256sum)
	if [ "$(cat "$WORKLOADS/.$name" 2>/dev/null)" != "$hash" ]; then
		if [ "$ARCH" = aarch64 ] && grep -q '^/\* not on arm64: ' "${files[@]}"; then
			rm -f "$WORKLOADS/$name"
			say "$name: $(sed -n 's|^/\* \(not on arm64: .*\) \*/$|\1|p' "${files[@]}")"
		else
			# shellcheck disable=SC2086 # lists of flags
			$cc -o "$WORKLOADS/$name" "${files[@]}" $flags >&2 || return
		fi
		echo "$hash" >"$WORKLOADS/.$name"
	fi
	exec 9>&-
}

# One thread for all virtual CPUs, which changes between them each 100 ms and where one
# waits. With a thread for each ("multi") the guest died of our probes, at RIP 0 below
# __schedule(), once in some 60 loads on a busy host: QEMU ran stale code. A store to
# code first drops its translation (notdirty_write() in accel/tcg/cputlb.c), and then
# stores: another CPU that comes by in between translates the old bytes, and that stays.
# So it hits a breakpoint that the kernel has removed, and believes it has waited until
# nobody can. (Or it hung: the kernel finds no breakpoint there and goes back to it, for
# ever, as at the jump label of sched_switch, with the run queue locked.) All versions of QEMU are so; before 8.1 it was more often.
#
# guest_accel THREADS CPU: adds to the array args; CPU is for emulation
guest_accel()
{
	if [ "$ARCH" = x86_64 ] && grep -qwE 'vmx|svm' /proc/cpuinfo && [ -w /dev/kvm ]; then
		args+=(-accel kvm -cpu host)
	else
		args+=(-accel "tcg,thread=$1" -cpu "$2")
	fi
}

# guest_clock HZ: what the kernel is told about its clocks. Those of arm64 say their rate.
guest_clock()
{
	local tsc
	[ "$ARCH" = x86_64 ] || return 0
	workload "$WORK/tsc.c" && tsc=$("$BUILD/work/tsc") || return
	echo "tsc_early_khz=$tsc lpj=$((4000000000 / $1))"
}

# A panic or an oops ends qemu at once, with status 0. The watchdogs' limits are
# wide since a busy host stalls virtual CPUs for seconds; nor does the boot panic
# then because the timer seems not to work (no_timer_check), or Linux give up the
# TSC because the CPUs' seem to differ (tsc=reliable): all are the host's. Nor does
# the guest measure its clock and its delay loop, since a stall in between made them
# wrong by any factor: a second of the host was 13 of the guest, and all timeouts as
# short; or mdelay() on one of the CPUs took a thousandth of the time. The TSC is the
# host's; the delay loop counts it, here one of 4 GHz, so that no delay is too short.
# Kernel stacks begin at another place in each system call (not in 5.10): Debian's default.
#
# The machine "virt" of arm64 has one serial line, so the second is on PCI; and no exit device:
# there semihosting does the same (tests/vm/quit.c).
#
# guest_boot LOG LIMIT APPEND ARGS...: LOG.con is the console, LOG.tap the second serial
# line, LOG.costs what each test took (tests/vm/costs); $qemu is tests/vm/qemu's. No test ends by status 0: that's a reset or a panic.
guest_boot()
{
	local log=$1 limit=$2 append=$3 status=0 console=ttyS0 devices costs
	shift 3
	rm -f "$log.con" "$log.tap" "$log.pid"
	devices=(-serial "file:$log.tap" -device "isa-debug-exit,iobase=0x501,iosize=1")
	if [ "$ARCH" = aarch64 ]; then
		console=ttyAMA0
		devices=(-chardev "file,id=tap,path=$log.tap" -device "pci-serial,chardev=tap"
			-semihosting-config "enable=on,userspace=on,target=native")
	fi
	"$TOP/tests/vm/costs" "$log" </dev/null >/dev/null &
	costs=$!
	# shellcheck disable=SC2154 # qemu is the caller's
	# In the foreground: an interrupt ends qemu too.
	timeout --foreground -k 5 "$limit" "$qemu" "$@" -nodefaults -no-user-config -no-reboot -display none \
		-pidfile "$log.pid" -serial "file:$log.con" "${devices[@]}" \
		-append "console=$console loglevel=5 no_timer_check tsc=reliable oops=panic panic=-1 panic_on_warn=1 \
printk.devkmsg=on watchdog_thresh=30 rcupdate.rcu_cpu_stall_timeout=60 workqueue.watchdog_thresh=0 randomize_kstack_offset=on $append" \
		</dev/null >"$log.qemu" 2>&1 || status=$?
	kill "$costs" 2>/dev/null || :
	wait "$costs" || :
	rm -f "$log.pid"
	[ ! -s "$log.qemu" ] || cat "$log.qemu" >&2
	return $status
}
