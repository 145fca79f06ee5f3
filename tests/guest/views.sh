# SPDX-License-Identifier: GPL-2.0-only
# The views of the module, saved in files: their headers and rows, and whether they add up. Of lib.sh.

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
		comm = $11; for (i = 12; i <= NF; i++) comm = comm " " $i
		stack = ""; next }
	$1 == "k" || $1 == "u" { sub(/^ +/, ""); stack = stack (stack == "" ? "" : ";") $0; next }
	{ print "?|" $0 }
	END { out() }' "$1"
}

# What schedtop shows: cpu pid ticks seconds scheds error comm delay longest-delay sleep hrtimer-ticks hrtimers, separated by |; "-" is 0
sched_flat() {
	awk '/^#/ { next } { for (i = 9; i <= 11; i++) if ($i == "-") $i = 0
		row = $1; for (i = 2; i <= 5; i++) row = row "|" $i
		comm = $13; for (i = 14; i <= NF; i++) comm = comm " " $i
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
		comm = $16; for (i = 17; i <= NF; i++) comm = comm " " $i
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

# accounting_balances PERFTOP SCHEDTOP: in both, tasks + idle + evicted + unattributed, and with a target others, are the time that went by, within
# 0.01 %; what is explained is all of it but evicted and unattributed; the header's tasks are the sum of the rows. Prints what isn't so.
accounting_balances() {
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
		if (seen != 5 || !cpus) { print "no accounting"; exit 1 }
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

# check_accounting NAME: of the views as they are now
check_accounting() {
	take
	check "$1: the accounting balances" accounting_balances $T/now.p $T/now.s
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

# own_cost FILE: "PERCENT TICKS BUDGET STEP HOOK COUNTERS STACKS EVENTS NAMES", nothing if the line is another
own_cost() {
	header "$1" 'own cost' |
		sed -nE 's/^([0-9.]+) % of CPU time, ([0-9]+) ticks a switch: hook ([0-9.]+) %, counters ([0-9.]+) %, events ([0-9.]+) %, names ([0-9.]+) %, stacks ([0-9.]+) % of budget ([0-9.]+) %, step ([0-9]+): .*/\1 \2 \8 \9 \3 \4 \7 \5 \6/p'
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
