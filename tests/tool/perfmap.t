#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-only
# Names of code that programs make as they run: maps of JIT compilers are read if they are the process's own, and an address has a name only
# if nothing else ever was there.
set -euo pipefail
. "$(dirname "$0")/tap.sh"

TESTS=$TOP/tests/tool
gcc -g -O1 -fsanitize=address,undefined -fno-sanitize-recover=all -DTOOL_VERSION='"test"' -I"$TOP/tool" -o "$T/mapfile" "$TESTS/mapfile.c" \
	"$TOP"/tool/symbols/{mapfile,perfmap,openfile}.c "$TOP"/tool/lib/{ids,vec,tool,text,progress}.c -pthread
# A root directory of its own, whose /tmp is that of nobody else. (The folder of this test isn't to be somebody's /tmp.)
mkdir -p "$T/root/tmp" "$T/elsewhere"
chmod 755 "$T" "$T/root"
cat >"$T/c.c" <<'END'
#include <fcntl.h>
#include <unistd.h>
/* Makes a file when it runs; and executes itself when there is one "exec". */
int main(int argc, char **argv)
{
	close(open("/runs", O_CREAT | O_WRONLY, 0600));
	while (argc > 1 || access("/exec", F_OK))
		usleep(1000);
	execl("/program", "program", "again", NULL);
}
END
gcc -static -o "$T/root/program" "$T/c.c"
running=()
tap_leave() { kill -9 "${running[@]}" 2>/dev/null || :; }
# begin [COMMAND...]: a process there, with COMMAND before chroot: $PID
begin()
{
	rm -f "$T/root/runs"
	"$@" chroot "$T/root" /program &
	PID=$!
	running+=("$PID")
	until [ -e "$T/root/runs" ]; do
		kill -0 $PID
		sleep 0.01
	done
	map=$T/root/tmp/perf-$PID.map
	ARGS=$("$TESTS/jit.py" --args $PID)
}
begin

# at ADDRESS...: what is there
at() { printf '%s\n' "$@" | { echo read; cat; } | timeout 120 "$T/mapfile" $ARGS | sed 1d; }
# is_read: is there a map?
is_read() { echo read | timeout 60 "$T/mapfile" $ARGS; }
# map LINE...: is what the map has
map() { rm -f "$map"; printf '%s\n' "$@" >"$map"; }
lines() { printf '%s\n' "$@"; }

# ---- lines
is "there's none" "$(is_read)" none
map '1000 100 one' '0x1100 0X20 two words' '7F00AbcD0000 10 far'
is "one line, two lines" "$(at 0fff 1000 10ff 1100 111f 1120 7f00abcd000f)" "$(lines - one one 'two words' 'two words' - far)"
# Fails if: the last one counts, or the first one.
map '1000 100 old' '1000 100 new' '2000 100 same' '2080 100 same'
is "an address of two names has none, of one it has" "$(at 1000 10ff 2000 2090 2170 2180)" "$(lines - - same same same -)"
map '1000 100 low' '10f0 20 high' '3000 1000 whole' '3100 10 part'
is "... only where both are" "$(at 10ef 10f0 10ff 1100 30ff 3100 310f 3110)" "$(lines low - - high whole - - whole)"
# Fails if: a line without a good name isn't about any code.
map '1000 100 one' "1000 100 $(printf '%05000d' 0)" '2000 100 two' '2000 100 ' "3000 10 $(printf '%04095d' 0)"
is "... nor with one that can't be shown" "$(at 1000 2000)" "$(lines - -)"
is "a name of 4095 bytes" "$(at 3000 | head -n1 | wc -c)" 4096
map '1000 100 good' 'nonsense' '' '2000 0 empty' 'ffffffffffffffff 10 over' '3000 10' '12345678901234567 1 long' \
	'-5 10 minus' '4000 1000000000000000000 big' "5000 10 $(printf '%010000d' 0)" 'fffffffffffffff0 f top' 'g 1 x' '  6000 10 spaces' '6000 10 last'
printf '7000 10 a\0b\n8000 10 no end' >>"$map"
is "lines that aren't any" "$(at 1000 2000 3000 4000 5000 6000 7000 8000 fffffffffffffffe ffffffffffffffff 2345678901234567 0)" \
	"$(lines good - - - - last - - top - - -)"
