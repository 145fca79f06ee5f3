# SPDX-License-Identifier: GPL-2.0-only
# timeout: 100
# perf and bpftrace beside us, at the same functions and tracepoints: whichever is loaded or unloaded, the other goes on, and the accounting balances.
. /t/lib.sh

# One on each of our places that this kernel has.
FUNCTIONS=$(sed -n 's/^[0-9a-f]* [tT] \(finish_task_switch[^ ]*\|finalize_exec\|taskstats_exit\)$/-f \1/p' /proc/kallsyms | grep -v '\.cold')

# theirs: it goes; "N rounds, N samples, N stacks" into $THEIRS, of what it had no sample into $NONE
theirs() {
	kill $1
	wait $1
	THEIRS=$(grep rounds $T/out.$1) || diag <$T/err.$1
	NONE=$(grep 'no sample' $T/out.$1)
	echo "# perf and bpftrace: $THEIRS"
}

# seen WHEN: they have samples of all they want, and stacks where the kernel has BPF
seen() {
	like "$1: they have their samples" "$THEIRS" "^[1-9][0-9]* rounds, [1-9][0-9]* samples, ([1-9][0-9]* stacks|no BPF)\$"
	is "$1: of each kind" "$NONE" ""
	case $KVER in
	*-debug* | *-kcsan | *-gcov | *-clang) ;;
	*) like "$1: they have their stacks" "$THEIRS" ', [1-9][0-9]* stacks$' ;;
	esac
}

# going_on NAME: we record: all switches, and what runs. Nobody else runs while that is looked at.
going_on() {
	local before=$(number $P switches)
	start spin -s 0.4
	settled_ns $PID >/dev/null
	still
	take
	like "$1: we record" "$(header $T/now.p state)" '^recording'
	check "$1: the accounting balances" accounting_balances $T/now.p $T/now.s
	like "$1: nothing was missed" "$(header $T/now.p switches)" '^[0-9]+, missed 0, '
	true_that "$1: with its switches ($before before)" "$(number $T/now.p switches) > $before + 2"
	true_that "$1: with what ran" "$(ticks_of $T/now.s $PID) / $(khz $T/now.s) >= 400 - $STALL / 1000000"
	stop $PID
	moving
}

start hack -g 1 -f 1
forever brief -n 10

# Fails if: loading or unloading the module disarms another's probe at the same place, or one of another's before ours is missed.
start attach $FUNCTIONS
they=$PID
ptop_load top=1000
going_on "they were first"
ptop_unload
kill -USR1 $they
until grep -q anew $T/out.$they; do :; done
brief -n 10 >/dev/null
theirs $they
seen "we came and went"

# Fails if: another's going takes our probe along.
ptop_load top=1000
start attach $FUNCTIONS
they=$PID
going_on "they came"
theirs $they
seen "they came"
going_on "they went"

# Fails if: one of both that comes or goes while the other does is lost.
start attach -r $FUNCTIONS
they=$PID
going_on "they come and go"
ptop_unload
load_cycles $(rounds 4 2) true
ptop_load top=1000
going_on "after that"
theirs $they
seen "both came and went"
going_on "at the end"
stop_all
ptop_unload
nothing_left "afterwards"
finish
