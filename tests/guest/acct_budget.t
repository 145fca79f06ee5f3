# SPDX-License-Identifier: GPL-2.0-only
# timeout: 180
# The budget: what stacks may cost is kept to, by taking fewer; the time of each process stays exact.
#
# On a machine whose instructions all take the same time, so that its own cost is what it is, and not that of a busy host.
. /t/lib.sh

rt_unlimited

# cost FIELD: of the last view; 1: percent, 2: ticks a switch, 3: budget, 4: step; in percent 5: hook, 6: counters, 7: stacks, 8: events, 9: names
cost() { own_cost $T/now.p | cut -d' ' -f$1; }

# counters: what they cost of a switch, in ticks
counters() { own_cost $T/now.p | awk '{ print $2 * $6 / $1 }'; }

# await NAME SECONDS EXPRESSION: of "percent", "step" and "budget", in awk; the header is looked at every 0.2 s
await() {
	local name=$1 end=$(awk "BEGIN { print $(uptime_s) + $2 }")
	shift 2
	while
		cat $P >$T/now.p
		! own_cost $T/now.p | awk "{ percent = \$1; budget = \$3; step = \$4; exit !($1) } END { if (!NR) exit 1 }"
	do
		if awk "BEGIN { exit !($(uptime_s) > $end) }"; then
			header $T/now.p 'own cost' | not_ok "$name"
			return
		fi
		sleep 0.2
	done
	ok "$name"
}

# pair NAME SECONDS: two processes play ping-pong; all the time that they had is in schedtop. Fails if: a switch whose stack isn't taken isn't
# accounted, or is for another. (From the scheduler's look at the clock to ours it's some 150 instructions, those of one process; a turn has
# more than 6000.)
pair() {
	exact $2 pair >$T/exact 2>$T/err || { diag <$T/err; bail "exact failed"; }
	take
	echo "# $1: $(header $T/now.p 'own cost')"
	diag <$T/exact
	is "$1: two processes were compared" $(grep -c . $T/exact) 2
	while read -r name pid true_ns top_ns sched_ns switches top_scheds sched_scheds; do
		near "$1: the time of $name in schedtop is that of schedstat" $sched_ns $true_ns 0.002 $((250 * switches))
		near "$1: schedules of $name in schedtop are its switches" $sched_scheds $switches 0 2
	done <$T/exact
	check "$1: the accounting balances" accounting_balances $T/now.p $T/now.s
}

# What it costs if it may. Fails if: cost isn't measured (the rest would then mean nothing).
ptop_load top=1000 budget=100
like "the header has the line" "$(header $P 'own cost')" \
	'^[0-9.]+ % of CPU time, [0-9]+ ticks a switch: hook [0-9.]+ %, counters [0-9.]+ %, events [0-9.]+ %, names [0-9.]+ %, stacks [0-9.]+ % of budget 100(\.0+)? %, step 0: every stack is taken(; hook=.*)?$'
start pingpong -c 0
echo reset >$P
sleep 0.3
take
echo "# budget 100: $(header $T/now.p 'own cost')"
free_stacks=$(cost 7) free_counters=$(counters) free_ticks=$(cost 2)
true_that "stacks cost more than what will be their budget" "$free_stacks > 0.4"
true_that "a switch costs some ticks" "$free_ticks > 0"
# Fails if: something is in none of the five, or twice.
near "hook, counters, stacks, events and names are all of it" "$(own_cost $T/now.p | awk '{ print $5 + $6 + $7 + $8 + $9 }')" "$(cost 1)" 0 0.05
true_that "the way into the hook was measured" "$(cost 5) > 0"
is "within its budget it takes every stack" "$(cost 4)" 0
stop $PID
pair "every stack" 0.25
ptop_unload

# Fails if: the step doesn't rise, rises too late, or to no avail.
ptop_load top=1000 budget=0.1
true_that "the budget is in the header" "$(own_cost $P | cut -d' ' -f3) == 0.1"
true_that "... and in the parameter" "$(cat $PARAM/budget) == 0.1"
start pingpong -c 0
sleep 0.5
echo reset >$P
sleep 0.3
take
echo "# budget 0.1: $(header $T/now.p 'own cost')"
true_that "after half a second stacks cost less than 0.1 %" "$(cost 7) <= 0.1"
true_that "by steps" "$(cost 4) > 0"
# Per switch. If switches were skipped it would be a tenth; it may be more, as the way of a switch without a stack isn't the usual one.
true_that "counters go on: they cost more than half as much as before ($(counters), $free_counters ticks)" "$(counters) > $free_counters * 0.5"
says_unsampled() { header $T/now.p 'own cost' | grep -q 'step [1-9].*unsampled [1-9][0-9]* switches'; }
check "the header says what isn't sampled" says_unsampled
true_that "most of the ping-pong's stacks weren't taken" "$(stacks_taken $T/now.p) * 2 < $(number $T/now.p switches)"
check "the accounting balances" accounting_balances $T/now.p $T/now.s

# Fails if: the step never falls again, or it does and stacks aren't taken.
stop $PID
await "the step is 0 again when the load has ended" 30 "step == 0"
start nest
sleep 0.5
take
like "new stacks are taken again" "$(flat $T/now.p | awk -F'|' -v p=$PID '$8 == p { print $10 }')" 'k [a-z_]*nanosleep.*;u /bin/nest\+'
stop $PID

