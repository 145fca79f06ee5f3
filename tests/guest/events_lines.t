# SPDX-License-Identifier: GPL-2.0-only
# timeout: 240
# /proc/perftop_events: what processes do is told as it happens, rightly, to each reader; a slow one learns what it has lost.
. /t/lib.sh

E=/proc/perftop_events
# A program that any number of links can name.
LINKED=/bin/kin

# mark: executes something whose pathname nobody else uses; followers read until then. (MARK is of load.sh.)
LAST=$T/mark-kin
ln -s $LINKED $LAST
mark() { $LAST -x 0; }

# joined FOLLOWER: waits until it has read to the mark; what it read up to there is in $T/out.FOLLOWER
joined() {
	wait $1 || bail "follow failed: $(cat $T/err.$1)"
	sed "\\|pathname: $LAST|q" $T/out.$1 >$T/joined
	mv $T/joined $T/out.$1
}

# events FILE: the text of each event, without time and name
events() { sed -n '/^#/d; s/^ *[0-9]*\.[0-9]* [^;]*; //p' "$1"; }

# lost FILE: how many events it says are missing
lost() { awk '/^# lost [0-9]+ events/ { n += $3 } END { print n + 0 }' "$1"; }

# recorded: events that the module has recorded so far
recorded() { dd if=$E bs=4096 count=1 2>/dev/null | sed -n 's/^# events: *\([0-9]*\) recorded, .*/\1/p'; }

# ---- what is told
# Fails if: a hook sees other calls than it should, or fields are mixed up.

ptop_load
start follow "pathname: $LAST"
follower=$PID
set -- $(cut -d' ' -f1 /proc/uptime)
mark
joined $follower
set -- $1 $(cut -d' ' -f1 /proc/uptime)
out=$T/out.$follower
case $HOOK in
kprobe) like "the hooks are named" "$(header $out hook)" '^kprobe (finalize_exec), wake_up_new_task, taskstats_exit$' ;;
*) like "the hooks are named" "$(header $out hook)" '^tracepoint sched_process_exec, sched_wakeup_new, sched_process_exit$' ;;
esac
is "it says that it records" "$(header $out state)" "recording"
is "... everybody" "$(header $out target)" "all"
like "... in which ring" "$(header $out ring)" '^512 events per CPU$'
like "... how much" "$(header $out events)" '^[0-9]+ recorded, 0 missed, 0 lost by slow readers$'
like "the last line of the header is that of the columns" "$(grep '^#' $out | tail -n 1)" '^# +seconds comm; event$'
like "an exec: time, name, and what the issue says" "$(grep -F "pathname: $LAST" $out)" \
	"^ *[0-9]+\.[0-9]{6} mark-kin; PID [0-9]+ executed execve syscall for pathname: $LAST\$"
time=$(grep -F "pathname: $LAST" $out | awk '{ print $1 }')
true_that "the time is right ($1 <= $time <= $2)" "$time >= $1 - 0.011 && $time <= $2 + 0.011"

# tell_all NAME: all that kin does is told, once, and nothing else
tell_all() {
	echo target=kin >$E
	start follow "pathname: $LAST"
	kin >$T/kin
	mark
	joined $PID
	echo target= >$E
	events $T/out.$PID | sed "\\|pathname: $LAST|d" | sort >$T/got
	sort $T/kin >$T/want
	true_that "$1: there is a lot to be told" "$(grep -c . $T/want) >= 30"
	check "... all that was done is told, once, and nothing else" diff -u $T/want $T/got
}

# Fails if: an event is missing, is told twice or is told of the wrong process; or if what failed is told.
tell_all $HOOK
# There is a kernel thread with such a name, too.
like "the target is named" "$(header $T/out.$PID target)" '^kin; [0-9]+ processes, 0 without room$'
grep -v '^#' $T/out.$PID | awk '{ print $1 }' >$T/times
check "in the order of time" sort -nc $T/times

# Fails if: a name can make a line of its own, or end a field.
start follow "pathname: $LAST"
follower=$PID
i=0
for name in 'a\nb' '\n1.0 x; PID 1 exited with code 0' '\033[2Jx' 'semi;colon' 'back\\slash' 'na\303\257ve' 'two  blanks' '# lost 5 events'; do
	bytes=$(printf "$name")
	ln -s $LINKED "$T/$bytes"
	"$T/$bytes" -x $((i += 1))
