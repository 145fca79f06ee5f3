# SPDX-License-Identifier: GPL-2.0-only
# timeout: 120
# /dev/perftop: each byte of a snapshot is what it should be, and says what the files of /proc say.
. /t/lib.sh

D=/dev/perftop

# rows_of FILE TYPE: its rows of a type, without the type
rows_of() { sed -n "s/^$2|//p" "$1"; }

# ---- the node

ptop_load top=1000 max_stacks=4096
like "the node: a device, for its owner and a group" "$(stat -c '%a %u %g %F' $D)" '^640 0 0 character special file$'
is "root reads" "$(privread $D)" OK
is "nobody doesn't" "$(privread -u 65534 -g 65534 $D)" EACCES
chgrp 1234 $D
is "a member of its group does" "$(privread -u 65534 -g 1234 $D)" OK
is "... and doesn't write" "$(privread -w -u 65534 -g 1234 $D)" EACCES
check "reads, writes, poll and ioctl do what they should" records api

# ---- one moment, two interfaces
# Fails if: a row is missing, is there twice, or says another number; if a name is that of another address.

start pingpong -c 0
start manystacks -d 4
start nest
mkfifo $T/fifo
cat <>$T/fifo >/dev/null &
asleep=$!
JOBS="$JOBS $asleep"
cp /bin/nest $T/gone
start $T/gone
gone=$PID
sleep 0.5
stop $gone
rm $T/gone
echo pause >$P
cat $D >$T/raw
take
take_lat
# With timers of 100 us beside them all these tables take minutes, emulated.
still
check "a snapshot is whole" records check $T/raw
records rows $T/raw >$T/rows || bail "rows"
is "the head: hook, clock, CPUs, depth, memory" "$(rows_of $T/rows head | cut -d'|' -f2-8,10)" \
	"$(sed -n 's/^# perftop \([^,]*\), .*/\1/p' $T/now.p)|$KVER|$(header $T/now.p hook | tr ' ' '|')|$(khz $T/now.p)|$NCPU|16|$(number $T/now.p memory)"
