# SPDX-License-Identifier: GPL-2.0-only
# timeout: 900
# not on arm64: the workloads read the TSC
# Five minutes (REPEAT=24: two hours) of a mix that changes: workloads of all kinds, some at a time and with pauses; processes that come, go and
# are killed; readers of all files and of the stream; targets, resets, pauses, budgets. A line each minute says how it stands; a test is ten of
# them. Fails if: the accounting doesn't balance, a switch is missed, memory grows, no stack is freed, or those that come have no room.
. /t/lib.sh
. /t/mix.sh

MINUTES=$(share 5)
TRACE=/sys/kernel/tracing

# apart COMMAND...: in a session of its own: its pid is in $PID, all of it is in the group of this number
apart() {
	setsid sh -c ". /t/mix.sh; $*" >/dev/null 2>&1 &
	PID=$!
}

kill_apart() {
	local pid
	for pid; do
		kill -9 -$pid
		wait $pid
	done 2>/dev/null
}

now_s() {
	read -r NOW REPLY </proc/uptime
	NOW=${NOW%.*}
}

# ---- what may be wrong

# wrong WHAT < details: told at once, and again by the test of these ten minutes
wrong() {
	echo "round $round: $1" >>$T/wrong
	{ echo "round $round: $1"; head -n 20; } | diag
}

# must NAME EXPRESSION: in awk's arithmetic
must() {
	awk "BEGIN { exit !($2) }" </dev/null 2>$T/check || { echo "not so: $2"; cat $T/check; } | wrong "$1"
}

# of_switches WHAT: that number of the line of switches
of_switches() { header $T/now.p switches | sed -n "s/.*$1 \([0-9]*\).*/\1/p"; }
without_room() { header $T/now.p stacks | sed -n 's/.*, \([0-9]*\) without room$/\1/p'; }
# in_meminfo WHAT: kB
in_meminfo() { awk -v w="$1:" '$1 == w { print $2 }' /proc/meminfo; }
vmalloc_bytes() { awk '/\[perftop\]/ { sum += $2 } END { printf "%.0f\n", sum }' /proc/vmallocinfo; }
sweeps() { awk '$1 == "ptop_sweep" { print $2 }' $TRACE/kprobe_profile; }
# part WHAT: percent of the CPU time
part() { awk "BEGIN { printf \"%.2f\", 100 * $(number $T/now.p $1) / $(number $T/now.p 'cpu time') }"; }

# look WHEN. Fails if: time is lost, or counted twice; a stack is taken for another.
look() {
	local switches verified without
	take
	accounting_balances $T/now.p $T/now.s >$T/check 2>&1 || wrong "$1: the accounting balances" <$T/check
	must "$1: all but 0.01 % is attributed to threads" "$(awk '/^# cpu [0-9]+:/ { sum += $4; rest += $17 }
		END { printf "%.0f <= %.0f", rest, sum * 0.0001 }' $T/now.s)"
	# Over budget a stack isn't known.
	[ "$1" = "a budget" ] || must "$1: all but 0.01 % is attributed to stacks" \
		"$(number $T/now.p unattributed) <= $(number $T/now.p 'cpu time') * 0.0001"
	must "$1: no switch is missed, no thread untracked" "$(of_switches missed) == 0 && $(of_switches untracked) == 0"
	must "$1: no disagreement" "0$(disagreements $T/now.p) == 0"
	[ "$(header $T/now.p state)" = recording ] || header $T/now.p state | wrong "$1: it records"
	without=$(without_room)
	switches=$(number $T/now.p switches) verified=$(verified $T/now.p)
	SWITCHES=$((SWITCHES + switches - SEEN_SWITCHES)) SEEN_SWITCHES=$switches
	VERIFIED=$((VERIFIED + ${verified:-0} - SEEN_VERIFIED)) SEEN_VERIFIED=${verified:-0}
	WITHOUT=$((WITHOUT + without - SEEN_WITHOUT)) SEEN_WITHOUT=$without
}

# resets WORD: does what resets the counters
resets() {
	echo $1 >$P
	SEEN_SWITCHES=0 SEEN_VERIFIED=0 SEEN_WITHOUT=0
}

# Ten processes come, and all their stacks have room, after a while. Fails if: nothing is freed, or one class of memory is used up for good.
has_room() {
	local tries=0 full
	cat $P >$T/now.p
	while
		full=$(without_room)
		forker -n 10
		cat $P >$T/now.p
		[ $(without_room) != $full ]
	do
		[ $((tries += 1)) -lt 50 ] || { grep '^#' $T/now.p | wrong "stacks that come have room"; break; }
		usleep 100000
	done
}

# What is in use when all is still that can be.
measure() {
	local mapped
	sleep 1	# some of what the dead had is freed late
	echo 3 >/proc/sys/vm/drop_caches
	FREE=$(in_meminfo MemAvailable)
	SLAB=$(in_meminfo SUnreclaim)
	echo "$round $FREE $SLAB" >>$T/memory
	mapped=$(vmalloc_bytes)
	: ${MAPPED:=$mapped} ${MEMORY:=$(number $T/now.p memory)}
	must "the module's memory is what it was" "$mapped == $MAPPED && $(number $T/now.p memory) == $MEMORY"
}