done
# 15 bytes of it are the name; 300 bytes are more than fit
deep=$T
for d in 1 2 3; do
	deep=$deep/$(printf "%0100d" $d)
	mkdir $deep
done
ln -s $LINKED $deep/long
$deep/long -x 0
mark
joined $follower
out=$T/out.$follower
is "hostile names: nothing but printable bytes" "$(tr -d '\n\040-\176' <$out | wc -c)" 0
is "... each line is a comment or an event" "$(grep -vcE '^(#|[ 0-9]+\.[0-9]{6} [^;]*; (thread [0-9]+ of )?PID [0-9]+ [a-z])' $out)" 0
is "... nothing is said to be lost" "$(lost $out)" 0
while IFS='|' read -r code comm path; do
	like "... $comm" "$(grep -F "; PID " $out)" "^ *[0-9.]+ $comm; PID [0-9]+ executed execve syscall for pathname: $T/$path\$"
	like "... and exits" "$(grep -F "; PID " $out)" "^ *[0-9.]+ $comm; PID [0-9]+ exited with code $code\$"
done <<'END'
1|a\\x0ab|a\\x0ab
2|\\x0a1.0 x\\x3b PID 1 e|\\x0a1.0 x\\x3b PID 1 exited with code 0
3|\\x1b\[2Jx|\\x1b\[2Jx
4|semi\\x3bcolon|semi\\x3bcolon
5|back\\x5cslash|back\\x5cslash
6|na\\xc3\\xafve|na\\xc3\\xafve
7|two  blanks|two  blanks
8|# lost 5 events|# lost 5 events
END
# 208 bytes with the NUL
cut=$((${#deep} + 5 - 207))
like "a long pathname keeps its end, and says how much is cut off" "$(grep -E '^ *[0-9.]+ long; PID [0-9]+ executed' $out)" \
	"pathname: \.\.\.$(printf %s "$deep/long" | tail -c 207); $cut bytes are cut off\$"

# ---- a file
# Fails if: a waiting reader isn't woken, or a call that shouldn't wait does.

for what in nonblock poll block signal share bytes fault; do
	check "as a file: $what" evfile $what
done
echo target= >$E

# Fails if: readers share what is there.
start follow "pathname: $LAST"
one=$PID
start follow -b 100 "pathname: $LAST"
two=$PID
start follow -b 7 "pathname: $LAST"
three=$PID
kin >/dev/null
mark
for follower in $one $two $three; do
	joined $follower
	events $T/out.$follower | sed -n '/pathname: \/bin\/kin/,$p' >$T/events.$follower
done
true_that "three readers at once: there is a lot" "$(grep -c . $T/events.$one) > 30"
check "... the second one has seen what the first has" cmp $T/events.$one $T/events.$two
check "... and so has the third" cmp $T/events.$one $T/events.$three

# ---- pause
# Fails if: a pause is none.

start follow "pathname: $LAST"
follower=$PID
echo pause >$E
is "paused: the header says so" "$(dd if=$E bs=4096 count=1 2>/dev/null | sed -n 's/^# state: *//p')" paused
$T/semi\;colon -x 0
echo resume >$E
mark
joined $follower
is "... and nothing is told" "$(grep -c semi $T/out.$follower)" 0

# ---- too slow
# Fails if: a fork waits for the reader, events are lost without being counted, or counted without being lost.

ptop_unload
ptop_load events=64
start follow -w "pathname: $LAST"
follower=$PID
was=$(sed -n 's/^# events: *\([0-9]*\) recorded, .*/\1/p' $T/out.$follower)
check "1000 forks while the reader doesn't read" forker -n 1000
kill -USR1 $follower
mark
joined $follower
out=$T/out.$follower
# What is recorded after the mark: its exit, and what the shell does to ask.
start follow -w x
is=$(sed -n 's/^# events: *\([0-9]*\) recorded, .*/\1/p' $T/out.$PID)
stop $PID
seen=$(events $out | grep -c .)
lost=$(lost $out)
diag <<END
$was, then $seen seen and $lost lost; $is now
END
true_that "it learns what it has lost" "$lost >= 2000 - $NCPU * 64 && $seen > 64"
true_that "... at most a ring of each CPU was left, and what came while it read" "$seen <= $NCPU * 64 + 64"
like "... where: before the first event of that CPU" "$(grep -v '^# [^l]' $out | head -n 1)" '^# lost [0-9]+ events of CPU [0-9]+$'
true_that "... and that is all there was" "$is - $was - $seen - $lost >= 0 && $is - $was - $seen - $lost <= 3"
total=$(dd if=$E bs=4096 count=1 2>/dev/null | sed -n 's/^# events: .* \([0-9]*\) lost by slow readers$/\1/p')
is "... the header has it in total" $total $lost

# Fails if: the same, with readers that try to keep up and some that don't.
start follow "pathname: $LAST"
fast=$PID
start follow -b 64 "pathname: $LAST"
slow=$PID
forker -n 200 &
one=$!
forker -n 200 &
wait $one $!
mark
joined $fast
joined $slow
all_of() { sed -n 's/^# events: *\([0-9]*\) recorded, .*/\1/p' $T/out.$1; }
sum_of() { echo $(($(events $T/out.$1 | grep -c .) + $(lost $T/out.$1) + $(all_of $1))); }
is "what two readers have seen and lost is the same in sum" "$(sum_of $fast)" "$(sum_of $slow)"

# ---- the end
# Fails if: a reader that is killed leaves something behind, or one that lives doesn't hold the module.

start follow -w x
is "a module with a reader isn't removed" "$(mod rm perftop)" EAGAIN
stop $PID
start follow "no such mark"
while ! grep -q '^State:	S' /proc/$PID/status; do :; done
kill -9 $PID
wait $PID
ptop_unload
ok "a reader was killed while it waited, and nothing holds the module"

# Fails if: a probe still runs when its memory is gone.
start hack -g 1 -f 2
forker &
JOBS="$JOBS $!"
# On all kernels, and life_load_cycles.t has more of them.
LOADS=$(rounds 6 2)
for round in $(seq $LOADS); do
	ptop_load target=forker
	follow "forked" >/dev/null || bail "follow failed"
	ptop_unload
done
ok "loaded and removed $LOADS times under load"
stop_all

# ---- a CPU that comes later
# Fails if: it has no ring.

echo 0 >/sys/devices/system/cpu/cpu1/online || bail "CPU 1 doesn't go off line"
ptop_load
start follow "pathname: $LAST"
follower=$PID
echo 1 >/sys/devices/system/cpu/cpu1/online || bail "CPU 1 doesn't come back"
start spin -c 1
stop $PID
mark
joined $follower
is "a CPU came on line: what happens there is told" "$(grep -c " spin; PID $PID was killed by signal 9" $T/out.$follower)" 1
echo 0 >/sys/devices/system/cpu/cpu1/online
start follow "pathname: $LAST"
follower=$PID
mark
joined $follower
like "... and nothing was missed, nor when it went" "$(header $T/out.$follower events)" '^[0-9]+ recorded, 0 missed, 0 lost'
echo 1 >/sys/devices/system/cpu/cpu1/online
ptop_unload

# ---- other hooks
# Fails if: what is looked for in a kernel that hasn't got the first is of no use.

if [ $HOOK = kprobe ]; then
	MODULE=/m/perftop-second.ko
	ptop_load
	is "the next symbols are used" "$(dd if=$E bs=4096 count=1 2>/dev/null | sed -n 's/^# hook: *//p')" \
		"kprobe setup_new_exec, wake_up_new_task, exit_files"
	tell_all "the next symbols"
	ptop_unload
	MODULE=
fi

# ---- sizes

ptop_load events=0
is "events=0: there is no such file" "$(ls $E 2>&1)" "ls: $E: No such file or directory"
zero=$(number $P memory)
check "... but the rest" kin -x 0
ptop_unload
ptop_load events=1 target=nap
start follow "pathname: /bin/nap"
follower=$PID
start nap
wait $follower
ok "events=1 is enough for one"
ptop_unload
ptop_load events=10000
true_that "memory is counted" "$(number $P memory) - $zero >= $NCPU * 10000 * 256"
true_that "... all of it, in whole pages" "$(number $P memory) - $zero < $NCPU * (10000 * 256 + 2 * 4096)"
finish
