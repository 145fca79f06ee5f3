# SPDX-License-Identifier: GPL-2.0-only
# timeout: 60
# A real-time task computes on one CPU, and nothing else gets to run there: on PREEMPT_RT not even what other kernels do in interrupts.
# The other CPU isn't kept from anything.
. /t/lib.sh

E=/proc/perftop_events

# appears FILE PATTERN: within 10 s it has such a line
appears() {
	local end=$(awk "BEGIN { print $(uptime_s) + 10 }")
	until grep -q "$2" $1; do
		if awk "BEGIN { exit !($(uptime_s) > $end) }"; then
			tail -n 5 $1
			return 1
		fi
		sleep 0.1
	done
}

# keep_busy: from now on CPU 1 is kept
keep_busy() {
	start hog 1
	hog=$PID
	check "a real-time task computes" appears $T/out.$hog '^[0-9]'
}

# All of ours is on the other one.
taskset -p 1 $$ >/dev/null
# Only its own events wake a reader.
ptop_load top=1000 target=hog
cat $E >$T/events &
reader=$!
JOBS="$JOBS $reader"
check "somebody reads what happens" appears $T/events '; event$'
keep_busy
# Fails if: a reader that waits for events is woken by a thread of the CPU on which they were.
check "that it forked is told while it does" appears $T/events "; PID $hog forked PID $(cat $T/out.$hog)\$"
stop $hog

# Fails if: new stacks are looked at by a timer of the CPU on which one was seen. Of a process that is gone no name is found when it's shown. (While
# the hog computes nobody can wait for RCU, as setting the target does.) Three times, as another CPU may see to the timer of one that was idle
# when it was set (6.12).
echo target= >$P
for i in 1 2 3; do
	keep_busy
	start spin -c 0 -s 0.5
	spinner=$PID
	sleep 0.2
	stop $spinner
	take
	# Other rows may be from before its exec.
	flat $T/now.p | awk -F'|' -v p=$spinner '$8 == p { print $10 }' | tr ';' '\n' | grep '^u /bin/spin+' >$T/frames
	like "user frames of a process that ran meanwhile, and is gone, have the name of its file" "$(head -n 1 $T/frames)" '^u /bin/spin\+0x'
	stop $hog
done
check_accounting "after all"

# Fails if: the writer of a target waits for RCU, which the hog keeps from going on with PREEMPT_RT, and holds the recording's mutex meanwhile: then
# everybody waits.
keep_busy
(echo target=spin >$P) &
setter=$!
waiting() { kill -0 $setter 2>/dev/null; }
until grep -q '^State:.*D' /proc/$setter/status 2>/dev/null || ! waiting; do :; done
for command in pause resume reset; do
	check "another target is set: $command" timeout 10 sh -c "echo $command >$S"
done
check "another target is set: the view is read" timeout 10 cat $P
cp $T/check $T/meanwhile
if waiting; then
	like "with what is the target as yet" "$(header $T/meanwhile target)" '^all$'
else
	echo "# RCU didn't have to wait"
fi
stop $hog
wait $setter
like "it is set when the real-time task has gone" "$(header $P target)" '^spin;'
check_accounting "with it"
finish
