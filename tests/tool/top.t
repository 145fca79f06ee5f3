#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-only
# perftop top in a real terminal: what it shows of a recorded file, keys, sizes, and that the terminal is as it was after any exit.
set -euo pipefail
. "$(dirname "$0")/tap.sh"

SAMPLE=$TOP/tests/tool/two.perftop	# two snapshots, a second apart
mux() { env -u TMUX tmux -L "perftop-test-$$" -f /dev/null "$@"; }
tap_leave() { mux kill-server 2>/dev/null || :; }

# ---- the terminal

screen() { mux capture-pane -p; }
# Type; names of keys are tmux's.
keys() { mux send-keys "$@"; }

# sees NAME REGEX [SECONDS]: a line of the screen matches before that time is over
sees()
{
	local end=$((SECONDS + ${3:-20}))
	until screen | grep -Eq -- "$2"; do
		if [ $SECONDS -ge $end ]; then
			not_ok "$1" < <(echo "wanted: $2"; screen)
			return
		fi
		sleep 0.05
	done
	ok "$1"
}

wait_for()
{
	local end=$((SECONDS + 20))
	until screen | grep -Eq -- "$1"; do
		[ $SECONDS -lt $end ] || { echo "Bail out! never seen: $1"; screen | sed 's/^/# /'; exit 1; }
		sleep 0.05
	done
}

# The shell in the terminal writes its answers to files, so that the screen needn't be read for them.
answer()
{
	rm -f "$T/answer"
	keys -l "$* >$T/answer.new 2>&1; mv $T/answer.new $T/answer"
	keys Enter
	local end=$((SECONDS + 20))
	until [ -e "$T/answer" ]; do
		[ $SECONDS -lt $end ] || { echo "Bail out! the shell is gone: $*"; screen | sed 's/^/# /'; exit 1; }
		sleep 0.05
	done
	cat "$T/answer"
}

# unfiltered: after "/" and Escape, which it takes for a key only once nothing has followed for a while
unfiltered()
{
	local end=$((SECONDS + 20))
	while screen | grep -qE '^/|, only "'; do
		[ $SECONDS -lt $end ] || { echo "Bail out! the filter stays"; screen | sed 's/^/# /'; exit 1; }
		sleep 0.05
	done
}

# start ARGUMENTS...: perftop top, up to its first screen
start()
{
	keys -l "clear; $ENV$PERFTOP top $*; echo status=\$?"
	keys Enter
	wait_for '^perftop (stacks|pids|cpus|cgroups): '
}

pid_of_top() { pgrep -P "$(mux display -p '#{pane_pid}')" | head -n1; }

# restored NAME STATUS: the shell has its terminal back as it was
restored()
{
	sees "$1: the exit status is $2" "^status=$2\$"
	is "$1: the terminal's modes are as before" "$(answer stty -a)" "$MODES"
	is "$1: neither the other screen nor a hidden cursor is left" "$(mux display -p '#{alternate_on} #{cursor_flag} #{keypad_cursor_flag} #{keypad_flag}')" '0 1 0 0'
}

mux new-session -d -x 80 -y 24 'PS1="$ " exec sh'
mux set -g status off
mux resize-window -x 80 -y 24
ENV=
MODES=$(answer stty -a)

# ---- what it shows

start -i "$SAMPLE" --view=pids
sees "a view can be chosen" '^perftop pids: 2 CPUs, [0-9.]+ % busy'
sees "two snapshots of a file are an interval" ', the last 1\.[0-9]+ s, by cpu, from a file'
first() { screen | sed -n 4p; }
ran()
{
	"$PERFTOP" sched -i "$SAMPLE" | awk -v pid="$1" '$2 == pid && !/^#/ { s += $4 } END { printf "%.3f\n", s }'
}
keys r
wait_for 'since the reset'
pid=$(first | awk '{ print $1 }')
got=$(first | awk '{ print $4 }')
if awk -v a="$got" -v b="$(ran "$pid")" 'BEGIN { d = a - b; exit !(a > 0 && d < 0.0015 && d > -0.0015) }'; then
	ok "the run time is that of perftop sched"
else
	not_ok "the run time is that of perftop sched" <<<"$got of $pid, sched: $(ran "$pid")"
fi

# column N: of the rows; they must be sorted by it
sorted()
{
	if screen | sed '1,3d;$d' | awk -v n="$2" 'NF { if (NR > 1 && $n > last) bad = 1; last = $n; rows++ } END { exit bad || rows < 3 }'; then
		ok "$1"
	else
		not_ok "$1" < <(screen)
	fi
}
sorted "sorted by CPU time" 4
keys S
wait_for ', by sleep'
sorted "S sorts by sleep" 5
keys D
wait_for ', by delay'
sorted "D sorts by delay" 6
keys N
wait_for ', by schedules'
sorted "N sorts by schedules" 7
keys C
wait_for ', by cpu'
keys 1
sees "1: stacks" '^perftop stacks: '
keys 3
sees "3: CPUs" '^perftop cpus: '
is "as many rows as CPUs" "$(screen | sed '1,3d;$d' | grep -c .)" 2
keys Tab
sees "Tab: the next view" '^perftop cgroups: '
keys Tab
sees "... and the first one again" '^perftop stacks: '

