# SPDX-License-Identifier: GPL-2.0-only
# timeout: 60
# The text of the views, as tools may rely on it.
. /t/lib.sh

ptop_load
start pingpong
start nap
sleep 0.3
take
take_lat

# has FILE REGEX: the header has that line
has() { like "${1##*.}: $2" "$(sed '/^#/!d' $1)" "$2"; }

for f in $T/now.p $T/now.s $T/now.l; do
	like "the first line" "$(head -n 1 $f)" "^# perftop [0-9]+\.[0-9]+\.[0-9]+, abi 1, kernel $(uname -r | sed "s,[.+],[&],g")\$"
	has $f "^# hook: +$HOOK [a-z_.0-9]+\$"
	has $f "^# clock: +$CLOCK [0-9]+ kHz, constant (yes|no), nonstop (yes|no)\$"
	has $f '^# state: +recording$'
	has $f '^# target: +all$'
	has $f "^# since reset: +[0-9]+\.[0-9]{6} s, $NCPU CPUs?\$"
	has $f '^# switches: +[0-9]+, missed [0-9]+, clamped [0-9]+, untracked [0-9]+$'
	has $f '^# table: +[0-9]+ of [0-9]+ (stacks|pids|sleeps)$'
	has $f '^# memory: +[0-9]+ bytes$'
	is "comments come first" "$(sed '1,/^[^#]/d' $f | grep -c '^#')" 0
done
f=$T/now.p
has $f '^# stacks: +both, depth 16 and 64, [0-9]+ truncated, [0-9]+ unnamed, [0-9]+ without room$'
has $f '^# stack cache: +[0-9]+ stacks: [0-9]+\.[0-9]{2} % unchanged, [0-9]+\.[0-9]{2} % by table, [0-9]+\.[0-9]{2} % unwound$'
has $f '^# own cost: +[0-9]+\.[0-9]{2} % of CPU time, [0-9]+ ticks a switch: hook [0-9]+\.[0-9]{2} %, counters [0-9]+\.[0-9]{2} %, events [0-9]+\.[0-9]{2} %, names [0-9]+\.[0-9]{2} %, stacks [0-9]+\.[0-9]{2} % of budget 100\.00 %, step [0-9]+: (every stack is|one stack in [0-9]+ is) taken(, unsampled [0-9]+ switches)?(; hook=tracepoint would take [0-9]+\.[0-9]{2} %)?$'
has $f '^# cpu time: +[0-9]+ ticks, [0-9]+\.[0-9]{6} s, explained [0-9]+\.[0-9]{4} %$'
for part in tasks idle unattributed; do
	has $f "^#   $part: +[0-9]+ ticks, [0-9]+\.[0-9]{6} s, [0-9]+\.[0-9]{2} %\$"
done
has $f '^#   evicted: +[0-9]+ ticks, [0-9]+\.[0-9]{6} s, [0-9]+\.[0-9]{2} %, [0-9]+ entries$'
has $f '^# rank +hash +ticks +seconds +share +scheds +error-ticks +tgid +more +cgroup +comm$'
has $T/now.s '^# +cpu +pid +ticks +seconds +scheds +delay-s +longest-delay-s +sleep-s +hrtimer-ticks +hrtimers +error-ticks +cgroup +comm$'
has $T/now.s '^# hrtimer cpu 0: +[0-9]+ interrupts, [0-9]+ ticks'
has $T/now.l '^# sleeps: +[0-9]+ sleeps, [0-9]+ ticks, [0-9]+\.[0-9]{6} s; [0-9]+ open, [0-9]+ open since an unknown time$'
has $T/now.l '^# evicted: +[0-9]+ ticks, [0-9]+\.[0-9]{6} s, [0-9]+ entries$'
has $T/now.l '^# waits that are over, by length: +sleeps +run-queue delays$'
has $T/now.l '^#   >= +[0-9]+ ticks +[0-9]+ (ns|us|ms|s) +[0-9]+ \|@* *\| +[0-9]+ \|@* *\|$'
has $T/now.l '^# rank +pid +tgid +ticks +seconds +sleeps +longest-s +delay-s +delays +longest-delay-s +error-ticks +share +now +now-s +cgroup +comm \(threads\)$'
has $T/now.s '^# cpu 0: +[0-9]+ ticks = tasks [0-9]+ \+ idle [0-9]+ \+ evicted [0-9]+ \+ unattributed [0-9]+, explained [0-9]+\.[0-9]{4} %$'

rate=$(khz $f)
all=$(number $f 'cpu time')
true_that "the rate is a clock's" "$rate > 100000 && $rate < 10000000"
flat $f >$T/rows
is "20 rows by default" "$(grep -c . $T/rows)" 20
check "seconds are ticks by the rate, share is of the CPU time, sorted by ticks, ranked from 1" awk -F'|' -v khz=$rate -v all=$all '
	function off(a, b, t) { return a - b > t || b - a > t }
	off($4, $3 / khz / 1000, 0.0000011) || off($5, $3 * 100 / all, 0.0101) || $1 != NR || (NR > 1 && $3 > last) { print; bad = 1 }
	{ last = $3 } END { exit bad || !NR }' $T/rows
sched_flat $T/now.s >$T/rows
check "schedtop: seconds are ticks by the rate, sorted by ticks, pid and CPU once" awk -F'|' -v khz=$rate '
	function off(a, b, t) { return a - b > t || b - a > t }
	off($4, $3 / khz / 1000, 0.0000011) || (NR > 1 && $3 > last) || seen[$1 "|" $2 "|" $7]++ { print; bad = 1 }
	{ last = $3 } END { exit bad || !NR }' $T/rows
lat_flat $T/now.l >$T/rows
check "lattop: seconds are ticks by the rate, sorted by ticks, ranked from 1, each with a stack" awk -F'|' -v khz=$rate '
	function off(a, b, t) { return a - b > t || b - a > t }
	off($5, $4 / khz / 1000, 0.0000011) || $1 != NR || (NR > 1 && $4 > last) || $7 > $5 || $10 > $8 || $12 > 100 || $15 !~ /^k / {
		print; bad = 1 }
	{ last = $4 } END { exit bad || NR < 20 }' $T/rows
is "the version is that of the module" "$(sed -n '1s/# perftop \([^,]*\),.*/\1/p' $f)" "$(cat /sys/module/perftop/version)"
true_that "switches grow" "$(number $P switches) > $(number $f switches) && $(number $f switches) > 0"
finish