# median COLUMN FROM TO: of the memory in these rounds
median() {
	awk -v c=$1 -v f=$2 -v t=$3 '$1 >= f && $1 <= t { print $c }' $T/memory | sort -n | awk '{ v[NR] = $1 } END { print v[int((NR + 1) / 2)] }'
}

# ---- what goes on

# turns SECONDS: two of the loads at a time, and at times none, so that a guest on a busy host isn't stalled by them
turns() {
	local until load last
	now_s
	until=$((NOW + $1))
	while [ $NOW -lt $until ]; do
		last=
		for load in $LOADS; do
			kill -CONT -$load
			usleep 200000
			[ -z "$last" ] || kill -STOP -$last
			last=$load
		done
		kill -STOP -$last
		usleep 400000
		now_s
	done 2>/dev/null
}

# begin WORKLOAD...: four of them, and readers; those of the next round are in $NEXT
begin() {
	local file
	LOADS= READERS= NAMES=
	for _ in 1 2 3 4; do
		apart "while :; do mix_piece $1 400; done"
		LOADS="$LOADS $PID" NAMES="$NAMES $1"
		set -- "$@" $1
		shift
	done
	NEXT=$*
	for file in $P $S $L /dev/perftop; do
		apart "while cat $file; do sleep 4; done"
		READERS="$READERS $PID"
	done
	# One that is too slow.
	apart "while :; do timeout 7 cat /proc/perftop_events | while read -r line; do usleep 10000; done; done"
	READERS="$READERS $PID"
}

ptop_load top=1000
echo 'p:ptop/ptop_sweep perftop:ptop_share_short' >$TRACE/kprobe_events || bail "no kprobe"
echo 1 >$TRACE/events/ptop/enable
# These live through it all.
start nap -m 40
start nap -m 50 -b 5
start nap -m 30 -t
cat /proc/perftop_events >/dev/null &
JOBS="$JOBS $!"

NEXT=$MIX SWITCHES=0 VERIFIED=0 WITHOUT=0 SEEN_SWITCHES=0 SEEN_VERIFIED=0 SEEN_WITHOUT=0 round=0
now_s
began=$NOW told=10
while [ $NOW -lt $((began + MINUTES * 60)) ]; do
	round=$((round + 1)) due=$((NOW + 60))
	echo $((round % 3 == 0)) >$PARAM/verify_stacks
	begin $NEXT
	turns 25
	look "all"
	shares="idle $(part idle) %, evicted $(part evicted) %"
	case $((round % 5)) in
	1)
		resets target=loads
		turns 5
		look "a target"
		resets target=
		;;
	2)
		echo pause >$P
		usleep 500000
		echo resume >$P
		;;
	3)
		echo 1 >$PARAM/budget
		turns 5
		look "a budget"
		echo 100 >$PARAM/budget
		until [ "$(own_cost $P | cut -d' ' -f4)" = 0 ]; do turns 1; done
		resets reset
		;;
	esac
	turns 5
	kill_apart $LOADS $READERS
	has_room
	look "the rest"
	measure
	now_s
	echo "# $(((NOW - began) / 60)) minutes, round $round:$NAMES; $SWITCHES switches, $VERIFIED verified, $WITHOUT without room," \
		"$(sweeps) sweeps; $shares; $FREE kB free, slab $SLAB kB"
	[ $NOW -ge $due ] || sleep $((due - NOW))
	now_s
	if [ $NOW -ge $((began + told * 60)) ] || [ $NOW -ge $((began + MINUTES * 60)) ]; then
		check "up to minute $(((NOW - began) / 60)): nothing is wrong" sh -c "! cat $T/wrong 2>/dev/null"
		rm -f $T/wrong
		told=$((told + 10))
	fi
done

# Fails if: something is allocated each time for good. The first tenth is for what the kernel gets used to.
tenth=$(((round + 9) / 10))
free=$(median 2 $((tenth + 1)) $((2 * tenth))) free_late=$(median 2 $((round - tenth + 1)) $round)
slab=$(median 3 $((tenth + 1)) $((2 * tenth))) slab_late=$(median 3 $((round - tenth + 1)) $round)
true_that "free memory is what it was ($free and $free_late kB), but for 4 MB" "$free - $free_late <= 4096"
true_that "memory in slabs is what it was ($slab and $slab_late kB), but for 2 MB" "$slab_late - $slab <= 2048"
true_that "stacks were freed" "$(sweeps) > 0"
true_that "stacks were verified" "$VERIFIED > 0"
echo 0 >$TRACE/events/ptop/enable
echo >$TRACE/kprobe_events
stop_all
FREE=$(in_meminfo MemAvailable)
ptop_unload
nothing_left "at the end"
is "... of its memory, too" "$(vmalloc_bytes)" 0
true_that "... which is free again" "$(in_meminfo MemAvailable) - $FREE >= ($MEMORY - 1048576) / 1024"
finish
