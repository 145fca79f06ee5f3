# SPDX-License-Identifier: GPL-2.0-only
# timeout: 150
# needs: perftop
# perftop verify under load: run times within 0.1 %, delays within 1 %, as it says by itself; and what is wrong is found: the clock, or a
# share of each thread's time that goes to the next one.
. /t/lib.sh

ptop_load
# Debian's kernels don't keep interrupts out of a thread's time.
mkdir -p /boot
printf '# CONFIG_%s is not set\n' IRQ_TIME_ACCOUNTING PARAVIRT_TIME_ACCOUNTING >/boot/config-$(uname -r)
start spin
spin=$PID
start spin
start pingpong -c 0
perftop verify -d 1 >$T/verify 2>&1
status=$?
is "verify: right" $status 0
diag <$T/verify
like "all threads are compared" "$(cat $T/verify)" '^interval 1\.[0-9]+ s, 1 CPUs, ([0-9]+) threads existed throughout, \1 compared$'
true_that "the load is there" "$(sed -n 's/^run time own \([0-9.]*\) s.*/\1/p' $T/verify) > 0.7"
# A thread that runs all the time: little is left open. Two ticks at each of both moments are; and what it ran if verify had to wait for a CPU
# there.
true_that "what the scheduler says is known to 40 ms" "$(awk -v p=$spin '$1 == p { print $4 - $3 }' $T/verify) < 0.04"

stop_all

# off: the most that a thread of the load is off by in the last verify, of run time or of delay, in percent of the interval
off() {
	awk '/^interval/ { interval = $2 } $NF == "handoff" { for (i = 5; i <= 9; i += 4) { d = $i < 0 ? -$i : $i; if (d > most) most = d } }
		END { printf "%.2f\n", 100 * most / interval }' $T/verify
}

# Fails if: times are compared that begin with the wakeup in the one account, and with the switch in the other.
for load in pipe futex nap; do
	start handoff -c 0 $load
	perftop verify -d 1 >$T/verify 2>&1
	is "$load, where wakeups preempt: verify: right" $? 0
	diag <$T/verify
	like "$load: it was the load that was compared" "$(cat $T/verify)" ' handoff$'
	# In make check what follows is for one of them, and with one hook, as it takes long where instructions are counted.
	{ [ $load = futex ] && hookless; } || { [ $load = nap ] && [ $SHARE = 100 ]; } || { stop_all; continue; }
	# This file stands for one that can't be written.
	mount --bind /proc/version $PARAM/verify_times
	perftop verify -d 1 >$T/verify 2>&1
	status=$?
	umount $PARAM/verify_times
	diag <$T/verify
	if [ $load = futex ]; then
		is "$load: if times can't begin where the scheduler's do it can't be told" $status 3
		like "... which is said" "$(cat $T/verify)" '^run time own .*: inconclusive$'
		true_that "... as they differ by more than a percent of the interval ($(off))" "$(off) > 1"
	fi
	is "$load: the module has its own boundary again" "$(cat $PARAM/verify_times)" 0
	stop_all
done

# What comes is of the tool, or of accounts that are wrong in either.
if ! hookless; then
	finish
	exit
fi

# Nor does the module keep the scheduler's if verify is killed.
perftop verify -d 1000 >$T/verify 2>&1 &
verify=$!
JOBS="$JOBS $verify"
while [ "$(cat $PARAM/verify_times)" = 0 ]; do :; done
like "meanwhile the header says where times begin" "$(header $P times)" '^begin where the scheduler'
kill -TERM $verify
wait $verify 2>/dev/null
is "... and has its own one again if verify is killed" "$? $(cat $PARAM/verify_times)" "143 0"

# Its leader's pid is another thread's from then on, with an account of its own.
exec_nonleader 300 >/dev/null &
JOBS=$!
perftop verify -d 1 >$T/verify 2>&1
is "a program executed by another thread than the first: verify: right" $? 0
diag <$T/verify
like "... it isn't compared" "$(cat $T/verify)" '^not compared: 1 processes that executed a program'
stop_all

start spin
start spin
start pingpong -c 0
# The same counters with a clock that is wrong by 10 %: khz is bytes 24 to 31. A thread that waits for a CPU meanwhile only makes verify more
# lenient: so it and the shells come before the load.
khz=$(($(khz $P) * 90 / 100))
bytes=$(awk -v n=$khz 'BEGIN { for (i = 0; i < 8; i++) { printf "\\%03o", n % 256; n = int(n / 256) } }')
mkfifo $T/wrong
cat >$T/first <<'END'
renice -n -20 -p $$ && exec "$@"
END
cat >$T/patch <<END
{ dd bs=24 count=1; printf "$bytes"; dd bs=8 count=1 >/dev/null; cat; } >$T/wrong 2>/dev/null </dev/perftop
END
# Each by a shell of its own: it dies if its reader has read enough.
(while :; do sh $T/first sh $T/patch; done) &
JOBS="$JOBS $!"
sh $T/first perftop verify -d 1 --device=$T/wrong >$T/verify 2>&1
status=$?
is "a clock that is wrong by 10 % is found" $status 1
diag <$T/verify
like "... in the run times" "$(cat $T/verify)" '^run time own .*: NOT RIGHT$'
stop_all
ptop_unload

# The accounting balances nevertheless.
MODULE=/m/perftop-astray.ko
ptop_load
start spin
start handoff -c 0 pipe
perftop verify -d 2 >$T/verify 2>&1
is "a share of each thread's time that goes to the next one is found" $? 1
diag <$T/verify
like "... in the run times" "$(cat $T/verify)" '^run time own .*: NOT RIGHT$'
finish
