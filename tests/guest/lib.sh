# SPDX-License-Identifier: GPL-2.0-only
# What the guest tests share: TAP, loading the module, reading its views. A test sources this, and calls "finish" at its very end:
# that prints the plan, so a test that dies on the way has none.
#
# ARCH, HOOK, KO, NCPU, KVER, REPEAT, SHARE and SLOW (1, or how much slower a debug kernel is) come from the guest's runner.

P=/proc/perftop
S=/proc/schedtop
L=/proc/lattop
PARAM=/sys/module/perftop/parameters
T=$(mktemp -d)
# An emulated machine stalls for so many ns now and then, maybe between the scheduler's look at the clock and the module's; not where
# time is counted in instructions: there it is what a few interrupts take.
# With several CPUs they take turns of 100 ms, so that much more, and maybe twice.
STALL=25000000
[ $NCPU = 1 ] || STALL=225000000
[ -z "$ICOUNT" ] || STALL=200000
STALL=$((STALL * SLOW))
JOBS=
echo 0 >$T/count

# ---- TAP

diag() { sed 's/^/# /'; }

# The number of the next test. In a file, since a pipe's end is a process of its own.
count() {
	read -r COUNT <$T/count
	echo $((COUNT += 1)) >$T/count
}

# tell LINE: says a line of TAP. Not the shell itself: when a child of its dies just then, its write to the serial line fails with EINTR, and
# the line is lost; seen with one of a thousand.
tell() { (echo "$*"); }

# ok NAME: what was just done is right
ok() {
	count
	tell "ok $COUNT - $*"
}

# not_ok NAME < why
not_ok() {
	count
	tell "not ok $COUNT - $*"
	head -n 20 | diag
}

# check NAME COMMAND...: the command succeeds; what it prints is the diagnosis if it doesn't
check() {
	local name=$1
	shift
	if "$@" >$T/check 2>&1; then ok "$name"; else not_ok "$name" <$T/check; fi
}

# skip NAME WHY: it can't be tested here
skip() {
	count
	tell "ok $COUNT - $1 # SKIP $2"
}

# is NAME GOT WANTED
is() {
	if [ "$2" = "$3" ]; then ok "$1"; else printf 'got:    %s\nwanted: %s\n' "$2" "$3" | not_ok "$1"; fi
}

# like NAME GOT REGEX
like() {
	if printf '%s\n' "$2" | grep -Eq -- "$3"; then ok "$1"; else printf 'got:    %s\nwanted: %s\n' "$2" "$3" | not_ok "$1"; fi
}

# true_that NAME EXPRESSION: in awk's arithmetic
true_that() {
	if awk "BEGIN { exit !($2) }" </dev/null 2>$T/check; then ok "$1"; else { echo "not so: $2"; cat $T/check; } | not_ok "$1"; fi
}

# near NAME GOT WANTED RELATIVE [ABSOLUTE]: the difference is at most the larger of both tolerances
near() {
	if awk -v g="$2" -v w="$3" -v r="$4" -v a="${5:-0}" 'BEGIN { d = g - w; if (d < 0) d = -d; t = (w < 0 ? -w : w) * r; if (a > t) t = a
		exit !(g != "" && w != "" && d <= t) }' </dev/null
	then ok "$1"; else echo "got $2, wanted $3 (tolerance $4 or ${5:-0})" | not_ok "$1"; fi
}

# bail WHY: the rest makes no sense
bail() {
	echo "# $*"
	dmesg | tail -n 5 | diag
	touch $T/bailed
	exit 1
}

finish() {
	stop_all
	! ptop_loaded || ptop_unload
	[ ! -e $T/bailed ] || exit 1
	tell "1..$(cat $T/count)"
}

# Whatever happens, the next test finds the guest as it was.
leave() {
	moving
	stop_all
	for cpu in /sys/devices/system/cpu/cpu[0-9]*/online; do
		[ ! -e $cpu ] || [ "$(cat $cpu)" = 1 ] || echo 1 >$cpu
	done
	! ptop_loaded || rmmod perftop
	echo $RT_RUNTIME >/proc/sys/kernel/sched_rt_runtime_us
	rm -rf "$T"
}
trap leave EXIT

