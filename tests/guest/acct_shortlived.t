# SPDX-License-Identifier: GPL-2.0-only
# timeout: 100
# 25,000 processes that live for a moment (REPEAT=4: 100,000), with a hundred pids: none is taken for another, the memory stays what it is, and what
# is no longer in the tables is counted.
. /t/lib.sh

COUNT=$(share 25000)

evicted() { header $1 evicted | sed -n 's/.* \([0-9]*\) entries$/\1/p'; }

max=$(cat /proc/sys/kernel/pid_max)
ptop_load top=100 sleepers=10000 max_sleeps=1024
/bin/sleep 3600 &
sleeper=$!
JOBS=$sleeper
until lat_flat $L | awk -F'|' -v p=$sleeper '$2 == p && $13 == "S" && /nanosleep/ { found = 1 } END { exit !found }'; do :; done
start nap -m 50
napper=$PID
take
take_lat
memory=$(number $T/now.l memory)
switches=$(number $T/now.l switches)
# One, and those for locks of the kernel while it was forked and executed.
sleeps=$(lat $T/now.l $sleeper sleeps)

echo 400 >/proc/sys/kernel/pid_max
began=$(uptime_s)
brief -n $COUNT >$T/brief 2>$T/err || bail "brief failed: $(cat $T/err)"
took=$(awk "BEGIN { print $(uptime_s) - $began }")
echo $max >/proc/sys/kernel/pid_max
read -r parent cloned executed again <$T/brief
echo "# $cloned processes that share memory and $executed that execute, in $took s; pids came again $again times"
is "so many processes were there" $((cloned + executed)) $COUNT
true_that "pids came again" "$again > $COUNT / 200"
take
take_lat
lat_flat $T/now.l >$T/rows

# Fails if: two processes are one because they have the same pid. Each slept once, and hardly ever waited for anything else.
awk -F'|' -v parent=$parent '$NF == "brief" && $2 != parent' $T/rows >$T/brief.rows
# How many depends on when entries of gone programs were evicted last: an eighth of two tables of 1,024 stays then.
true_that "many of them are still there ($(grep -c . $T/brief.rows) of $(cut -d'|' -f2 $T/brief.rows | sort -u | grep -c .) pids)" \
	"$(grep -c . $T/brief.rows) > 150 && $(grep -c . $T/brief.rows) > 1.3 * $(cut -d'|' -f2 $T/brief.rows | sort -u | grep -c .)"
# When it exits it may wait for a lock of the memory that all share (7.2).
true_that "most have slept once" "$(awk -F'|' '$6 == 1' $T/brief.rows | grep -c .) > 0.5 * $(grep -c . $T/brief.rows)"
is "... none so often as many would" "$(awk -F'|' '$6 > 20' $T/brief.rows | head -n 5)" ""
true_that "... and has exited" "$(awk -F'|' '$13 != "X"' $T/brief.rows | grep -c .) == 0"
sched_flat $T/now.s | awk -F'|' -v parent=$parent '$7 == "brief" && $2 != parent' >$T/brief.rows
true_that "in schedtop many are, too ($(grep -c . $T/brief.rows))" "$(grep -c . $T/brief.rows) > 150"
# It is forked, sleeps and exits: two on-CPU intervals, and preemptions, more on a busy host.
true_that "... many with the two or three intervals of one" "$(awk -F'|' '$5 <= 3' $T/brief.rows | grep -c .) > 0.2 * $(grep -c . $T/brief.rows)"
is "... none with those of many" "$(awk -F'|' '$5 > 50' $T/brief.rows | head -n 5)" ""

# Fails if: memory grows with what has been, or what is no longer there isn't counted.
is "the header's memory is what it was" "$(number $T/now.l memory)" $memory
true_that "places of sleep were evicted ($(evicted $T/now.l))" "$(evicted $T/now.l) > $COUNT / 2"
true_that "tasks were evicted ($(evicted $T/now.p))" "$(evicted $T/now.p) > $COUNT / 2"
true_that "all switches were seen" "$(number $T/now.l switches) - $switches > 2 * $COUNT"
like "nothing was missed or left untracked" "$(header $T/now.l switches)" '^[0-9]+, missed 0, clamped 0, untracked 0$'
true_that "the histogram has all sleeps, of the evicted, too" "$(histogram $T/now.l sleeps) == $(number $T/now.l sleeps) && $(number $T/now.l sleeps) > $(evicted $T/now.l)"
check "the accounting balances" accounting_balances $T/now.p $T/now.s

# Fails if: threads that stay lose their rows, or time, to the crowd.
since=$(number $T/now.l 'since reset')
near "a thread that slept through it all is there, with all its time" "$(lat $T/now.l $sleeper seconds)" $since 0.01 1
# Those for locks were elsewhere, which may have been evicted.
still=$(lat $T/now.l $sleeper sleeps)
true_that "... in the sleep it was in ($still of $sleeps)" "${still:-0} >= 1 && ${still:-0} <= $sleeps"
true_that "a thread that naps for longer is there" "$(lat $T/now.l $napper seconds) > $took / 2"
finish