keys Enter
sees "Enter opens a row" '^Stack [0-9a-f]{8}'
sees "... with its stack" '^ +k [a-z_]+'
keys p q
sees "q closes it" '^   CPU% '
sees "p pauses" ', PAUSED'
keys p
keys 2 Down Down
wait_for '^ +PID S'
chosen=$(mux capture-pane -p | sed -n 6p | awk '{ print $1 }')
keys Enter
sees "the row under the cursor is opened" "^Thread $chosen of process"
keys Escape
wait_for '^ +PID S'
keys '?'
sees "? is help" '^Enter +open a row'
keys '?'
wait_for '^ +PID S'

name=$(first | awk '{ print $NF }')
keys / 
keys -l "$name"
sees "a filter is shown as it is typed" "^/${name}_"
keys Enter
sees "... and in the head" "only \"$name\""
is "only rows of that name are left" "$(screen | sed '1,3d;$d' | grep . | grep -cv "$name")" 0
keys / C-u
keys -l 'no such name'
keys Enter
sees "nobody matches a filter" '^Nobody matches'
keys / Escape
unfiltered
keys / 
keys -l "$pid"
keys Enter
sees "a number is a pid" "^ +$pid "
is "... and nobody else's" "$(screen | sed '1,3d;$d' | grep . | awk -v p="$pid" '$1 != p' | grep -cv .)" 0
keys / Escape
wait_for '^ +PID S'

# ---- sizes

unfiltered
whole=$(screen)
for size in 40x10 20x5 12x3 5x2 2x1 200x60; do
	mux resize-window -x "${size%x*}" -y "${size#*x}"
	sleep 0.3
	for k in 1 2 3 Enter End q '?' Down '?' 2; do keys "$k"; done
	sleep 0.3
	if kill -0 "$(pid_of_top)" && [ "$(screen | wc -l)" -le "${size#*x}" ]; then ok "$size is survived"; else not_ok "$size is survived" < <(screen); fi
	for _ in $(seq 200); do
		[ "$size" != 2x1 ] && ! screen | head -n1 | grep -qE '^perft?' || break
		sleep 0.05
	done
	[ "$size" = 2x1 ] || like "$size: the first line is there" "$(screen | head -n1)" '^perft?'
done
mux resize-window -x 80 -y 24
sleep 0.3
keys 2 Home C-l
for _ in $(seq 200); do
	[ "$(screen)" != "$whole" ] || break
	sleep 0.05
done
is "back at 80x24 the screen is as it was" "$(screen)" "$whole"

# ---- exits

restart() { start -i "$SAMPLE"; }
keys q
restored q 0
restart; keys C-c
restored '^C' 0
restart; kill -TERM "$(pid_of_top)"
restored SIGTERM 143
restart; kill -HUP "$(pid_of_top)"
restored SIGHUP 129
restart; kill -SEGV "$(pid_of_top)"
restored 'a crash' 139
restart; keys C-z
wait_for '^\[1\]'
is "^Z: the terminal is the shell's" "$(answer stty -a)" "$MODES"
keys -l 'fg; echo status=$?'
keys Enter
sees "fg: the screen is back" '^perftop stacks: '
keys 2
sees "... and its keys" '^perftop pids: '
keys q
restored 'after ^Z and fg' 0

# ---- as it runs: a file instead of the device, which changes

live=$T/live
first_bytes=$(LC_ALL=C grep -abo 'perftop$' "$SAMPLE" | sed -n 2p | cut -d: -f1)
head -c $((first_bytes - 8)) "$SAMPLE" >"$live"
tail -c +$((first_bytes - 7)) "$SAMPLE" >"$live.2"
start --device="$live" -d 2
sees "live: the first screen is since the reset" ', since the reset'
cp "$live.2" "$live.new"
mv "$live.new" "$live"
sees "live: then what happened in the interval" ', the last 1\.[0-9]+ s'
keys p
wait_for PAUSED
rm "$live"
# Longer than the interval.
sleep 3
sees "live: a screen that is paused asks for nothing" PAUSED
keys p
sees "an error ends it, and is told afterwards" "^perftop: $live: No such file"
restored 'an error' 3

# ---- colours, cost, other terminals