# ---- processes

# start COMMAND...: runs a workload in the background and waits until it is ready; its pid is in $PID, what it prints in $T/out.PID
start() {
	rm -f $T/ready
	mkfifo $T/ready
	READY=1 "$@" 3>$T/ready >$T/out 2>$T/err &
	PID=$!
	JOBS="$JOBS $PID"
	read -r REPLY <$T/ready
	if [ "$REPLY" != ready ]; then
		cat $T/err | diag
		bail "$* isn't ready"
	fi
	mv $T/out $T/out.$PID
	mv $T/err $T/err.$PID
}

# A workload's children die with it.
stop() {
	kill -9 "$@" 2>/dev/null
	wait "$@" 2>/dev/null
}

stop_all() {
	[ -z "$JOBS" ] || stop $JOBS
	JOBS=
}

# The real-time classes may use all of a CPU, until this test ends: others may have one that never sleeps.
RT_RUNTIME=$(cat /proc/sys/kernel/sched_rt_runtime_us)
rt_unlimited() { echo -1 >/proc/sys/kernel/sched_rt_runtime_us; }

# still: no process but this shell and what it starts does anything, until "moving", so that what is compared is looked at sooner. Nor is who
# ends this test in time, the parent, stopped.
still() {
	kill -STOP -1
	kill -CONT $PPID
}
moving() { kill -CONT -1; }

# ns this process ran, by the kernel's account
ran_ns() { cut -d' ' -f1 /proc/$1/schedstat; }

# The same of one that blocks for good, once it does.
settled_ns() {
	while ! grep -q '^State:	S' /proc/$1/status; do
		[ -d /proc/$1 ] || bail "process $1 is gone"
	done
	ran_ns $1
}

# free_pid FROM: that pid, or the next lower one that nobody has
free_pid() {
	local pid=$1
	while [ -d /proc/$pid ]; do
		pid=$((pid - 1))
	done
	echo $pid
}

uptime_s() { cut -d' ' -f1 /proc/uptime; }

# ---- the module

ptop_loaded() { grep -q '^perftop ' /proc/modules; }

# ptop_load [PARAMETERS...]: with a budget that no emulated machine overdraws, unless another is given
ptop_load() {
	dmesg_mark
	REPLY=$(mod ins ${MODULE:-$KO} hook=$HOOK budget=100 "$@")
	[ "$REPLY" = OK ] || bail "insmod $MODULE hook=$HOOK $*: $REPLY"
}

ptop_unload() {
	REPLY=$(mod rm perftop)
	[ "$REPLY" = OK ] || bail "rmmod: $REPLY"
}

# nothing_left WHEN
nothing_left() {
	local files="$P $S $L /proc/perftop_events /dev/perftop /sys/module/perftop"
	ls -d $files >$T/left 2>/dev/null
	if ptop_loaded || [ -s $T/left ]; then
		{ cat $T/left; cat /proc/modules; } | not_ok "$1: nothing is left"
	else
		ok "$1: nothing is left"
	fi
}

# share NUMBER: how often that is done here which is done so often where there is time: REPEAT times, and SHARE percent of it; not so seldom
# that nothing comes together.
share() {
	local n=$(($1 * REPEAT * SHARE / 100))
	echo $((n > 4 ? n : 4))
}

# forever COMMAND...: over and over, until the test ends; what it says is lost
forever() {
	(while :; do "$@"; done) >/dev/null 2>&1 &
	JOBS="$JOBS $!"
}

# To be done again: reads all there is, and writes all that may be written
read_all() { cat $P $S $L /dev/perftop; }
write_all() {
	for word in reset pause resume target=hack target=; do
		echo $word >$P
	done
}

