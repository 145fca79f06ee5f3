# SPDX-License-Identifier: GPL-2.0-only
# needs: perftop
# timeout: 240
# perftop(1) and the views tell the same of one moment, to the digit; names of functions of processes that are gone; saved snapshots.
. /t/lib.sh
. /t/cgroups.sh

# As from a pipe: the guest's line is a terminal, on which it would show how far it is.
perftop() {
	local status=0
	command perftop "$@" 2>$T/stderr || status=$?
	cat $T/stderr >&2
	return $status
}

# A copy, to be replaced.
cp /bin/nest /bin/gone
cp /bin/nest /bin/replaced
ptop_load top=1000 sleepers=10000
start pingpong
PAIR=$PID
start nap
start evilcomm
EVIL=$PID
# Each of them in a cgroup of its name; and one in a cgroup that is gone.
while read -r pid name; do
	mkdir -p "$CG/$name $pid"
	echo $pid >"$CG/$name $pid/cgroup.procs"
done <$T/out.$PID
mkdir $CG/removed
sh -c "echo \$\$ >$CG/removed/cgroup.procs; exec busybox true"
rmdir $CG/removed
start gone
GONE=$PID
start replaced
REPLACED=$PID
sleep 0.5
perftop record -o $T/before 2>$T/err
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
still
# How many cgroups there are isn't in the records; of which rows are, is. What is noted of mappings goes on.
# No thread's account changes; but which threads wait now does, as some are woken, and "since reset" goes on. So it is
# tried again; what is wrong in the tool would never agree.
# The tool shows all rows, /proc/perftop the first 1000.
same() {
	sed '/^# since reset:/s/: .* s,/: N s,/; /^# \(cgroups\|mappings\):/d' "$1" |
		awk '/^#/ { more = 0 } $1 ~ /^[0-9]+$/ { more = $1 > 1000 && $2 ~ /^[0-9a-f]+$/ && length($2) == 8 } !more' >"$1.same"
}

# agree NAME FILE COMMAND...: what perftop COMMAND says is /proc/FILE, of a snapshot in $T/snap, and of the device
agree() {
	local name=$1 file=$2 tries
	shift 2
	for tries in 1 2 3 4 5 6 7 8 9 10; do
		perftop record -o $T/snap 2>$T/err
		cat /proc/$file >$T/$file
		perftop "$@" -i $T/snap >$T/tool 2>&1
		same $T/tool
		same $T/$file
		! cmp -s $T/tool.same $T/$file.same || break
	done
	check "$name, of a file" diff $T/tool.same $T/$file.same
	for tries in 1 2 3 4 5 6 7 8 9 10; do
		perftop "$@" >$T/tool 2>&1
		cat /proc/$file >$T/$file
		same $T/tool
		same $T/$file
		! cmp -s $T/tool.same $T/$file.same || break
	done
	check "$name, of the device" diff $T/tool.same $T/$file.same
	true_that "with rows" "$(grep -vc '^#' $T/$file) > 5"
}
agree "report is /proc/perftop" perftop report --raw
agree "lat is /proc/lattop" lattop lat --raw
agree "sched is /proc/schedtop" schedtop sched --raw
echo process >$PARAM/sum
agree "with sum=process" lattop lat --raw
echo cgroup >$PARAM/sum
agree "with sum=cgroup" lattop lat --raw
# Fails if: sched has rows of threads nevertheless (sched_sums).
agree "with sum=cgroup, sched" schedtop sched --raw
echo 1 >$PARAM/idle
agree "with sum=cgroup, sched and idle=1" schedtop sched --raw
echo 0 >$PARAM/idle
is "... of the one that is removed, too" "$(grep -c ' /removed(gone) -$' $T/schedtop)" 1
echo thread >$PARAM/sum
echo 1 >$PARAM/idle
agree "with idle=1" schedtop sched --raw
echo 0 >$PARAM/idle

total=$(perftop folded | awk '{ sum += $NF } END { printf "%.0f", sum }')
is "folded adds up to the header's task time" "$total" "$(sed -n 's/^#   tasks: *\([0-9]*\) .*/\1/p' $T/perftop)"

# ---- names
perftop lat >$T/lat 2>$T/err
# stack PID: its user frames
stack() { awk -v pid=$1 '/^ *[0-9]/ { on = $2 == pid } on && $1 == "u"' $T/lat; }
like "a process that is gone: its functions" "$(stack $GONE | tr -s ' \n' ' ')" 'u nest3 \(/bin/gone\+0x[0-9a-f]+\) u nest2 \(.*u nest1 \('
like "one whose program was replaced: file and offset" "$(stack $REPLACED | tr -s ' \n' ' ')" 'u /bin/replaced\+0x[0-9a-f]+ u /bin/replaced\+0x'
is "and no name" "$(stack $REPLACED | grep -c '(')" 0

# ---- intervals and control
# Those that take most of the CPUs have shown what they're for.
stop $PAIR $EVIL
moving
perftop resume
like "resume" "$(header $P state)" '^recording'
perftop report -d 0.5 -n 2 >$T/out 2>$T/err
is "two intervals" "$(grep -c '^# interval:' $T/out)" 2
true_that "in which something happened" "$(sed -n 's/^#   tasks: *\([0-9]*\) .*/\1/p' $T/out | tail -n 1) > 0"
# The accounting of an interval balances, too.
is "and nothing is off" "$(grep -c 'explained [0-9.]* %$' $T/out) $(grep -c 'accounting is off' $T/out)" "2 0"
perftop record -o $T/series -d 0.3 -n 2 2>/dev/null
is "a series has its intervals" "$(perftop sched --each -i $T/series | grep -c '^# interval:')" 2
perftop diff $T/before $T/snap >$T/out 2>$T/err
like "diff: nothing was reset" "$(cat $T/out)" '^# no reset in between'
BEFORE=$(uptime_s)
(sleep 1; perftop reset) &
RESET=$!
perftop report -d 3 -n 1 >$T/out 2>$T/err
wait $RESET
like "a reset in an interval is noticed" "$(cat $T/out)" '^# since reset: .*all counters were reset'
true_that "reset" "$(number $P 'since reset') <= $(uptime_s) - $BEFORE + 0.01"

# ---- rows with as many ticks, which two of five hundred have now and then
# Fails if: the module and the tool order them by different keys (ptop_ranks_before; stack_row_cmp, offcpu_row_cmp, thread_row_cmp).
stop_all
ptop_unload
MODULE=/m/perftop-coarse.ko
ptop_load top=1000 sleepers=10000 idle=1
start pingpong
start nap
start evilcomm
sleep 0.5
perftop pause
still
agree "equal ticks: report" perftop report --raw
true_that "... there are some" "$(awk '/^ *[0-9]+ [0-9a-f]+ / { print $3 }' $T/perftop | sort | uniq -d | wc -l) > 0"
agree "equal ticks: lat" lattop lat --raw
echo process >$PARAM/sum
agree "equal ticks: lat of processes" lattop lat --raw
true_that "... there are some" "$(awk '/^ *[0-9]+ +[0-9]+ +[0-9]+ / { print $4 }' $T/lattop | sort | uniq -d | wc -l) > 0"
agree "equal ticks: sched" schedtop sched --raw
true_that "... there are some" "$(awk '!/^#/ { print $3 }' $T/schedtop | sort | uniq -d | wc -l) > 0"
moving
cg_end
finish
