# SPDX-License-Identifier: GPL-2.0-only
# timeout: 240
# Who reads lets others have the CPU: half a millisecond at most passes until they do, whatever there is to read. Here a nanosecond is an
# instruction: a real CPU takes less for as many.
. /t/lib.sh

THREADS=${THREADS:-1200} STACKS=${STACKS:-2000}

ptop_load entries=65536 sleeps=65536 tasks=8192 sleepers=10000 top=1000
mkfifo $T/go
crowd $THREADS $T/go >$T/crowd.out 2>&1 &
JOBS="$JOBS $!"
start manystacks -n $STACKS -o
echo thread >$PARAM/sum
settled() {
	take_lat
	[ "$(lat_flat $T/now.l | grep -c crowd)" -ge $THREADS ]
}
await() { local i; for i in $(seq 100); do settled && return; usleep 200000; done; return 1; }
check "$THREADS threads of a process sleep" await
true_that "and there are $STACKS stacks" "$(sed -n 's/^# table: *\([0-9]*\).*/\1/p' /proc/perftop) > $STACKS - 1000"

insmod /m/ptop_gap.ko comm=reader || bail "ptop_gap"
GAP=/sys/module/ptop_gap/parameters
# worst COMMAND: of a shell that is called so
worst() {
	echo 0 >$GAP/worst
	sh -c "printf reader >/proc/self/comm; $1"
	cat $GAP/worst
}
stalls() {
	local worst=$(worst "$2")
	[ "$worst" -lt 500000 ] || diag <$GAP/stack
	true_that "$1: nobody waits longer than 0.5 ms ($worst ns)" "$worst > 0 && $worst < 500000"
}
# Fails if: what is measured isn't there.
worst=$(worst "echo 700000 >$GAP/burn")
true_that "who keeps the CPU for 0.7 ms is found ($worst ns)" "$worst >= 690000 && $worst < 1200000"

# Fails if: they are all walked over, sorted, ranked or copied in one go.
for file in /proc/perftop /proc/schedtop /proc/lattop /dev/perftop; do
	stalls $file "while read -r line; do :; done <$file"
done
echo process >$PARAM/sum
stalls "/proc/lattop by process" "while read -r line; do :; done </proc/lattop"
for command in reset pause resume target=crowd target=; do
	stalls $command "echo $command >/proc/perftop"
done
rmmod ptop_gap
finish
