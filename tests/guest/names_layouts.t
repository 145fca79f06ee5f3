# SPDX-License-Identifier: GPL-2.0-only
# timeout: 60
# Where it is hard to see that other code is at an address now: in a process that was forked, in one with more code than there is room for, in
# a set with too many programs, below a folder with another name. A name may be missing there, but isn't that of something else.
. /t/lib.sh

# slept: "N FILE" of the pages that other code was on, into $T/pages
slept() {
	flat $T/now.p | grep 'nanosleep.*|mappings$' | cut -d'|' -f10 | sed 's/.*nanosleep[^;]*;//' >$T/sleeps
	grep -oE '(swap[0-9]+|\[anon\])\+0x4[6c]' $T/sleeps | sort | uniq -c >$T/pages
}

cd $T
CROWD=$((160 * NCPU))
start mappings crowd $CROWD
CROWD_PID=$PID
ptop_load top=1000 max_stacks=16384 max_pids=4096 max_sleeps=8192

# Fails if: a program that has no place in its set loses its layout before its stack is looked up.
# All of them sleep again and again; what is new is looked up a moment later.
for try in $(seq 50); do
	take
	flat $T/now.p | grep 'nanosleep.*|mappings$' >$T/crowd
	all=$(grep -c . $T/crowd)
	unknown=$(grep -c unknown $T/crowd)
	[ $all -lt $((CROWD / 2)) ] || [ $unknown -gt $((all / 50)) ] || header $T/now.p mappings | grep -q ' 0 evicted' || break
done
like "more programs than there is room for" "$(header $T/now.p mappings)" '^[a-z_]+, [0-9]+ of [0-9]+ programs, [1-9][0-9]* evicted'
true_that "... sleep ($all)" "$all >= 0.5 * $CROWD"
# One whose stack was taken just before it lost its place has none for that stack.
true_that "... and have names all the same (all but $unknown)" "$unknown <= 0.02 * $all"
stop $CROWD_PID

# Fails if: a child that has mapped other code has the name of what its parent had there.
echo reset >$P
start mappings fork 11
take
slept
is "children map over their parent's code: that is still the parent's" "$(awk '$2 ~ /^swap0/ { print $1 }' $T/pages)" 11
true_that "... and theirs is their own, or none" "$(grep -c swap $T/pages) > 5"
stop $PID

# Fails if: a file has the name of code that had no room.
echo reset >$P
start mappings crowded 10
take
slept
true_that "files in place of code that had no room are these" "$(grep -c swap $T/pages) > 5"
stop $PID

# Fails if: a program has the path that its folder had before.
mkdir before
cp /bin/mappings before/moved
start before/moved file swap0
stop $PID
mv before after
echo reset >$P
start after/moved file swap0
take
flat $T/now.p | grep '|moved$' | cut -d'|' -f10 >$T/moved
true_that "a program in a folder with a new name is there" "$(grep -c "u $T/after/moved" $T/moved) > 0"
is "... and no more where it was" "$(grep -c "u $T/before/moved" $T/moved)" 0
stop $PID
finish