# Between readers who come and go; how often one was in the way is in $BUSY.
unload_between() {
	BUSY=0
	until REPLY=$(mod rm perftop); do
		case $REPLY in
		EAGAIN | EBUSY) BUSY=$((BUSY + 1)) ;;
		*) return 1 ;;
		esac
	done
}

# load_cycles COUNT BETWEEN...: loads, does BETWEEN and unloads so often, under whatever goes on
load_cycles() {
	local count=$1 done=0
	shift
	while [ $done -lt $count ]; do
		REPLY=$(mod ins $KO hook=$HOOK budget=100)
		[ "$REPLY" = OK ] || break
		"$@"
		unload_between || break
		done=$((done + 1))
	done
	[ $done = $count ] || echo "# the last reply: $REPLY"
	is "loaded, read, written to and unloaded $count times" $done $count
}

# What the kernel's log has got since dmesg_mark, without time stamps.
dmesg_mark() {
	MARK="mark $$ $(uptime_s) $((MARKS += 1))"
	echo "$MARK" >/dev/kmsg
}

dmesg_since() { dmesg | sed -n "/$MARK\$/,\$p" | sed '1d; s/^\[[^]]*\] *//'; }

# ---- the views, saved in files

# header FILE KEY: the text after "# KEY:"
header() { sed -n "s/^# *$2: *//p;/^#/!q" "$1"; }

# number FILE KEY: the first number of it
number() { header "$1" "$2" | sed 's|^\(-*[0-9.]*\).*|\1|'; }

# What the header calls the clock.
CLOCK=tsc
[ $ARCH = x86_64 ] || CLOCK=arch_timer

khz() { header "$1" clock | sed -n 's/^[^ ]* \([0-9]*\) kHz.*/\1/p'; }

# What perftop shows, one line for each row: rank hash ticks seconds share scheds error tgid more frames comm, separated by |, the frames by
# ; in their order. Neither can be in a name; "-" is 0 in error, and numbers have no % or +.
flat() {
	awk '
	function out() { if (row != "") print row "|" stack "|" comm }
	/^#/ { next }
	$1 ~ /^[0-9]+$/ && $2 ~ /^[0-9a-f]+$/ && length($2) == 8 {
		out()
		sub(/%/, "", $5); if ($7 == "-") $7 = 0
		row = $1; for (i = 2; i <= 9; i++) row = row "|" $i
		comm = $10; for (i = 11; i <= NF; i++) comm = comm " " $i
		stack = ""; next }
	$1 == "k" || $1 == "u" { sub(/^ +/, ""); stack = stack (stack == "" ? "" : ";") $0; next }
	{ print "?|" $0 }
	END { out() }' "$1"
}

# What schedtop shows: cpu pid ticks seconds scheds error comm delay longest-delay sleep hrtimer-ticks hrtimers, separated by |; "-" is 0
sched_flat() {
	awk '/^#/ { next } { for (i = 9; i <= 11; i++) if ($i == "-") $i = 0
		row = $1; for (i = 2; i <= 5; i++) row = row "|" $i
		comm = $12; for (i = 13; i <= NF; i++) comm = comm " " $i
		print row "|" $11 "|" comm "|" $6 "|" $7 "|" $8 "|" $9 "|" $10 }' "$1"
}

# What lattop shows, one line for each row: rank pid tgid ticks seconds sleeps longest delay delays longest-delay error share now now-seconds
# frames comm, separated by |, the frames by ; as in flat. "-" is 0 but in now.
lat_flat() {
	awk '
	function out() { if (row != "") print row "|" stack "|" comm }
	/^#/ { next }
	NF >= 14 && $1 ~ /^[0-9]+$/ && $12 ~ /%$/ {
		out()
		sub(/%/, "", $12); if ($11 == "-") $11 = 0; if ($14 == "-") $14 = 0
		row = $1; for (i = 2; i <= 14; i++) row = row "|" $i
		comm = $15; for (i = 16; i <= NF; i++) comm = comm " " $i
		stack = ""; next }
	$1 == "k" || $1 == "u" { sub(/^ +/, ""); stack = stack (stack == "" ? "" : ";") $0; next }
	{ print "?|" $0 }
	END { out() }' "$1"
}