ptop_unload
ptop_load top=1000 budget=0.1
pair "few stacks" 0.5
true_that "few stacks: they were few" "$(stacks_taken $T/now.p) * 2 < $(number $T/now.p switches)"

# With hardly any stack, threads that hardly ever switch, that yield all the time, and that are gone before they're looked at. Fails if: a switch
# isn't accounted because its stack isn't taken; or a thread that is preempted, or yields, is taken for one that sleeps.
echo 0.01 >$PARAM/budget
start pingpong -c 0
PAIR=$PID
await "hardly any stack is taken" 10 "step > 4"
start spin -c 0
HOG=$PID
start spin -y -c 0
YIELDERS=$PID
start spin -y -c 0
YIELDERS="$YIELDERS $PID"
echo reset >$P
begun_ns=$(ran_ns $HOG)
forker -n 100
forker -t -n 100
sleep 0.5
read_ns=$(ran_ns $HOG)
take
take_lat
after_ns=$(ran_ns $HOG)
hog_ns=$(ticks_of $T/now.s $HOG)
least_ns=$((read_ns - begun_ns)) most_ns=$((after_ns - begun_ns))
true_that "a thread that computes beside them has its time ($least_ns to $most_ns, is $hog_ns)" "$hog_ns >= $least_ns * 0.999 && $hog_ns <= $most_ns * 1.001"
near "so have processes and threads that were there for a moment" "$(sched_flat $T/now.s | awk -F'|' '$7 == "forker" { n++ } END { print n }')" 202 0 2
for pid in $YIELDERS; do
	is "a thread that yields never sleeps" "$(lat_flat $T/now.l | awk -F'|' -v p=$pid '$2 == p')" ""
	true_that "... and was scheduled often" "$(sched_flat $T/now.s | awk -F'|' -v p=$pid '$2 == p { n += $5 } END { print n + 0 }') > 20"
done
is "all of it is some thread's" "$(sed -n 's/^# cpu 0: .* unattributed \([0-9]*\).*/\1/p' $T/now.s)" 0
check "the accounting balances with hardly any stack" accounting_balances $T/now.p $T/now.s
stop $HOG $YIELDERS $PAIR

if ! hookless; then
	check_accounting "afterwards"
	ptop_unload
	finish
	exit
fi

# At run time: more is taken at once, and less is. From step 0 on: each that it falls by takes a part of a second, which is cheap where
# nobody runs, and not beside the load. With a larger budget: await's own processes have more stacks than 0.01 % of the time pays for.
echo 1 >$PARAM/budget
await "the step is 0 again when these loads have ended" 30 "step == 0"
echo 0.1 >$PARAM/budget
start pingpong -c 0
await "a budget of 0.1 is exceeded again" 10 "step > 0"
echo 100 >$PARAM/budget
await "a larger budget has an effect" 10 "step == 0 && budget == 100"
echo 0.25 >$PARAM/budget
await "a smaller one has" 10 "step > 0 && budget == 0.25"
stop $PID
is "at run time, budget=0.25" "$(awk '{ print $1 + 0 }' $PARAM/budget)" 0.25

# What isn't accepted. Fails if: it is, in part or in silence.
lines() { dmesg_since | grep '^perftop: ' | grep -vc "^perftop: \`.*' invalid for parameter \`.*'"; }
# bad PARAMETER VALUE RANGE: at run time
bad() {
	local before
	before=$(cat $PARAM/$1)
	dmesg_mark
	is "$1='$2' is refused" "$(printf '%s\n' "$2" | wr $PARAM/$1)" EINVAL
	is "... with one line" "$(lines)" 1
	like "... that names parameter, value and range" "$(dmesg_since)" "^perftop: .*$1.*$2.*$3"
	is "... and nothing changes" "$(cat $PARAM/$1)" "$before"
}
for value in 0 0.00 0.001 0.009 1.234 100.01 101 -1 +-1 abc 1x 1,5 '1 2' 99999999999 0x1 ''; do
	bad budget "$value" '0\.01.*100'
done
for value in 2 -1 x '' 99999999999; do
	bad verify_stacks "$value" '0.*1'
done
for value in 0.001 1.234 100.01 -1 abc '1 2' ''; do
	bad stop "$value" '0, 0\.01.*100'
done
for value in 0.5 0; do
	is "stop=$value is accepted" "$(echo $value | wr $PARAM/stop)" OK
done
for value in 0.01 1 1.5 99.99 100; do
	is "budget=$value is accepted" "$(echo $value | wr $PARAM/budget)" OK
	true_that "... and is what it is" "$(cat $PARAM/budget) == $value && $(own_cost $P | cut -d' ' -f3) == $value"
done
check_accounting "afterwards"
ptop_unload

refused() {
	dmesg_mark
	is "loaded with $1=$2: refused" "$(mod ins $KO "$1=$2")" EINVAL
	is "... with one line" "$(lines)" 1
	like "... that names parameter, value and range" "$(dmesg_since)" "^perftop: .*$1.*$2.*$3"
	is "... and isn't there" "$(ls -d $P $S /sys/module/perftop 2>/dev/null)" ""
}
for value in 0.009 100.01 x; do refused stop $value '0, 0\.01.*100'; done
for value in 0 0.009 100.01 x; do refused budget $value '0\.01.*100'; done
for value in 2 x; do refused verify_stacks $value '0.*1'; done
finish
