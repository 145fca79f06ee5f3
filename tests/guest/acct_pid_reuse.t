# SPDX-License-Identifier: GPL-2.0-only
# timeout: 120
# Pids that come again: two processes are never one.
. /t/lib.sh

# The processes' times differ by 50 ms at least.
max=$(cat /proc/sys/kernel/pid_max)
ptop_load top=1000

# Fails if: on a CPU that it left somebody has the name that it had there.
if [ $NCPU != 1 ]; then
	mkfifo $T/go
	start sh -c "taskset -p 1 \$\$; sleep 0.01; taskset -p 2 \$\$; printf renamed >/proc/self/comm; echo ready >&3; read go <$T/go"
	take
	is "a renamed thread is so on both CPUs" "$(sched_flat $T/now.s | awk -F'|' -v p=$PID '$2 == p { print $1, $7 }' | sort | xargs)" "0 renamed 1 renamed"
fi

# Fails if: one that sleeps has the name that it had when it went to sleep, or only some files have the new one.
start nap -r
sleeper=$(cat $T/out.$PID)
take
take_lat
is "a thread that another one renames while it sleeps has its new name in schedtop" "$(sched_flat $T/now.s | awk -F'|' -v p=$sleeper '$2 == p { print $7 }' | sort -u)" "by another"
is "... in lattop" "$(lat $T/now.l $sleeper comm)" "by another"
# What it did before it executed that program is the shell's.
is "... and in perftop" "$(flat $T/now.p | awk -F'|' -v p=$PID '$8 == p && $NF != "sh" { print $NF }' | sort -u | xargs)" "by another nap"
stop $PID

echo 400 >/proc/sys/kernel/pid_max

# the same pid on purpose
same=$(free_pid 399)
pids $same 6 >$T/same 2>$T/err || { diag <$T/err; bail "pids failed"; }
# and by wrapping
for round in 1 2 3; do
	forker -w >/dev/null
	same=$(free_pid $((same - 1)))
	pids $same 2 >>$T/same 2>$T/err || { diag <$T/err; bail "pids failed"; }
done
echo $max >/proc/sys/kernel/pid_max
diag <$T/same
take
is "twelve processes had four pids" "$(awk '{ print $2 }' $T/same | sort -u | grep -c .) $(grep -c . $T/same)" "4 12"
while read -r name pid true_ns; do
	set -- $(sum schedtop $T/now.s $pid $name)
	near "$name of pid $pid: its own time in schedtop" $1 $true_ns 0.001 $STALL
	set -- $(sum perftop $T/now.p $pid $name)
	near "$name of pid $pid: its own time in perftop" $1 $true_ns 0.001 $STALL
done <$T/same
check "the accounting balances" accounting_balances $T/now.p $T/now.s

true_that "none was left untracked" "$(header $T/now.p switches | sed 's/.*untracked //') == 0"
finish
