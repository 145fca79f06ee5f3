#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-only
# The service that gives the module the tables that it wants: of just the files that it has seen, or none. A library plays
# the module (unwind_device.c).
set -euo pipefail
. "$(dirname "$0")/tap.sh"

TESTS=$TOP/tests/tool
if [ "$(id -u)" != 0 ] || [ "$(uname -m)" != x86_64 ]; then
	echo "1..0 # SKIP it's root's, of x86-64"
	exit
fi
gcc -shared -fPIC -O2 -I"$TOP/src" -o "$T/device.so" "$TESTS/unwind_device.c" -ldl
cat >"$T/c.c" <<'END'
#include <fcntl.h>
#include <unistd.h>
volatile int x;
/* Its argument is a file to be made when it runs; then it stays. */
int main(int argc, char **argv) { if (argc > 1) close(open(argv[1], O_CREAT | O_WRONLY, 0600)); for (;;) { x++; pause(); } }
END
gcc -O2 -Wl,--build-id -o "$T/right" "$T/c.c"
gcc -O2 -Wl,--build-id -DOTHER -O0 -o "$T/other" "$T/c.c"
gcc -O2 -Wl,--build-id=none -o "$T/noid" "$T/c.c"
gcc -O2 -Wl,--build-id=0x1234 -o "$T/none" "$T/c.c"
objcopy -R .eh_frame "$T/none" 2>/dev/null
export UNWIND_FAKE=$T/fake PERFTOP_UNWIND_CACHE=$T/cache/unwind
mkdir "$UNWIND_FAKE"
echo 1 >"$UNWIND_FAKE/unwind_wanted"
: >"$UNWIND_FAKE/perftop"
PIDS=() SERVICE=1
tap_leave() { [ ${#PIDS[@]} = 0 ] || kill -9 "${PIDS[@]}" 2>/dev/null || :; }

# start PROGRAM: it runs, with the pid $PID
start()
{
	rm -f "$T/runs"
	"$1" "$T/runs" &
	PID=$!
	PIDS+=("$PID")
	disown "$PID"
	until [ -e "$T/runs" ]; do
		kill -0 $PID
		sleep 0.01
	done
}

serve()
{
	LD_PRELOAD=$T/device.so "$PERFTOP" unwind --serve --device="$UNWIND_FAKE/perftop" 2>"$T/said" &
	SERVICE=$!
	PIDS+=("$SERVICE")
}
# As if the module were loaded anew: that is looked at at once.
wake() { : >"$UNWIND_FAKE/.perftop"; mv "$UNWIND_FAKE/.perftop" "$UNWIND_FAKE/perftop"; }
# want [OPTION]... CONTENT PID FILE
want()
{
	local option=() content
	while [[ $1 == --* ]]; do option+=("$1"); shift; done
	content=$1
	python3 "$TESTS/unwind_wanted.py" "${option[@]}" "$T/wanted" "$@"
	mv "$T/wanted" "$UNWIND_FAKE/wanted-$content"
}
# given CONTENT: what was loaded for it
given()
{
	until [ -e "$UNWIND_FAKE/loaded-$1" ]; do
		kill -0 $SERVICE || { cat "$T/said"; return 1; }
		sleep 0.01
	done
	cat "$UNWIND_FAKE/loaded-$1"
}
# of FILE: the id of its table
of() { "$PERFTOP" unwind --output="$T/table" "$1" && sha256sum "$T/table" | cut -c1-32; }
none=00000000000000000000000000000000
lost() { if [ -e "$UNWIND_FAKE/loaded-$1" ]; then cat "$UNWIND_FAKE/loaded-$1"; else echo nothing; fi; }
build_id() { readelf -n "$1" | sed -n 's/.*Build ID: //p'; }

libc=$(ldd "$T/right" | sed -n 's/.*libc.so.6 => \([^ ]*\) .*/\1/p')
libc=$(readlink -f "$libc")
start "$T/right"
right=$PID

# Fails if: a table is another than that of the file; or files with the same one aren't told so without it.
want 1 $right "$T/right"
want 2 $right "$libc"
want 3 $right "$libc"
want --vdso 4 $right "$T/right"
serve
is "a program" "$(given 1)" "$(of "$T/right")"
is "a library" "$(given 2)" "$(of "$libc")"
is "... under another path" "$(given 3)" "$(of "$libc")"
is "the [vdso]" "$(given 4)" "$(of '[vdso]')"
is "a table is copied once" "$(sort "$UNWIND_FAKE/copied" | tr '\n' ' ')" "1 2 4 "
cmp -s "$UNWIND_FAKE/table-$(given 2)" "$T/table" || "$PERFTOP" unwind --output="$T/table" "$libc"
check "... whole" cmp "$UNWIND_FAKE/table-$(given 2)" "$T/table"
is "they are kept, by build id" "$(ls "$PERFTOP_UNWIND_CACHE")" "$(printf '1-%s\n' "$(build_id "$T/right")" "$(build_id "$libc")" | sort)"
is "... by their owner only" "$(stat -c %a "$PERFTOP_UNWIND_CACHE" "$PERFTOP_UNWIND_CACHE/1-$(build_id "$libc")" | tr '\n' ' ')" "700 600 "

# Fails if: a file isn't the one that the process has, or not opened where it has it.
cp "$T/other" "$T/deleted"
start "$T/deleted"
want 5 $PID "$T/deleted"
mv "$T/right" "$T/away"
cp "$T/away" "$T/deleted.new" && mv "$T/deleted.new" "$T/deleted"
cp "$T/noid" "$T/noid2"
start "$T/noid2"
want --identity 6 $PID "$T/noid2"
want --identity=ctime_ns 7 $PID "$T/noid2"
want --identity=inode 8 $PID "$T/noid2"
start "$T/none"
want 10 $PID "$T/none"
cp "$T/away" "$T/split"
start "$T/split"
want --range=1000-2000 11 $PID "$T/split"
want --build-id=0123456789 9 $PID "$T/split"
gcc -O2 -Wl,--build-id=0x23456789 -o "$T/elsewhere" "$T/c.c"
start "$T/elsewhere"
want --path=/nowhere 14 $PID "$T/elsewhere"
# The last: all before it were looked at.
cp "$T/other" "$T/last"
start "$T/last"
want --range=1000-2000 --path=/nowhere --build-id=9876543210 12 $PID "$T/last"
want 15 $PID "$T/last"
wake
is "a file that was replaced" "$(given 5)" "$(of "$T/other")"
is "without a build id" "$(given 6)" "$(of "$T/noid")"
is "without call frame information" "$(given 10)" $none
is "its mapping has changed" "$(given 11)" "$(of "$T/away")"
is "it has no path here" "$(given 14)" "$(of "$T/elsewhere")"
is "... and the last one" "$(given 15)" "$(of "$T/other")"
is "it was changed since" "$(lost 7)" nothing
is "it's another one" "$(lost 8)" nothing
is "another build id" "$(lost 9)" nothing
is "it's nowhere" "$(lost 12)" nothing
rm "$UNWIND_FAKE"/wanted-{7,8,9,12}

# A user's file may have any build id. Fails if: others' tables are made of it.
mkdir -m 755 "$T/user"
gcc -O1 -Wl,--build-id=0x"$(printf '%040d' 7)" -o "$T/user/fake" "$T/c.c"
gcc -O0 -fno-omit-frame-pointer -Wl,--build-id=0x"$(printf '%040d' 7)" -o "$T/user/real" "$T/c.c"
chown nobody "$T/user/fake"
start "$T/user/fake"
want 20 $PID "$T/user/fake"
wake
is "a user's file" "$(given 20)" "$(of "$T/user/fake")"
start "$T/user/real"
want 21 $PID "$T/user/real"
wake
is "root's with its build id" "$(given 21)" "$(of "$T/user/real")"
is "... is kept beside it" "$(find "$PERFTOP_UNWIND_CACHE" -name "1-$(printf '%040d' 7)*" | wc -l)" 2

# Fails if: SIGTERM is put off; or something was said of files that can't be had.
kill $SERVICE
status=0
wait $SERVICE || status=$?
is "SIGTERM ends it" $status 143
is "it said nothing" "$(cat "$T/said")" ""

# Fails if: a file of the cache isn't read, or isn't checked.
rm "$UNWIND_FAKE"/{loaded,wanted,table}-* "$UNWIND_FAKE/copied"
kept=$PERFTOP_UNWIND_CACHE/1-$(build_id "$libc")
"$PERFTOP" unwind --output="$kept" "$T/noid"
want 1 $right "$libc"
serve
is "the cache is used" "$(given 1)" "$(of "$T/noid")"
head -c 100 "$kept" >"$T/half" && cat "$T/half" >"$kept"
want 2 $right "$libc"
wake
is "... unless it's damaged" "$(given 2)" "$(of "$libc")"
check "... and is mended" cmp "$kept" "$T/table"
rm -r "$T/cache"
echo "no folder" >"$T/cache"
want 3 $right "$libc"
wake
is "there can't be one" "$(given 3)" "$(of "$libc")"
rm "$UNWIND_FAKE/unwind_wanted"
kill $SERVICE
wait $SERVICE || :

# Fails if: a module that is loaded later isn't served.
serve
want 4 $right "$libc"
echo 1 >"$UNWIND_FAKE/unwind_wanted"
wake
is "a module that comes later" "$(given 4)" "$(of "$libc")"
# The old one's attribute wants nothing any more.
echo 0 >"$UNWIND_FAKE/unwind_wanted"
echo 1 >"$UNWIND_FAKE/new" && mv "$UNWIND_FAKE/new" "$UNWIND_FAKE/unwind_wanted"
want 5 $right "$libc"
wake
is "... and one after that" "$(given 5)" "$(of "$libc")"
kill $SERVICE
wait $SERVICE || :
tap_done
