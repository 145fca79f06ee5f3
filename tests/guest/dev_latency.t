# SPDX-License-Identifier: GPL-2.0-only
# timeout: 240
# A reader lets others have the CPU: half a millisecond at most passes until they do, whatever there is to read. Here a nanosecond is an
# instruction: a real CPU takes less for as many.
. /t/lib.sh

# APPEND="THREADS=20000 STACKS=60000" gives the kernel, and so its first process, these words. That takes --mem=2048, and a while.
THREADS=${THREADS:-4000} STACKS=${STACKS:-4000}

ptop_load max_stacks=65536 max_sleeps=65536 max_threads=32768 sleepers=10000 top=1000
for max in kernel/threads-max kernel/pid_max vm/max_map_count; do
	echo 200000 >/proc/sys/$max
done
mkfifo $T/go
crowd $THREADS $T/go >$T/crowd.out 2>&1 &
JOBS="$JOBS $!"
CROWD=$!
start manystacks -n $STACKS -o
echo thread >$PARAM/sum
crowded() { [ "$(sed -n 's/^Threads:[^0-9]*//p' /proc/$CROWD/status)" = $((THREADS + 1)) ]; }
await() { local i; for i in $(seq 1000); do crowded && return; usleep 100000; done; return 1; }
check "a process has $THREADS threads that sleep" await
true_that "and there are $STACKS stacks" "$(sed -n 's/^# table: *\([0-9]*\).*/\1/p' /proc/perftop) > $STACKS - 1000"

insmod /m/ptop_gap.ko || bail "ptop_gap"
GAP=/sys/module/ptop_gap/parameters
# worst COMM COMMAND...: of threads of that name
worst() {
	printf %s $1 >$GAP/comm
	echo 0 >$GAP/worst
	shift
	"$@" >$T/out
	cat $GAP/worst
}
# stalls NAME COMM COMMAND...
stalls() {
	local name=$1 worst
	shift
	worst=$(worst "$@")
	[ "$worst" -lt 500000 ] || diag <$GAP/stack
	true_that "$name: nobody waits longer than 0.5 ms ($worst ns)" "$worst > 0 && $worst < 500000"
}
# writer COMMAND: a shell that is called so
writer() { sh -c "printf writer >/proc/self/comm; $1"; }
# Fails if: what is measured isn't there.
worst=$(worst writer writer "echo 700000 >$GAP/burn")
true_that "a thread that keeps the CPU for 0.7 ms is found ($worst ns)" "$worst >= 690000 && $worst < 1200000"

# Fails if: they are all walked over, sorted, ranked or copied in one go.
for file in /proc/perftop /proc/schedtop /proc/lattop /dev/perftop; do
	stalls $file open open $file
done
echo process >$PARAM/sum
stalls "/proc/lattop by process" open open /proc/lattop
# Commands are carried out by a thread of the kernel's.
for command in reset pause resume target=crowd target=; do
	stalls "$command, the writer" writer writer "echo $command >/proc/perftop"
	stalls "$command, the worker" kworker/u writer "echo $command >/proc/perftop"
done
rmmod ptop_gap
finish
