# SPDX-License-Identifier: GPL-2.0-only
# timeout: 90
# pause, resume, reset, what isn't a command, and the parameters that change at run time.
. /t/lib.sh

# account FILE: all that must not change during a pause
account() { grep -E '^# +(cpu time|tasks|idle|evicted|unattributed|switches|cpu [0-9]+):' $1; flat $1; }

ptop_load top=1000
start spin -c 1
spinner=$PID
start nap -c 0
like "it records" "$(header $P state)" '^recording'
echo pause >$P
take a
sleep 0.5
take b
like "it is paused" "$(header $T/b.p state)" '^paused'
like "the other view says so too" "$(header $T/b.s state)" '^paused'
account $T/a.p >$T/a
account $T/b.p >$T/b
check "nothing grows during a pause" cmp $T/a $T/b
is "nor in schedtop" "$(sched_flat $T/b.s)" "$(sched_flat $T/a.s)"
check "paused: the accounting balances" accounting_balances $T/b.p $T/b.s
echo resume >$S
like "it records again" "$(header $P state)" '^recording'
sleep 0.5
take b
grown=$(awk "BEGIN { print ($(ticks_of $T/b.s $spinner) - $(ticks_of $T/a.s $spinner)) / $(khz $T/b.s) / 1000 }")
true_that "it goes on growing, without the pause ($grown s)" "$grown > 0.3"
all=$(awk "BEGIN { print ($(elapsed $T/b.s 1) - $(elapsed $T/a.s 1)) / $(khz $T/b.s) / 1000 }")
true_that "no more than the time since resume ($all s)" "$grown <= $all * 1.001"
check "resumed: the accounting balances" accounting_balances $T/b.p $T/b.s
for word in pause pause resume resume reset; do
	is "$word" "$(printf $word | wr $S)" OK
done
check_accounting "afterwards"
stop $spinner
# Fails if: a file that is only written has a place to go to, but nothing to be read there.
for file in $P $S $L; do
	check "a word at another place, of $file" dd of=$file bs=7 seek=3 conv=notrunc <<END
resume
END
done
like "pause and resume can be said twice" "$(header $T/now.p state)" '^recording'
# Fails if: recording begins once more.
/bin/sleep 3600 &
sleeper=$!
JOBS="$JOBS $sleeper"
until grep -q '^State:	S' /proc/$sleeper/status; do :; done
sleep 1
echo resume >$P
take_lat
true_that "a sleeping thread sleeps for as long as before" "$(lat $T/now.l $sleeper now-seconds) + 0 >= 0.99"
# what isn't a command
since=$(number $P 'since reset')
sleep 0.1
bad() {
	is "$1 is refused" "$(wr $P)" EINVAL
}
printf '' | bad "an empty write"
printf '\n' | bad "an empty line"
printf 'resetx' | bad "resetx"
printf 'rese' | bad "half a word"
printf 'reset pause' | bad "two words"
printf 'Reset' | bad "a capital"
printf 'reset\0' | bad "a NUL at the end"
printf 'pa\0use' | bad "a NUL inside"
printf 'pause\n\n' | bad "two newlines"
head -c 5000 /dev/zero | tr '\0' 'p' | bad "a page of letters"
{ printf 'reset\n'; head -c 70000 /dev/zero; } | bad "a word and 70 kB"
printf 'target' | bad "target without ="
printf 'target=sixteen-bytes-xx' | bad "a target that is too long"
printf 'target=x\0y' | bad "a target with a NUL"
printf ' target=x' | bad "a blank before it"
is "no target was set" "$(cat $PARAM/target)" ""
printf 'pausex' | wr $S >$T/check
is "schedtop refuses too" "$(cat $T/check)" EINVAL
true_that "nothing was reset" "$(number $P 'since reset') > $since"
like "nothing was paused" "$(header $P state)" '^recording'

# parameters
for value in 5 1 1000; do
	echo $value >$PARAM/top
	is "top=$value" "$(cat $PARAM/top)" $value
	rows=$(flat $P | grep -c .)
	true_that "... shows at most so many rows ($rows)" "$rows <= $value && $rows > 0 && ($value > 5 || $rows == $value)"
done
hookless && for value in 0 1001 abc -1 5x ''; do
	dmesg_mark
	printf '%s\n' "$value" | wr $PARAM/top >$T/check
	is "top='$value' is refused" "$(cat $T/check)" EINVAL
	is "... with one line" "$(dmesg_since | grep -c '^perftop: ')" 1
	like "... that names parameter, value and range" "$(dmesg_since)" "^perftop: .*top.*$value.*1.*1000"
