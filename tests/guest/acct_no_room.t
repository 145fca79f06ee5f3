# SPDX-License-Identifier: GPL-2.0-only
# timeout: 90
# More threads than there is room for: they're counted as untracked, and their time is theirs nevertheless.
. /t/lib.sh

untracked() { header $1 switches | sed 's/.*untracked //'; }

# On any number of CPUs.
tasks=$((256 / NCPU))
ptop_load max_threads=$tasks top=1000
start herd -s -n 400
herd=$PID
# Some of the herd are without a slot already, and the next ones find none.
same=$(free_pid $(($(cat /proc/sys/kernel/pid_max) - 9)))
pids $same 3 >$T/same 2>$T/err || { diag <$T/err; bail "pids failed"; }
take
# Fails if: there's no bound, or what is left out isn't told.
true_that "switches to threads without a slot are counted" "$(untracked $T/now.p) > 20"
check "the accounting balances" accounting_balances $T/now.p $T/now.s
# Fails if: a thread without a slot has no row, or another's.
n=0
while read -r name pid true_ns; do
	set -- $(sum schedtop $T/now.s $pid $name)
	near "$name of pid $pid: its own time in schedtop" $1 $true_ns 0.001 $STALL
	set -- $(sum perftop $T/now.p $pid $name)
	near "$name of pid $pid: its own time in perftop" $1 $true_ns 0.001 $STALL
	n=$((n + 1))
done <$T/same
is "... all three of them" $n 3
check "lattop can be read" sh -c "cat $L >$T/now.l"

# More threads than are looked at in one go, and on the way some are gone. Fails if: that walk doesn't end, or loses its way.
start forker
start forker
began=$(uptime_s)
for round in $(seq 100); do
	echo reset >$P || break
done
is "100 resets beside forks" "$round" 100
true_that "... within a minute" "$(uptime_s) - $began < 60 * $SLOW"
check_accounting "after them"

# Fails if: the slots of threads that are gone aren't free again.
stop $herd
stop_all
while grep -qsxF -e worker -e forker /proc/[0-9]*/comm; do :; done
echo reset >$P
start spin -s 0.5
start forker
sleep 0.5
take
is "when they're gone nobody is untracked" "$(untracked $T/now.p)" 0
check "and the accounting balances" accounting_balances $T/now.p $T/now.s
true_that "forks were seen" "$(number $T/now.p switches) > 100"
stop_all
ptop_unload

# An exec by another thread than the first one is the end of that one's pid, which nobody sees. Fails if: a thread without new user stacks never
# looks for slots of threads that are gone.
ptop_load stacks=kernel max_threads=$tasks
execs=0
end=$(($(date +%s) + 30 * SLOW))
while
	mix exec 1 >$T/check || break
	execs=$((execs + $(cat $T/check)))
	take
	[ $(untracked $T/now.p) -eq 0 ] && [ $(date +%s) -lt $end ]
do :; done
true_that "execs by other threads fill the slots ($execs of them)" "$(untracked $T/now.p) > 0"
while grep -qsxF mix /proc/[0-9]*/comm; do :; done
cat $P >/dev/null
echo reset >$P
start forker
sleep 0.5
take
is "... with stacks of the kernel alone, too, they're free again" "$(untracked $T/now.p)" 0
finish