# Fails if: what is read has no limit. (A file of a gigabyte of nothing, and lines without end.)
map '1000 100 one'
truncate -s 1G "$map"
is "a map of 1 GiB" "$(at 1000)" -
map '1000 100 one'
seq -f '%.0f 1 x' 100000 1148575 >>"$map"
is "... of more than a million lines" "$(at 1000)" -
map '1000 100 one'
seq -f '%.0f 1 x' 100000 1148574 >>"$map"
is "... of a million" "$(at 1000)" one
# Fails if: a long line that is about others takes time for each of them.
{ seq 1 2 300000 | awk '{ printf "%x 1 a\n%x 1 b\n", $1, $1 + 1 }'; seq 300000 | sed 's,.*,1 100000 a,'; } >"$map"
is "lines that overlap many" "$(at 1 2 50001)" "$(lines a - a)"

# ---- while it's read
# ask LINE: the answer of one that goes on
ask() { echo "$1" >&"${COPROC[1]}" && read -r answer <&"${COPROC[0]}" && echo "$answer"; }
reader() { coproc timeout 120 "$T/mapfile" $ARGS; }
done_reading()
{
	local to=${COPROC[1]} pid=$COPROC_PID
	exec {to}>&-
	wait "$pid" || :
}
map '1000 100 one'
reader
is "read once, and again" "$(ask read) $(ask 1000) $(ask read)" "changed one same"
printf '1000 10 grown\n2000' >>"$map"
is "a map that grows" "$(ask read) $(ask 1000) $(ask 1010) $(ask 2000)" "changed - one -"
printf ' 10 whole\n' >>"$map"
is "... by half a line" "$(ask read) $(ask 2000)" "changed whole"
echo '2000 1 x' >"$map"
is "one that was cut" "$(ask read) $(ask 1000) $(ask 2000)" "changed - x"
printf '3000 100 written anew\n4000 100 and longer\n' >"$map"
is "one that is another now" "$(ask read) $(ask 2000) $(ask 3000)" "changed - written anew"
rm "$map"
is "one that was removed" "$(ask read)" none
map '5000 100 made again'
is "... and made again" "$(ask read) $(ask 5000)" "changed made again"
# Fails if: what was added when the process was another one counts; or nothing does.
is "it's gone: what was read before" "$(ask gone) $(ask 5000)" "same made again"
echo '6000 1 x' >>"$map"
is "... unless something was added" "$(ask gone) $(ask 5000)" "none -"
is "... then it's gone for good" "$(ask gone)" none
done_reading
# Fails if: only bytes of files are counted, as memory is for lines; or who had no room once never has any.
map '1000 100 one'
seq -f '%.0f 1 x' 100000 1099999 >>"$map"
reader
is "maps of a million lines: two have room" "$(ask read) $(ask 1000) $(ask more) $(ask 1000) $(ask more) $(ask 1000)" \
	"changed one changed one changed -"
echo '10 1 x' >>"$map"
is "... the third one when another has gone" "$(ask less) $(ask read) $(ask 1000)" "gone changed one"
done_reading

# ---- whose it is
# Fails if: a link is followed, a FIFO is waited for, or another user's file is read.
echo '1000 100 elsewhere' >"$T/elsewhere/perf-$PID.map"
cp "$T/elsewhere/perf-$PID.map" "$T/root/some"
rm "$map"
ln -s /some "$map"
is "a link" "$(is_read)" none
ln -sf /etc/shadow "$map"
is "... to a file of root" "$(is_read)" none
rm "$map"
ln "$T/root/some" "$map"
is "a file with two names" "$(is_read)" none
rm "$map"
mkfifo "$map"
is "a FIFO" "$(is_read)" none
rm "$map"
mkdir "$map"
is "a folder" "$(is_read)" none
rmdir "$map"
if mknod "$map" c 1 5 2>/dev/null; then
	is "a device" "$(is_read)" none
	rm "$map"
fi
map '1000 100 other'
chown 12345 "$map"
is "another user's" "$(is_read)" none
chown 0 "$map"
chmod 666 "$map"
is "one that all may write" "$(is_read)" none
chmod 644 "$map"
is "... that they may not" "$(is_read)" changed
rm "$map"
rmdir "$T/root/tmp"
ln -s "$T/elsewhere" "$T/root/tmp"
is "/tmp is a link out of its root directory" "$(is_read)" none
rm "$T/root/tmp"
mkdir "$T/root/tmp" "$T/root/elsewhere"
ln -s /some "$T/root/elsewhere/link"
rmdir "$T/root/tmp"
ln -s elsewhere "$T/root/tmp"
map '1000 100 within'
is "... a link within it" "$(is_read)" changed
rm "$T/root/tmp"
mkdir "$T/root/tmp"

