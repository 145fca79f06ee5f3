# SPDX-License-Identifier: GPL-2.0-only
# timeout: 120
# Tables that are full: fixed memory, nothing lost unseen, what gets hot gets in, and the error bound is one.
. /t/lib.sh

# From an interrupt that wakes somebody to the switch that follows, softirqs included, is the running thread's time to the module, and the
# next one's to the scheduler, which doesn't read its clock again. There are some thousand here.
WAKEUPS=10000000

# covers NAME FILE-KIND FILE PID TRUE-NS SLACK-NS: ticks <= truth <= ticks + error. A process may have had more stacks, which were evicted;
# each of these had no more than the largest error that there is. Or stacks that had no room in the store, which is small here: all in one row.
covers() {
	local more=0 room=0
	[ $2 != perftop ] || read -r more room <<-END
		$(flat $3 | awk -F'|' -v k=$(khz $3) '$7 > max { max = $7 } $10 ~ /no room in the store/ { room += $3 }
			END { printf "%.0f %.0f", 4 * max * 1e6 / k, room * 1e6 / k }')
	END
	set -- "$1" "$5" "$6" $(sum $2 $3 $4)
	true_that "$1: at least what is shown ($4 + $6 ns)" "$4 <= $2 * 1.001 + $STALL + $3 && ($4 > 0 || $room > $2)"
	true_that "$1: at most that and the error" "$2 * 0.999 <= $4 + $6 + $3 + $STALL + $more + $room"
}

# above N CPU...: twice the N-th part of these CPUs' time so far, and half a second. With N entries in a table who has that much stays in
# it; on a slow machine it's several seconds.
above() {
	local n=$1 ticks=0
	shift
	for cpu; do ticks="$ticks + $(elapsed $T/now.s $cpu)"; done
	awk "BEGIN { print 0.5 + 2 * ($ticks) / $n / 1000 / $(khz $T/now.s) }"
}

ptop_load max_stacks=64 max_pids=64 max_sleeps=64 top=1000
take first
memory=$(number $T/first.p memory)
true_that "the header says what the tables take" "$memory > 0"

# one that is there before the table is full
start spin -c 0 -s 1
early=$PID
early_ns=$(settled_ns $early)
# More stacks than the tables have room for; the store has it for all.
start manystacks -n $((96 * NCPU))
take
like "the tables have the size asked for" "$(header $T/now.p table)" "^[0-9]+ of $((64 * NCPU)) "
true_that "at least one is full" "$(number $T/now.p table) >= 64"
evicted=$(number $T/now.p evicted)
true_that "evictions are counted with their time" "$evicted > 0 && $(header $T/now.p evicted | sed 's/.* \([0-9]*\) entries$/\1/') > 100"
covers "process from before, in perftop" perftop $T/now.p $early $early_ns $WAKEUPS

# one that gets hot when it is
start spin -c 1 -s $(above 20 $(seq 0 $((NCPU - 1))))
hot=$PID
settled_ns $hot >/dev/null
take
rank=$(flat $T/now.p | awk -F'|' -v p=$hot '$8 == p { print $1; exit }')
true_that "a task that gets hot is in the top 20 one interval later" "${rank:-9999} <= 20"
stop $hot
start spin -c 1 -s $(above 64 $((NCPU - 1)))
late=$PID
late_ns=$(settled_ns $late)
take
covers "process from after, in perftop" perftop $T/now.p $late $late_ns $WAKEUPS
true_that "hardly any stack had no room" "$(header $T/now.p stacks | sed 's/.*, //;s/ without room//') < 100"
check "the accounting balances" accounting_balances $T/now.p $T/now.s

# the same for pids
forker -n 150 &
forked=$!
start spin -c 1 -s $(above 64 $((NCPU - 1)))
pid=$PID
pid_ns=$(settled_ns $pid)
wait $forked
take
covers "pid on one CPU, in schedtop" schedtop $T/now.s $pid $pid_ns $WAKEUPS
true_that "pids were evicted" "$(awk '/^# cpu/ { sum += $14 } END { print sum + 0 }' $T/now.s) > 0"
check "the accounting balances with both tables full" accounting_balances $T/now.p $T/now.s

is "the header's memory is what it was" "$(number $T/now.p memory)" $memory
stop_all
echo reset >$P
take
is "reset empties the row of evictions" "$(header $T/now.p evicted | sed 's/ ticks.* \([0-9]* entries\)/ ticks, \1/' | grep -c '^0 ticks, 0 entries')" 1
finish
