# SPDX-License-Identifier: GPL-2.0-only
# timeout: 180
# /proc/lattop: how long threads slept, and where; and which sleep now.
. /t/lib.sh

STALL_S=$(awk "BEGIN { print $STALL / 1e9 }")
# An exiting thread may sleep for a few locks more. With PREEMPT_RT that happens, and it's preempted, when there's nobody any more to whom a delay
# could belong. With PREEMPT it's preempted, too; and the debug kernels have few other switches.
LOCKS=3 UNDELAYED=0.02
case $KVER in *-rt-*) UNDELAYED=0.05 ;; esac
case "$(uname -v) $(cat /proc/cmdline)" in *' PREEMPT '* | *preempt=full*) UNDELAYED=0.05 ;; esac

# take_timed NAME: between two looks at the clock
take_timed() {
	opened_after=$(uptime_s)
	take_lat $1
	lat_flat $T/$1.l >$T/$1
	opened_before=$(uptime_s)
	reset_ago=$(number $T/$1.l 'since reset')
}

# row NAME PID: of the view taken as NAME, into variables; fails if it isn't one, and tells all that it has of that process
row() {
	rank= tgid= ticks= seconds= sleeps= longest= delay= delays= longest_delay= error= share= now= now_s= frames= comm=
	[ $(grep -c "^[0-9]*|$2|" $T/$1) = 1 ] || {
		{ echo "no row of $2 alone, of $(grep -c '' $T/$1):"; grep "^[0-9]*|[0-9|]*$2|" $T/$1; } | diag
		return 1
	}
	IFS='|' read -r rank pid tgid ticks seconds sleeps longest delay delays longest_delay error share now now_s frames comm <<-END
	$(grep "^[0-9]*|$2|" $T/$1)
	END
}

# within NAME GOT LEAST MOST: seconds; the clock of the shell has hundredths
within() { true_that "$1: $3 <= $2 <= $4" "$2 >= ($3) - 0.011 && $2 <= ($4) + 0.011"; }

# asleep PID STATE [COMM]: waits until it is
asleep() {
	until grep -q "^State:	$2" /proc/$1/status && { [ -z "$3" ] || [ "$(cat /proc/$1/comm)" = "$3" ]; }; do
		[ -d /proc/$1 ] || bail "process $1 is gone"
	done
}

# long_sleep: begins a "sleep 3600"; its pid is in $PID, when it fell asleep between $from and $to
long_sleep() {
	from=$(uptime_s)
	/bin/sleep 3600 &
	PID=$!
	JOBS="$JOBS $PID"
	asleep $PID S sleep
	to=$(uptime_s)
}

# states: "TID STATE STINTS" of all threads
states() {
	awk 'FNR == 1 { n = split(FILENAME, f, "/"); tid = f[n - 1] }
		FILENAME ~ /schedstat$/ { print tid, state[tid], $3; next }
		{ sub(/.*\) /, ""); state[tid] = $1 }' /proc/[0-9]*/task/[0-9]*/stat /proc/[0-9]*/task/[0-9]*/schedstat 2>/dev/null | sort
}

# user N: the offset of the Nth user frame
user() { echo "$frames" | tr ';' '\n' | sed -n 's/^u .*+0x\([0-9a-f]*\).*/\1/p' | sed -n "$1p"; }

# stands NAME FUNCTION OUTER EXTENTS: the two innermost user frames of the row are there
stands() {
	local n=0 what at from to
	for what in $2 $3; do
		n=$((n + 1))
		at=$(user $n)
		set -- "$1" "$2" "$3" "$4" $(sed -n "s/^$what //p" $4)
		from=$5 to=$6
		true_that "$1: frame $n is $what" "$((0x${at:-0})) >= $((0x$from)) && $((0x${at:-0})) <= $((0x$to))"
	done
}

# ---- a sleep that isn't over
# Fails if: only what is over is shown, or what began before the module was there is lost; or a sleep is counted from before the reset.