# ---- when it was made, and by what
map '1000 100 one'
read -r pid start stack since <<<"$ARGS"
now=$(($(stat -c %W "$map") + 1))000000000
of() { ARGS="$*" is_read; }
is "a map of this program" "$(of "$pid" "$start" "$stack" "$since")" changed
is "... of one before" "$(of "$pid" "$start" "$stack" "$now")" none
is "... it isn't known since when this one runs" "$(of "$pid" "$start" "$stack" 0)" none
is "another process had that pid" "$(of "$pid" $((start + 10000000)) "$stack" "$since")" none
is "it has executed another program since" "$(of "$pid" "$start" $((stack + 16)) "$since")" none
is "no such process" "$(of 4194304 "$start" "$stack" "$since")" none
reader
got=$(ask read)
rm "$T/root/runs"
touch "$T/root/exec"
until [ -e "$T/root/runs" ]; do sleep 0.01; done
rm "$T/root/exec"
is "it executes another one while the tool looks on" "$got $(ask read) $(ask 1000)" "changed same one"
echo '2000 100 other' >>"$map"
is "... which adds to the map" "$(ask read)" none
done_reading

# ---- the tool
report() { "$PERFTOP" report "$@" | sed -n 's/^       u //p' | sort; }
ARGS=$("$TESTS/jit.py" --args $PID)
map '1000 100 one' '2000 100 a;b	c' '3000 100 x' '3000 100 y'
"$TESTS/jit.py" "$T/snap" $PID 1010 2020 3030 4040
is "names in a report" "$(report --device="$T/snap")" '[anon]+0x30
[anon]+0x40
a\x3bb\x09c ([anon]+0x20)
one ([anon]+0x10)'
is "... in folded" "$("$PERFTOP" folded --device="$T/snap" | cut -d';' -f2- | sort | head -n 4 | xargs)" '[anon]+0x30 998 [anon]+0x40 997 ax3bbx09c 999 one 1000'
like "... in json" "$("$PERFTOP" json --device="$T/snap")" '"place":"\[anon\]\+0x10","functions":\["one"\]'
# Fails if: pids of a recording are believed.
is "... not of a recording" "$(report -i "$T/snap" | head -n 1)" '[anon]+0x10'
unlike "... at all" "$(report -i "$T/snap")" '\('
unlike "... nor with --raw" "$(report --raw --device="$T/snap")" '\('
"$TESTS/jit.py" "$T/snap" $PID start=0 1010
is "... nor of a program that doesn't run any more" "$(report --device="$T/snap")" '[anon]+0x10'
"$TESTS/jit.py" "$T/snap" $PID stack=4096 1010
is "... nor of one that was executed since" "$(report --device="$T/snap")" '[anon]+0x10'
# Fails if: a map is looked at once; or what isn't sure any more is still shown; or nothing is known of a process that has ended.
# (A snapshot that it reads twice is no news.)
snap() { "$TESTS/jit.py" "$T/new" $PID "$@" 1010 2020 && mv "$T/new" "$T/device"; }
map '1000 100 one'
snap
"$PERFTOP" report -d 0.05 --device="$T/device" >"$T/out" &
tool=$!
running+=("$tool")
# It has read the first one.
until [ -s "$T/out" ]; do sleep 0.01; done
snap ticks=1000
# shown N: what the Nth report with frames has, once it's there
shown()
{
	until [ "$(grep -c 'anon' "$T/out")" -ge $((2 * $1)) ]; do sleep 0.01; done
	sed -n 's/^       u //p' "$T/out" | sed -n "$((2 * $1 - 1)),$((2 * $1))p" | sort
}
is "names in an interval" "$(shown 1)" '[anon]+0x20
one ([anon]+0x10)'
printf '1000 100 two\n2000 100 later\n' >>"$map"
snap ticks=2000
is "... as the map is in the next one" "$(shown 2)" '[anon]+0x10
later ([anon]+0x20)'
kill -9 $PID
wait $PID 2>/dev/null || :
snap ticks=3000 start=0
is "... and when the process has ended" "$(shown 3)" '[anon]+0x10
later ([anon]+0x20)'
kill $tool
wait $tool || :

# ---- containers
if unshare --pid --mount true 2>/dev/null; then
	begin unshare --pid --fork
	PID=$(pgrep -P $PID)
	running+=("$PID")
	map=$T/root/tmp/perf-1.map
	ARGS=$("$TESTS/jit.py" --args "$PID")
	map '1000 100 contained'
	is "in a pid namespace" "$(at 1000)" contained
	# Fails if: it's asked for by the machine's pid.
	mv "$map" "$T/root/tmp/perf-$PID.map"
	is "... by its pid there, not the machine's" "$(is_read)" none
else
	ok "pid namespaces # SKIP not here"
fi
tap_done