ENV='TERM=screen-256color '
restart
wait_for 'stacks'
colours() { mux capture-pane -p -e | grep -c "$(printf '\033')\\[[0-9;]*3[1-7]" || :; }
is "colours on a terminal that has them" "$([ "$(colours)" -gt 0 ] && echo yes)" yes
keys q
wait_for '^status'
ENV='TERM=screen-256color NO_COLOR=1 '
restart
is "none with NO_COLOR" "$(colours)" 0
top=$(pid_of_top)
used() { awk '{ print $14 + $15 }' "/proc/$top/stat"; }
before=$(used)
sleep 3
after=$(used)
if [ $((after - before)) -le 2 ]; then ok "waiting costs nothing"; else not_ok "waiting costs nothing" <<<"$before to $after ticks in 3 s"; fi
keys q
wait_for '^status'
ENV=
status=0
said=$("$PERFTOP" top -i "$SAMPLE" 2>&1) || status=$?
is "without a terminal: the status is 2" $status 2
like "... and it says what to use" "$said" 'needs a terminal'
keys -l "clear; TERM=nonesuch $PERFTOP top -i $SAMPLE"
keys Enter
sees "an unknown terminal is named" '^perftop: TERM=nonesuch: no such terminal is known here'
is "a wrong view is refused" "$(answer "$PERFTOP" top --view=trees -i "$SAMPLE")" 'perftop: --view=trees: accepted is stacks, pids, cpus or cgroups'

# ---- cgroups, on 100 columns

python3 "$TOP/tests/tool/cgroups.py" "$T"
mux resize-window -x 100 -y 24
sleep 0.3
start -i "$T/pair"
sees "stacks have their cgroup, and place is left for what they do" 'COMM +CGROUP +PLACE *$'
sees "... a unit" '^ +[0-9.]+ .* 10 nginx +web\.service +/bin/program'
sees "... a container" '^ +[0-9.]+ .* 11 moved +0123456789ab +/bin/program'
sees "... one that isn't known" ' 13 lost +\?$'
keys 2
sees "threads have it" '^ +10 . .* nginx +web\.service *$'
keys Enter
sees "... with its path, when opened" '^cgroup +/system\.slice/web\.service$'
keys q 4
sees "4: cgroups" '^perftop cgroups: '
# 500 of 2000 ms of two CPUs.
sees "... with what the interval had" '^  50\.00 +0\.500 .* - +2 web\.service *$'
is "... a row for each that did anything" "$(screen | sed '1,3d;$d' | grep -c .)" 5
keys r
sees "... and since the reset one that is gone" ' short\(gone\) *$'
keys Enter
sees "a cgroup can be opened" '^Cgroup 20: web\.service$'
sees "... its threads" '^ +10 +0\.500000 +2 nginx$'
keys q /
keys -l 'web'
keys Enter
sees "a filter is of cgroups, too" 'only "web"'
is "... no others are left" "$(screen | sed '1,3d;$d' | grep -c .)" 1
keys / Escape
unfiltered
keys q
wait_for '^status'
start -i "$T/now" --cgroup='/docker/*'
sees "--cgroup: only that one" 'only cgroups /docker/\*'
is "... its rows" "$(screen | sed '1,3d;$d' | grep . | awk '{ print $6, $7 }')" 'moved 0123456789ab'
keys 3
sees "... and the machine's CPUs" '^   0 +50\.00 +50\.00 '
keys q
wait_for '^status'
start -i "$T/nspids" --by=cgroup
sees "--by=cgroup is that view" '^perftop cgroups: '
keys 2
sees "pids of the reader's namespace" '^    PID   NSPID S '
sees "... beside the machine's" '^ +10 +7 . .* nginx +web'
keys q
wait_for '^status'
start -i "$T/unfollowed"
sees "that moves aren't followed is an alarm" ', CGROUPS ARE NOT FOLLOWED *$'
keys q
wait_for '^status'
start -i "$T/names" --by=cgroup
keys End
sees "hostile names break nothing" ' y+\.\.y+ *$|\\x0a\.\.\\x0a|deep'
for size in 40x10 12x3 2x1 100x24; do
	mux resize-window -x "${size%x*}" -y "${size#*x}"
	sleep 0.3
	for k in 1 2 4 Enter q; do keys "$k"; done
done
sees "... at any size" '^perftop cgroups: '
keys q
wait_for '^status'
mux resize-window -x 80 -y 24
sleep 0.3

# ---- the command lines of what is live

code() { local status=0; "$PERFTOP" "$@" >"$T/said" 2>&1 || status=$?; echo $status; }
for command in top watch verify doctor; do
	is "$command --help" "$(code $command --help)" 0
	is "$command --nonsense" "$(code $command --nonsense)" 2
done
is "watch: of what?" "$(code watch)" 2
is "watch: a name that is too long for one" "$(code watch sixteen-letters!)" 2
is "verify: a limit that is none" "$(code verify --run-limit=-1)" 2
for command in 'watch x' verify top; do
	# shellcheck disable=SC2086 # with its arguments
	is "$command: no device" "$(code $command --device="$T/none")" 3
done
tap_done