long_sleep
early=$PID early_from=$from early_to=$to
states >$T/before
load_from=$(uptime_s)
ptop_load sleepers=10000
load_to=$(uptime_s)
long_sleep
second=$PID second_from=$from second_to=$to
take_timed a
row a $early
is "asleep before the load: it sleeps" "$now $comm" "S sleep"
within "... since the load" "$seconds" "$opened_after - $load_to" "$opened_before - $load_from"
within "... at least that is said of now" "$now_s" "$opened_after - $load_to" "$opened_before - $early_from"
is "... once" "$sleeps" 1
row a $second
is "asleep after the load: it sleeps" "$now $comm" "S sleep"
within "... since then" "$now_s" "$opened_after - $second_to" "$opened_before - $second_from"
within "... which is all but what it waited for before" "$seconds" "$opened_after - $second_to" "$opened_before - $second_from"
like "... in a system call" "$frames" 'k [a-z_]*nanosleep\+.*;u /bin/busybox\+0x|k [a-z_]*nanosleep\+.*;u /bin/sleep\+0x'

echo reset >$P
long_sleep
third=$PID third_from=$from third_to=$to
take_timed b
sleep 0.5
take_timed c
later=$(awk "BEGIN { print $reset_ago - $(number $T/b.l 'since reset') }")
for pid in $early $second; do
	row b $pid
	near "asleep before the reset: since the reset" "$seconds" $(number $T/b.l 'since reset') 0.001 $STALL_S
	is "... once, and it sleeps" "$sleeps $now" "1 S"
	true_that "... for that long, or longer ($now_s s)" "$now_s >= $seconds - $STALL_S && $now_s <= $opened_before - $early_from"
	was=$seconds
	row c $pid
	near "... the total grows as time goes by" "$(awk "BEGIN { print $seconds - $was }")" $later 0.001 $STALL_S
done
row c $third
is "asleep after the reset: it sleeps" "$now $sleeps" "S $sleeps"
within "... since then" "$now_s" "$opened_after - $third_to" "$opened_before - $third_from"
within "... the longest sleep is that one" "$longest" "$opened_after - $third_to" "$opened_before - $third_from"

# Fails if: a thread that didn't run since is forgotten, or another state is told of than the kernel's.
take_timed d
states >$T/after
awk 'FNR == NR { was[$1] = $0; next } was[$1] == $0 && $2 ~ /[SDITtP]/ { print $1, $2 }' $T/before $T/after >$T/quiet
true_that "many slept all the time ($(grep -c . $T/quiet))" "$(grep -c . $T/quiet) > 20"
check "... each has a row, one sleep, its state and the time since the reset" awk -v all=$reset_ago -v slack=$STALL_S '
	FNR == NR { split($0, f, "|"); n[f[2]]++; row[f[2]] = $0; next }
	{ split(row[$1], f, "|"); off = f[5] - all; if (off < 0) off = -off
	  if (n[$1] != 1 || f[6] != 1 || f[13] != $2 || off > all / 1000 + slack) { print "thread " $0 ": " row[$1]; bad = 1 } }
	END { exit bad }' $T/d $T/quiet
true_that "... kernel threads that are idle among them" "$(grep -c ' I$' $T/quiet) > 0"
sed -n 's/^Pid:	//p; s/^PPid:	/parent /p' /proc/[0-9]*/status | awk '$1 == "parent" { if ($2 == 2) print pid; next } { pid = $1 }' >$T/kernel
check "kernel threads have kernel frames only" awk '
	FNR == NR { kernel[$1] = 1; next }
	{ split($0, f, "|") }
	f[2] in kernel && (f[15] !~ /^k / || f[15] ~ /(^|;)u /) { print; bad = 1 }
	f[2] in kernel { n++ } END { exit bad || n < 10 }' $T/kernel $T/d

# ---- how it sleeps
# Fails if: the state isn't that of the sleep, or a stopped thread doesn't sleep; or if a killed one's sleep isn't there, or it goes on.

start doze vfork
vfork=$PID
asleep $vfork D
start spin
stopped=$PID
kill -STOP $stopped
asleep $stopped T
start doze traced
traced=$(cat $T/out.$PID)
asleep $traced t
from=$(uptime_s)
kill -9 $third
wait $third 2>/dev/null
to=$(uptime_s)
spinners=
for cpu in $(seq $NCPU); do
	start spin -c $((cpu - 1))
	spinners="$spinners $PID"