# lat FILE PID COLUMN: of the row of that thread, one of those that lat_flat names; nothing if it has no row, two lines if it has two
lat() {
	lat_flat "$1" | awk -F'|' -v p="$2" -v c="$3" '
	BEGIN { n = split("rank pid tgid ticks seconds sleeps longest delay delays longest-delay error share now now-seconds frames comm", name, " ")
		while (name[n] != c) if (!--n) { print "no column " c; exit } }
	$2 == p { print $n }'
}

# histogram FILE sleeps|delays: how many it has
histogram() {
	awk -F'|' -v what="$2" '/^# +>= +[0-9]+ ticks/ { n = split(what == "sleeps" ? $1 : $3, f, " "); sum += f[n] }
		END { printf "%.0f\n", sum }' "$1"
}

# ticks_of FILE PID [CPU]: what schedtop has for a process
ticks_of() { sched_flat "$1" | awk -F'|' -v p="$2" -v c="$3" '$2 == p && (c == "" || $1 == c) { t += $3 } END { printf "%.0f\n", t }'; }

# cpu_ticks FILE CPU: what schedtop has for a CPU
cpu_ticks() { header "$1" "cpu $2" | sed 's/ .*//'; }

# suspend_load: the module, one that sleeps for good ($SLEEPER), one that computes on each of two CPUs, and some that wake each other
suspend_load() {
	ptop_load top=1000 sleepers=10000
	/bin/sleep 3600 &
	SLEEPER=$!
	JOBS=$SLEEPER
	SPINNERS=
	for cpu in 0 1; do
		start spin -c $cpu
		SPINNERS="$SPINNERS $PID"
	done
	start hack -g 1 -f 2
}

# suspended WAS: the machine has slept once more than WAS times, since when views b were taken; views c are new
suspended() {
	local pid first
	is "... it did" "$(cat /sys/power/suspend_stats/success)" $(($1 + 1))
	check "... the books close" books_close $T/b.p $T/b.s
	like "... they are open" "$(header $T/b.p state)" '^recording$'
	is "... who slept sleeps" "$(lat $T/b.l $SLEEPER now)" S
	# Fails if: a CPU that came back isn't looked at.
	for pid in $SPINNERS; do
		first=$(ticks_of $T/b.s $pid)
		while take c && [ "$(ticks_of $T/c.s $pid)" = "$first" ]; do :; done
	done
	ok "... who ran runs, on both CPUs"
}

# books_close PERFTOP SCHEDTOP: in both, tasks + idle + evicted + unattributed, and with a target others, are the time that went by, within
# 0.01 %; what is explained is all of it but evicted and unattributed; the header's tasks are the sum of the rows. Prints what isn't so.
books_close() {
	awk '
	function differ(a, b, all) { d = a - b; if (d < 0) d = -d; return d > all / 10000 }
	# Of the line, whose parts are these.
	function explains(line, known, all) {
		if (match(line, /explained [0-9.]+ %$/) && (!all || !differ(substr(line, RSTART + 10) * all / 100, known, all))) return
		printf "%.0f of %.0f are explained, says: %s\n", known, all, line; bad = 1 }
	FNR == 1 { file++ }
	file == 1 && /^# cpu time:/ { all = $4; line = $0; seen++ }
	file == 1 && /^# +tasks:/ { tasks = $3; seen++ }
	file == 1 && /^# +idle:/ { idle = $3; seen++ }
	file == 1 && /^# +evicted:/ { evicted = $3; seen++ }
	file == 1 && /^# +unattributed:/ { rest = $3; seen++ }
	file == 1 && /^# +others:/ { others = $3 }
	/^# +target:/ { target[file] = $3 != "all" }
	file == 2 && /^# cpu [0-9]+:/ {
		cpus++; c = $3; sub(/:/, "", c)
		e[c] = $4; t[c] = $8; sum = $8 + $11 + $14 + $17; if ($19 == "others") sum += $20
		if ($5 != "ticks" || $7 != "tasks" || $10 != "idle" || $13 != "evicted" || $16 != "unattributed" || ($19 == "others" && !target[2])) {
			print "strange: " $0; bad = 1 }
		explains($0, sum - $14 - $17, $4)
		if (differ(sum, $4, $4)) { printf "CPU %s: %.0f of %.0f\n", c, sum, $4; bad = 1 } }
	file == 2 && !/^#/ && !($2 == 0 && $NF ~ /^swapper/) { r[$1] += $3 }
	END {
		if (seen != 5 || !cpus) { print "no books"; exit 1 }
		explains(line, tasks + idle + others, all)
		if (others && !target[1]) { print "others, but no target"; bad = 1 }
		if (differ(tasks + idle + evicted + rest + others, all, all)) {
			printf "perftop: %.0f + %.0f + %.0f + %.0f + %.0f of %.0f\n", tasks, idle, evicted, rest, others, all; bad = 1 }
		for (c in t) if (differ(r[c], t[c], e[c])) { printf "CPU %s: rows %.0f, header %.0f\n", c, r[c], t[c]; bad = 1 }
		exit bad }' "$1" "$2"
}

