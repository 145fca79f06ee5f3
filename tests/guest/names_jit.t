# SPDX-License-Identifier: GPL-2.0-only
# timeout: 60
# needs: perftop
# Names of code that programs make as they run, from the maps that they write: that of the very program, or none.
. /t/lib.sh

# names: of the frames in code without a file, each with its page, sorted
names() { perftop report -t 100000 "$@" 2>$T/err | sed -nE 's/^ *u (.*)\[anon\]\+0x([123]0)?4[6c]\)?$/\1\2/p' | sort -u | tr '\n' ' ' | sed 's/ $//'; }
NONE=" 10 20 30"

# map PID LINE...: is what its map has, made anew
map() {
	file=/proc/$1/root/tmp/perf-$(sed -n 's/^NStgid:.*\t//p' /proc/$1/status).map
	shift
	rm -f $file
	printf '%b\n' "$@" >$file
}
ONE='5000000000 1000 one'
TWO='0x5000001000 0x800 two'

start jit late $T/before.slept
before=$PID
start sh -c "exec jit late $T/wrapped.slept"
wrapped=$PID
ptop_load
echo reset >$P

# ---- what is said of a process, and how it's shown
start jit
map $PID "$ONE" "$TWO" "$TWO" '5000002000 1000 three' '5000002000 1000 other' '5000003000 1000 a\001b;c'
# Fails if: there's no map read; an address isn't the absolute one; the last line for an address counts, or the first; or a name is shown as it is.
is "names, none where lines disagree" "$(names)" '20 a\x01b\x3bc (30 one ( two (10'
is "... none with --raw" "$(names --raw)" "$NONE"
cat /dev/perftop >$T/raw
check "... the snapshot is whole" records check $T/raw
# Fails if: a recording's pids are believed.
is "... none of a recording" "$(perftop report -t 1000 -i $T/raw | grep -c 'one (')" 0
true_that "... in folded" "$(perftop folded 2>$T/err | grep -c ';one;') > 0"
true_that "... in json" "$(perftop json 2>$T/err | grep -c '"functions":\["two"\]') > 0"
# Fails if: those without the right to trace others are told where code is.
chgrp 77 /dev/perftop
contain -g 77 -c 0 cat /dev/perftop >$T/raw
check "for members of the group: a snapshot is whole" records check $T/raw
records rows $T/raw >$T/rows
true_that "... with code without a file" "$(grep -c '\[anon\]' $T/rows) > 0"
is "... but it isn't said where" "$(grep -c '^code' $T/rows)" 0
records rows /dev/perftop >$T/rows
true_that "... root is told" "$(grep -c '^code|0x5000001046|\|^code|0x500000104c|' $T/rows) > 0"
chown 12 $file
is "a map of another user" "$(names)" "$NONE"
chown 0 $file
chmod o+w $file
is "... that others may write" "$(names)" "$NONE"
chmod o-w $file
# Fails if: what isn't the process's any more is believed.
stop $PID
is "the process is gone" "$(names)" "$NONE"

# ---- after an exec
echo reset >$P
start jit exec $T/made
map $PID "$ONE"
like "before an exec" "$(names)" '^10 20 30 one \('
kill -USR1 $PID
until [ -e $T/made ]; do sleep 0.1; done
# Fails if: the time of the exec isn't compared; or frames of the program before are taken for those of this one.
is "... after it the map is another program's" "$(names)" "$NONE"
map $PID '5000000000 4000 new'
is "... and a new one is of the new program alone" "$(names)" ' 10 20 30 new ( new (10 new (20 new (30'
stop $PID

# ---- programs that ran before the module was loaded
echo reset >$P
map $before "$ONE"
kill -USR1 $before
until [ -e $T/before.slept ]; do sleep 0.1; done
is "a program that ran before the load" "$(names)" "10 20 30 one ("
stop $before
echo reset >$P
map $wrapped "$ONE"
kill -USR1 $wrapped
until [ -e $T/wrapped.slept ]; do sleep 0.1; done
# Fails if: it isn't counted how often a process has executed something, as nobody knows when that was.
is "... in a process that executed another one before" "$(names)" "$NONE"
stop $wrapped

# ---- forks, containers
echo reset >$P
start jit fork
map $PID "$ONE"
# Fails if: a child's code is looked for in the map of its parent. What the child has there isn't in a map.
is "a child has no names" "$(names)" " 10 20 30 one ("
stop $PID
echo reset >$P
start jit boxed red
red=$PID
start jit boxed blue
map 1 '5000000000 4000 outer'
# Fails if: the map of the machine's /tmp is read, or of the machine's pid.
is "the same pid in two containers" "$(names | tr -d '(')" "blue  blue 10 blue 20 blue 30 red  red 10 red 20 red 30"
stop $red $PID
rm $file

# ---- other code at the same address
echo reset >$P
start jit again first second
is "code of two names, one after the other" "$(names)" "$NONE"
stop $PID
echo reset >$P
start jit again same same
is "... of the same name twice" "$(names | tr -d '(')" "same  same 10 same 20 same 30"
stop $PID
finish