done
take_timed e
row e $vfork
is "a thread that waits for its vfork'ed child is D" "$now" D
like "... in there" "$frames" 'k (wait_for_completion|wait_for_vfork|kernel_clone|_do_fork|do_wait_for_common)'
row e $stopped
is "a stopped thread is T" "$now" T
row e $traced
is "a traced thread is t" "$now" t
row e $third
is "a killed thread has exited" "$now $now_s" "X 0"
# A thread that was moved while it slept has it as a delay, as in schedstat (6.12 and later).
within "... its last sleep counts" "$seconds + $delay" "$from - $third_to" "$to - $third_from"
was=$seconds
for pid in $spinners; do
	row e $pid
	like "a computing thread is R, or hasn't slept" "$now $now_s" '^(R 0| )$'
done
take_timed f
row f $third
is "... and doesn't go on" "$seconds" $was
kill -CONT $stopped
stop $spinners $stopped

# ---- where it sleeps
# Fails if: a sleep is missing, or is twice, or at another place; the longest at the top isn't the longest; or an exiting thread takes its sleeps
# with it.

start doze still
still=$PID
asleep $still S
cp $T/out.$still $T/extents
threads=$(sed -n 's/^\([0-9]*\)$/\1/p' $T/extents)
doze >$T/doze || bail "doze failed"
renamed=$(doze rename)
take_timed g
take g
diag <$T/doze
is "all 13 threads were there" $(grep -c '^thread ' $T/doze) 13
while read -r word tid function way asked measured delayed count before after; do
	[ $word = thread ] || continue
	name="$function, $way"
	if ! row g $tid; then
		grep "^[0-9]*|$tid|" $T/g | not_ok "$name: it has one row"
		continue
	fi
	is "$name: it has exited, and is called so" "$now $comm" "X doze"
	# On its way out, when it has told how many there were, it may wait for a lock.
	true_that "$name: number of sleeps" "$sleeps >= $count && $sleeps <= $count + $LOCKS"
	[ "$sleeps" -gt $count ] || after=0
	# What a stalled CPU adds to a wait is run time or delay, or the sleep is as long: so these bounds hold on any host.
	true_that "$name: no longer than it took" "$seconds <= ($measured + $before + $after) / 1e9 * 1.0001"
	true_that "$name: run + asleep + delay is no less" \
		"$(ticks_of $T/g.s $tid) / $(khz $T/g.s) / 1000 + $seconds + $delay >= $measured / 1e9 * 0.99"
	# Both are cut to microseconds.
	true_that "$name: the longest is longer than most" "$longest <= $seconds && $longest + 0.000001 >= $seconds / $sleeps"
	[ $function = all ] || true_that "$name: it slept nowhere else" "$share >= 99 || $share >= 100 - ($before + $after) / 1e7"
	if [ -n "$ICOUNT" ]; then
		near "$name: time asleep" $seconds $(awk "BEGIN { printf \"%.6f\", ($measured - $delayed) / 1e9 }") 0.01
		[ $function != all ] || near "$name: share of the longest" $share 50 0.01
		# The first one that reads from the pipe also waits until the writer is there, which is made last.
		near "$name: the longest" $longest 0.$([ $function = all ] && echo 300 || echo ${function#doze}) $([ $way = pipe ] && echo 0.05 || echo 0.02)
	fi
	case $function in
	all) [ -z "$ICOUNT" ] || stands "$name" doze300 doze_outer $T/doze ;;
	*) stands "$name" $function doze_outer $T/doze ;;
	esac
	case $way in
	nanosleep) like "$name: kernel frames" "$frames" 'k hrtimer_nanosleep\+' ;;
	futex) like "$name: kernel frames" "$frames" 'k [_a-z]*futex_wait\+' ;;
	poll) like "$name: kernel frames" "$frames" 'k do_sys_poll\+' ;;
	pipe) like "$name: kernel frames" "$frames" 'k (anon_)?pipe_read\+' ;;
	esac