# take [NAME]: saves the views of CPU time in $T/NAME.p and $T/NAME.s
take() {
	cat $P >$T/${1:-now}.p || bail "can't read $P"
	cat $S >$T/${1:-now}.s || bail "can't read $S"
}

# take_lat [NAME]: saves that of sleeps in $T/NAME.l
take_lat() { cat $L >$T/${1:-now}.l || bail "can't read $L"; }

# check_books NAME: of the views as they are now
check_books() {
	take
	check "$1: the books close" books_close $T/now.p $T/now.s
}

# elapsed FILE CPU: ticks of that CPU in schedtop
elapsed() { sed -n "s/^# cpu $2: *\([0-9]*\) ticks.*/\1/p" "$1"; }

# What the header says of the stack cache: stacks taken, those that weren't unwound in percent; stacks that were unwound as well
# (verify_stacks=1), and how many of these weren't the same.
stacks_taken() { number "$1" 'stack cache'; }
hit_rate() { header "$1" 'stack cache' | awk 'match($0, /[0-9.]+ % unwound$/) { printf "%.2f\n", 100 - substr($0, RSTART) }'; }
verified() { number "$1" verified; }
disagreements() { header "$1" verified | sed -n 's/.*, \([0-9]*\) disagreements, .*/\1/p'; }
unstable() { header "$1" verified | sed -n 's/.*, \([0-9]*\) changed meanwhile$/\1/p'; }

# own_cost FILE: "PERCENT TICKS BUDGET STEP HOOK COUNTERS STACKS", nothing if the line is another
own_cost() {
	header "$1" 'own cost' |
		sed -nE 's/^([0-9.]+) % of CPU time, ([0-9]+) ticks a switch: hook ([0-9.]+) %, counters ([0-9.]+) %, stacks ([0-9.]+) % of budget ([0-9.]+) %, step ([0-9]+): .*/\1 \2 \6 \7 \3 \4 \5/p'
}

# state_becomes NAME PATTERN: the view's state line, within 10 s
state_becomes() {
	local end=$(awk "BEGIN { print $(uptime_s) + 10 }")
	until header $P state | grep -qE "$2"; do
		if awk "BEGIN { exit !($(uptime_s) > $end) }"; then
			header $P state | not_ok "$1"
			return
		fi
		sleep 0.1
	done
	ok "$1"
}

# check_blind NAME: somebody disarms the kprobe behind our back, and arms it again
check_blind() {
	[ "$HOOK" = kprobe ] || return 0
	echo 0 >/sys/kernel/debug/kprobes/enabled
	state_becomes "$1: a hook that isn't called is told" '^BLIND'
	echo 1 >/sys/kernel/debug/kprobes/enabled
	state_becomes "$1: and that it's called again" '^recording'
}