done
is "top stays what it was" "$(cat $PARAM/top)" 1000
is "idle isn't listed" "$(sched_flat $S | grep -c '^[0-9]*|0|')" 0
echo 1 >$PARAM/idle
for cpu in $(seq 0 $((NCPU - 1))); do
	like "idle=1 lists the swapper of CPU $cpu" "$(sched_flat $S)" "^$cpu\|0\|[0-9]+\|.*\|swapper/$cpu\|"
done
take
check "idle=1: the accounting balances" accounting_balances $T/now.p $T/now.s
dmesg_mark
is "idle=2 is refused" "$(echo 2 | wr $PARAM/idle)" EINVAL
is "... with one line" "$(dmesg_since | grep -c '^perftop: ')" 1

# Fails if: a bad target changes something, or the two ways to set it are not the same.
is "target=fifteen-bytes-x" "$(printf 'target=fifteen-bytes-x' | wr $P)" OK
is "... is the parameter" "$(cat $PARAM/target)" fifteen-bytes-x
dmesg_mark
is "a longer one is refused" "$(echo sixteen-bytes-xx | wr $PARAM/target)" EINVAL
is "... with one line" "$(dmesg_since | grep -c '^perftop: ')" 1
like "... that names parameter, value and length" "$(dmesg_since)" '^perftop: target=sixteen-bytes-xx.*: accepted are up to 15 bytes'
is "... and nothing changes" "$(cat $PARAM/target)" fifteen-bytes-x
is "a name with blanks" "$(echo ' a b ' | wr $PARAM/target)" OK
is "... is kept as it is" "$(cat $PARAM/target)" " a b "
like "... the events' header has it" "$(dd if=/proc/perftop_events bs=4096 count=1 2>/dev/null)" '# target:        a b ; 0 processes, 0 without room'
is "an empty line clears it" "$(echo | wr $PARAM/target)" OK
is "..." "$(cat $PARAM/target)" ""
is "depth can't change at run time" "$(stat -c %a $PARAM/depth)" 444

# Fails if: a thread that runs at a reset is of no process from then on: where threads are summed up its delays are missing, or it's a row of pid 0;
# or if it's taken for another thread, which ran there before.
stop_all
start spin -c 1
one=$PID
start spin -c 1
two=$PID
echo reset >$P
for pid in $one $two; do
	runs=$(cut -d' ' -f3 /proc/$pid/schedstat)
	while [ $(cut -d' ' -f3 /proc/$pid/schedstat) -lt $((runs + 3)) ]; do :; done
done
for pid in $one $two; do
	kill -STOP $pid
	until grep -q '^State:	T' /proc/$pid/status; do :; done
done
echo pause >$P
for sum in thread process; do
	echo $sum >$PARAM/sum
	take_lat $sum
done
for pid in $one $two; do
	true_that "$pid has waited for the CPU since the reset" "$(lat $T/thread.l $pid delay) > 0"
	is "... so has its process" "$(lat $T/process.l $pid delay) $(lat $T/process.l $pid delays)" \
		"$(lat $T/thread.l $pid delay) $(lat $T/thread.l $pid delays)"
done
echo resume >$P
stop_all
start nap -c 1 -m 1 -b 30 -t
for round in $(seq $(rounds 5 2)); do
	echo reset >$P
	sleep 0.1
	for sum in thread process; do
		echo $sum >$PARAM/sum
		take_lat $sum
		is "round $round, sum=$sum: all rows have a pid" "$(lat_flat $T/$sum.l | awk -F'|' '$2 == 0 || $3 == 0')" ""
	done
	take
	is "... the running thread's row has its name" "$(flat $T/now.p | awk -F'|' -v p=$PID '$8 == p { print $NF }' | sort -u)" second
done
echo thread >$PARAM/sum

# Fails if: with the tracepoint a pause forgets how the running thread has waited, which is added when it leaves.
stop_all
mkfifo $T/never
taskset -p 2 $$ >/dev/null
start sh -c "taskset -p 1 \$\$; echo ready >&3; read -t 1 x <>$T/never; >$T/runs; while :; do :; done"
until [ -e $T/runs ]; do :; done
echo pause >$P
take
true_that "a thread that runs when a pause begins slept before that" \
	"$(sched_flat $T/now.s | awk -F'|' -v p=$PID '$2 == p { s += $10 } END { print s + 0 }') >= 0.99"
check "... and the accounting balances" accounting_balances $T/now.p $T/now.s
echo resume >$P
stop $PID

# Fails if: the file looks as if nothing had happened.
check_blind "recording"
finish