done <$T/doze
# Fails if: a thread that exits on the same occasion on which it is seen to have another name loses how it waited before.
row g $renamed
is "a thread that took another name and exited" "$now $comm" "X renamed"
true_that "... slept once, and maybe for a lock or two when it began and ended" "$sleeps >= 1 && $sleeps <= 3"
true_that "... for so long" "$seconds <= 0.303 + $STALL_S && $seconds + $delay >= 0.297 - $STALL_S"
row g $still
is "a sleep that isn't over: one place" "$now" S
stands "a sleep that isn't over" doze_still doze_outer $T/extents
first=$(echo $threads | cut -d' ' -f1)
row g $first
is "that of a thread: as often as the kernel says" "$now $sleeps" "S $(sed -n 's/^voluntary_ctxt_switches:\t//p' /proc/$still/task/$first/status)"
stands "that of a thread" doze_still doze_outer $T/extents

# ---- rows
# Fails if: rows and header disagree, or are out of order.

echo pause >$P
take_timed h
check "ranks, order, no row without a sleep, no thread twice" awk -F'|' '
	$1 != NR || (NR > 1 && $4 > last) || $4 <= 0 || $6 <= 0 || seen[$2]++ { print; bad = 1 }
	{ last = $4 } END { exit bad || NR < 50 }' $T/h
check "seconds are ticks by the rate" awk -F'|' -v khz=$(khz $T/h.l) '
	{ off = $5 - $4 / khz / 1000 } off > 0.0000011 || off < -0.0000011 { print; bad = 1 } END { exit bad }' $T/h
# sums NAME WHEN: the header's are those of the rows; of a view from which nothing was evicted
sums() {
	is "$2: nothing was evicted" "$(header $T/$1.l evicted | sed 's/.*, //')" "0 entries"
	set -- "$1" "$2" $(header $T/$1.l sleeps | sed 's/[^0-9. ]//g')
	is "$2: the header's sleeps that are over and that are open are those of the rows" "$(($3 + $6))" \
		"$(awk -F'|' '{ n += $6 } END { print n }' $T/$1)"
	near "... and so is their time" "$(awk -F'|' -v khz=$(khz $T/$1.l) -v over=$4 '{ now += $14 } END { printf "%.0f\n", over + now * khz * 1000 }' $T/$1)" \
		"$(awk -F'|' '{ t += $4 } END { printf "%.0f\n", t }' $T/$1)" 0.01
	true_that "... no more sleep now than are open" "$(awk -F'|' '$13 !~ /[RX]/ { n++ } END { print n }' $T/$1) <= $6"
	is "$2: the histogram has all sleeps that are over" "$(histogram $T/$1.l sleeps)" $3
}
sums h paused
take h
near "... and a delay, maybe of 0, before each time that somebody got a CPU" "$(histogram $T/h.l delays)" \
	"$(sched_flat $T/h.s | awk -F'|' '{ n += $5 } END { print n }')" $UNDELAYED 4

# Fails if: a process isn't its threads; or the state isn't that of the one that sleeps longest.
is "sum=process" "$(echo process | wr $PARAM/sum)" OK
take_timed i
# By its number, not by its name: of a thread that has exited a view may have an earlier one, and that may be another in either; so
# a thread counts whose process has any of these names.
check "a process is the sum of its threads, and has the longest" awk -F'|' '
	FNR == 1 { file++ }
	# A thread that has begun to exit when a CPU first sees it is of no process.
	file == 1 { if ($NF ~ /^(doze|sleep)$/) ours[$3] = 1; next }
	file == 2 { if (!($3 in ours)) next
		rows[$3] = rows[$3] "\n" $0; t[$3] += $4; n[$3] += $6; d[$3] += $9; threads[$3]++; if ($7 > l[$3]) l[$3] = $7; if ($14 > now[$3]) now[$3] = $14; next }
	!($3 in t) { next }
	{ seen[$3] = 1; if ($2 != $3 || $4 != t[$3] || $6 != n[$3] || $9 > d[$3] || $9 < d[$3] - threads[$3] || $7 != l[$3] || $14 != now[$3] || twice[$3]++) {
		printf "%s; threads: %.0f, %d, %d, %s, %s\n", $0, t[$3], n[$3], d[$3], l[$3], now[$3]; bad = 1 } }
	END { for (p in t) if (!seen[p]) { print "no row of process " p ": " rows[p]; bad = 1 } exit bad }' $T/h $T/h $T/i