is "the parameters are those of sysfs" "$(rows_of $T/rows param | sort)" \
	"$(for p in $PARAM/*; do echo "${p##*/}|$(cat $p)"; done | sort)"
rows_of $T/rows cpu | awk -F'|' '{ print $1, $2, $3, $4, $5, $6 }' >$T/got
sed -n 's/^# cpu \([0-9]*\): *\([0-9]*\) ticks = tasks \([0-9]*\) + idle \([0-9]*\) + evicted \([0-9]*\) + unattributed \(-*[0-9]*\).*/\1 \2 \3 \4 \5 \6/p' \
	$T/now.s >$T/want
check "the accounting of each CPU is that of schedtop" diff -u $T/want $T/got
is "switches" "$(rows_of $T/rows cpu | awk -F'|' '{ n += $7 } END { print n }')" "$(number $T/now.p switches)"

# Of a hash there may be rows of several CPUs, which /proc/perftop puts together, or of different processes.
rows_of $T/rows task | awk -F'|' '{ t[$1 "|" $4 "|" $6] += $2; n[$1 "|" $4 "|" $6] += $3 } END { for (k in t) printf "%s|%.0f|%.0f\n", k, t[k], n[k] }' |
	sort >$T/got
# A kernel thread's tgid there is that of one of them. What isn't a frame isn't one here.
flat $T/now.p | awk -F'|' '{ gsub(/(;|^)[ku] \[(truncated|(exec:|not captured)[^;]*)\]/, "", $10); print }' OFS='|' >$T/flat
awk -F'|' 'FNR == NR { kthread[$1] = $2 == 0; next } { print $2 "|" (kthread[$2] ? 0 : $8) "|" $10, $3, $6 }' OFS='|' \
	- $T/flat <<END | awk -F'|' '{ t[$1 "|" $2 "|" $3] += $4; n[$1 "|" $2 "|" $3] += $5 } END { for (k in t) printf "%s|%.0f|%.0f\n", k, t[k], n[k] }' | sort >$T/want
$(rows_of $T/rows task | awk -F'|' '{ print $1 "|" $4 }' | sort -u)
END
# It shows 1000 at most: on a slow machine there are more. Of those that aren't there it's sure that none is larger.
if [ $(grep -c . $T/flat) = 1000 ]; then
	least=$(awk -F'|' 'NR == 1 || $3 < least { least = $3 } END { printf "%.0f", least }' $T/flat)
	for f in want got; do
		awk -F'|' -v least=$least '$4 > least' $T/$f >$T/more
		mv $T/more $T/$f
	done
fi
check "the rows of tasks, with their stacks, are those of perftop" diff -u $T/want $T/got
true_that "... there are some" "$(grep -c . $T/got) >= 30"
rows_of $T/rows pid | awk -F'|' '{ print $1, $2, $3, $4, $5, $6 }' | sort >$T/got
sched_flat $T/now.s | awk -F'|' '{ print $1, $2, $3, $5, $11, $12 }' | sort >$T/want
check "the rows of pids are those of schedtop" diff -u $T/want $T/got
# A sleep that isn't over is a row of its own; of a thread that wakes up in a pause it isn't there any more.
slept() {
	records rows $1 | awk -F'|' '$1 == "sleep" || $1 == "wait" { t[$2] += $4 } END { for (p in t) if (t[p]) printf "%s %.0f\n", p, t[p] }' | sort
}
cat $D >$T/later
slept $T/raw >$T/was
slept $T/later | grep -Fxf $T/was >$T/got
lat_flat $T/now.l | awk -F'|' 'FNR == NR { split($0, same, " "); had[same[1]] = 1; next } $2 in had { print $2, $4 }' $T/got - | sort >$T/want
check "which threads slept, and how long, is as in lattop" diff -u $T/want $T/got
true_that "... there are some" "$(grep -c . $T/got) >= 20"
like "a sleeping thread is there with its stack" "$(rows_of $T/rows wait | grep "^$asleep|")" '\|2\|S\|.*pipe_read.*;u /bin/busybox\+0x'
like "a program that is gone has its name" "$(rows_of $T/rows sleep | grep "^$gone|")" "u $T/gone\\+0x"
like "... and is said to be gone" "$(rows_of $T/rows sleep | grep "^$gone|" | cut -d'|' -f6)" '^1$'
is "a file has its build id" "$(rows_of $T/rows object | sed -n 's;^/bin/nest|;;p')" "$(records build-id /bin/nest)"
is "... as has one that is gone" "$(rows_of $T/rows object | sed -n "s;^$T/gone|;;p")" "$(records build-id /bin/nest)"
for size in 1 7 4095; do
	check "in reads of $size bytes it is whole" records check -s $size
done
moving
stop_all
echo resume >$P

# ---- under load, by several readers
# Fails if: rows change while they are read, or the reader waits for what it holds.

start hack -g 1 -f 2
start forker
bad=$T/bad
: >$bad
for reader in 1 2 3; do
	for i in 1 2 3 4; do
		records check >$T/load.$reader 2>&1 || cat $T/load.$reader >>$bad
	done &
	readers="$readers $!"
done
for i in 1 2 3 4 5; do
	echo reset >$D
	cat $P $S $L >/dev/null
	sleep 0.1
done
wait $readers
is "under load, with resets, each of 12 snapshots is whole" "$(cat $bad)" ""
take
check "the accounting balances" accounting_balances $T/now.p $T/now.s
stop_all

# ---- events
# Fails if: one is missing, or is another one than the file of /proc has.

ln -s /bin/kin $T/mark-kin
start records events mark-kin
got=$PID
start follow "pathname: $T/mark-kin"
want=$PID
kin >/dev/null
$T/mark-kin -x 0
wait $got $want
sed -n '/^#/d; s/^ *[0-9]*\.[0-9]* [^;]*; //p' $T/out.$want | sed "\\|pathname: $T/mark-kin|q" | grep -E ' (executed|forked|cloned) ' >$T/want
grep -E ' (executed|forked|cloned) ' $T/out.$got >$T/got
# Both began at their own time: what is before the first that both have isn't compared.
first=$(head -n 1 $T/want)
grep -Fqx "$first" $T/got || first=$(head -n 1 $T/got)
sed -n "\\|^$first\$|,\$p" $T/want >$T/want.all
sed -n "\\|^$first\$|,\$p" $T/got >$T/got.all
check "the events are those of /proc/perftop_events" diff -u $T/want.all $T/got.all
true_that "... there are some" "$(grep -c . $T/got.all) >= 20"
ptop_unload

# Fails if: something stays of the event that was in its place before. Few places, so that there is one; a reader may lose some.
ptop_load events=16
deep=$T/$(printf "%0250d" 0)
mkdir $deep
ln -s /bin/kin $deep/kin
start records events mark-kin
reader=$PID
for i in 1 2 3 4; do
	$deep/kin -x $i
	kin >/dev/null
done
while kill -0 $reader 2>/dev/null; do
	$T/mark-kin -x 0
done
check "each event is of itself only" wait $reader
diag <$T/out.$reader
ptop_unload

# ---- the module
# Fails if: it goes while somebody reads.

ptop_load events=0
exec 7<$D
like "no unload while it's open" "$(mod rm perftop)" '^(EBUSY|EAGAIN)$'
dd bs=100 count=1 <&7 >$T/part 2>/dev/null
exec 7<&-
like "without events there's no stream of them" "$(records events x 2>&1)" 'Operation not supported|Not supported'
check "... but snapshots" records check
is "unload after it closed" "$(mod rm perftop)" OK
is "no node is left" "$(ls $D 2>/dev/null)" ""

# Fails if: of a sleep that began before the load a state is made up.
mkfifo $T/never
sh -c "read x <>$T/never; >$T/woke; read x <>$T/never" &
sleeper=$!
JOBS="$JOBS $sleeper"
sleeps() { until grep -q '^State:	S' /proc/$sleeper/status; do :; done; }
sleeps
ptop_load
echo >$T/never
until [ -e $T/woke ]; do :; done
# With the tracepoint it's accounted when it leaves again.
sleeps
cat $D >$T/raw
records rows $T/raw >$T/rows
is "a sleep from before the load, in an unknown state" "$(awk -F'|' -v p=$sleeper '$1 == "sleep" && $2 == p && $6 > m { m = $6; s = $8 } END { print s }' $T/rows)" '?'
finish
