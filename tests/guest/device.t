# SPDX-License-Identifier: GPL-2.0-only
# needs: perftop
# timeout: 120
# perftop(1) and the views tell the same of one moment, to the digit; names of functions of processes that are gone; saved snapshots.
. /t/lib.sh

# A copy, to be replaced.
cp /bin/nest /bin/gone
cp /bin/nest /bin/replaced
ptop_load top=1000 sleepers=10000
start pingpong
start nap
start evilcomm
start gone
GONE=$PID
start replaced
REPLACED=$PID
sleep 0.5
perftop record -o $T/before
check "record: only its owner may read the file" test "$(stat -c %a $T/before)" = 600
sleep 0.5
# Longer than it takes until new stacks have names.
stop $GONE $REPLACED
rm /bin/gone /bin/replaced
cp /bin/nest /bin/gone
cp /bin/nap /bin/replaced
sleep 0.1

perftop pause
like "pause" "$(header $P state)" '^paused'
# What pause itself left to do.
sleep 0.2
cat /dev/perftop >$T/snap
take_all() {
	cat $P >$T/perftop
	cat $L >$T/lattop
	cat $S >$T/schedtop
}
take_all

# but "since reset" goes on
same() { sed '/^# since reset:/s/: .* s,/: N s,/' "$1" >"$1.same"; }
for view in report:perftop lat:lattop sched:schedtop; do
	command=${view%:*}
	raw=--raw
	[ $command != sched ] || raw=
	file=$T/${view#*:}
	perftop $command $raw -i $T/snap >$T/$command 2>&1
	same $T/$command
	same $file
	check "$command -i FILE is /proc/${view#*:}" diff $T/$command.same $file.same
	perftop $command $raw >$T/$command 2>&1
	same $T/$command
	check "$command of the device, too" diff $T/$command.same $file.same
	true_that "with rows" "$(grep -vc '^#' $file) > 5"
done
echo process >$PARAM/sum
cat $L >$T/lattop
perftop lat --raw >$T/lat
same $T/lattop
same $T/lat
check "lat with sum=process" diff $T/lat.same $T/lattop.same
perftop lat --raw --sum=process -i $T/snap >$T/lat
same $T/lat
check "lat --sum=process" diff $T/lat.same $T/lattop.same
echo thread >$PARAM/sum
echo 1 >$PARAM/idle
cat $S >$T/schedtop
perftop sched >$T/sched
same $T/sched
same $T/schedtop
check "sched with idle=1" diff $T/sched.same $T/schedtop.same

total=$(perftop folded | awk '{ sum += $NF } END { printf "%.0f", sum }')
is "folded adds up to the header's task time" "$total" "$(sed -n 's/^#   tasks: *\([0-9]*\) .*/\1/p' $T/perftop)"

# ---- names
perftop lat >$T/lat
# stack PID: its user frames
stack() { awk -v pid=$1 '/^ *[0-9]/ { on = $2 == pid } on && $1 == "u"' $T/lat; }
like "a process that is gone: its functions" "$(stack $GONE | tr -s ' \n' ' ')" 'u nest3 \(/bin/gone\+0x[0-9a-f]+\) u nest2 \(.*u nest1 \('
like "one whose program was replaced: file and offset" "$(stack $REPLACED | tr -s ' \n' ' ')" 'u /bin/replaced\+0x[0-9a-f]+ u /bin/replaced\+0x'
is "and no name" "$(stack $REPLACED | grep -c '(')" 0

# ---- intervals and control
perftop resume
like "resume" "$(header $P state)" '^recording'
perftop report -d 0.5 -n 2 >$T/out
is "two intervals" "$(grep -c '^# interval:' $T/out)" 2
true_that "in which something happened" "$(sed -n 's/^#   tasks: *\([0-9]*\) .*/\1/p' $T/out | tail -n 1) > 0"
# The books of an interval close, too.
is "and is explained" "$(sed -n 's/.*explained \([0-9]*\).*/\1/p' $T/out | sort -u)" 100
perftop record -o $T/series -d 0.3 -n 2
is "a series has its intervals" "$(perftop sched --each -i $T/series | grep -c '^# interval:')" 2
perftop diff $T/before $T/snap >$T/out
like "diff: the same books" "$(cat $T/out)" '^# the same books'
(sleep 0.4; perftop reset) &
RESET=$!
perftop report -d 1 -n 1 >$T/out
wait $RESET
like "a reset in an interval is noticed" "$(cat $T/out)" '^# since reset: .*began anew'
like "reset" "$(header $P 'since reset')" '^[0-9]\.'
finish