row h $first
was=$now_s
row i $still
is "... it sleeps as long as that one" "$now $now_s" "S $was"
echo resume >$P
# Fails if: a process ends with its first thread.
start doze left
left=$PID
take_timed i
row i $left
is "the first thread has ended, another one runs: so does the process" "$tgid $now" "$left R"
stop $left
take_timed i
row i $left
is "... until it's killed" "$tgid $now" "$left X"
is "sum=thread" "$(echo thread | wr $PARAM/sum)" OK

for value in 3 1; do
	is "sleepers=$value" "$(echo $value | wr $PARAM/sleepers)" OK
	take_timed j
	is "... shows so many" $(grep -c . $T/j) $value
	is "... the longest" "$(cut -d'|' -f1 $T/j | xargs)" "$(seq $value | xargs)"
done
echo 10000 >$PARAM/sleepers

# Fails if: of a sleep that isn't over when recording is paused, what was before is lost; or what was between is counted.
echo reset >$P
paused_least=0 paused_most=0
for round in 1 2; do
	sleep 0.5
	before=$(uptime_s)
	echo pause >$P
	from=$(uptime_s)
	take_timed l
	row l $early
	was=$seconds
	sleep 0.5
	take_timed m
	row m $early
	is "paused: a sleep that isn't over doesn't grow" "$seconds" "$was"
	to=$(uptime_s)
	echo resume >$P
	# The clock has hundredths.
	paused_least=$(awk "BEGIN { print $paused_least + $to - $from - 0.01 }")
	paused_most=$(awk "BEGIN { print $paused_most + $(uptime_s) - $before + 0.01 }")
done
take_timed n
row n $early
is "resumed: it sleeps" "$now" S
within "... it has all its time but that of the pauses" "$seconds" "$reset_ago - $paused_most - $STALL_S" "$reset_ago - $paused_least + $STALL_S"
sums n resumed

# Fails if: a sleeping thread is forgotten with the CPU on which it ran last, or while that is off line.
if [ -w /sys/devices/system/cpu/cpu1/online ]; then
	start spin -c 1 -s 0.01
	asleep $PID S
	echo reset >$P
	for cpu in 0 1; do
		sleep 0.3
		echo $cpu >/sys/devices/system/cpu/cpu1/online
		take_timed o
		row o $PID
		is "its CPU went $([ $cpu = 0 ] && echo off || echo on) line: it sleeps" "$now $sleeps" "S 1"
		near "... since the reset" "$seconds" $reset_ago 0.001 $STALL_S
	done
	stop $PID
fi

hookless && for value in 0 10001 abc -1 3x ''; do
	dmesg_mark
	is "sleepers='$value' is refused" "$(printf '%s\n' "$value" | wr $PARAM/sleepers)" EINVAL
	is "... with one line" "$(dmesg_since | grep -c '^perftop: ')" 1
	like "... that names parameter, value and range" "$(dmesg_since)" "^perftop: .*sleepers.*$value.*1.*10000"
done
hookless && for value in threads x ''; do
	dmesg_mark
	is "sum='$value' is refused" "$(printf '%s\n' "$value" | wr $PARAM/sum)" EINVAL
	is "... with one line" "$(dmesg_since | grep -c '^perftop: ')" 1
	like "... that names parameter, value and what is accepted" "$(dmesg_since)" "^perftop: .*sum.*$value.*thread.*process"
done
is "nothing has changed" "$(cat $PARAM/sleepers $PARAM/sum | xargs)" "10000 thread"
is "max_sleeps can't change at run time" "$(stat -c %a $PARAM/max_sleeps)" 444
is "a command that isn't one is refused" "$(echo resets | wr $L)" EINVAL
is "reset" "$(echo reset | wr $L)" OK
take_timed k
true_that "... begins anew" "$reset_ago < 5"
is "... an exited thread is gone" "$(grep -c '|X|.*|doze$' $T/k)" 0
# Fails if: what it asks of the kernel is something that this one wants no more (7.2: a workqueue's old name).
is "the kernel has nothing against it" "$(dmesg | grep -i 'perftop.*deprecated')" ""
finish
