#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-only
# The index of symbols: names outlast the container, or the file, that they are of. A name is right or isn't there.
set -euo pipefail
. "$(dirname "$0")/tap.sh"

TESTS=$TOP/tests/tool
export PERFTOP_INDEX=$T/cache/symbols
cat >"$T/c.c" <<'END'
#include <fcntl.h>
#include <unistd.h>
volatile int x;
__attribute__((noinline)) int right(int n) { for (int i = 0; i < n; i++) x += i; return x; }
/* Its argument is a file to be made when it runs; then it stays. */
int main(int argc, char **argv) { right(argc); if (argc > 1) close(open(argv[1], O_CREAT | O_WRONLY, 0600)); for (;;) pause(); }
END
gcc -O2 -Wl,--build-id -o "$T/right" "$T/c.c"
gcc -O2 -Wl,--build-id=none -o "$T/noid" "$T/c.c"
id=$(readelf -n "$T/right" | sed -n 's/.*Build ID: //p')
file=$PERFTOP_INDEX/$id
PID=1
tap_leave() { [ $PID = 1 ] || kill -9 $PID 2>/dev/null || :; }

start()
{
	rm -f "$T/runs"
	"${@//@/$T/runs}" &
	PID=$!
	until [ -e "$T/runs" ]; do
		kill -0 $PID
		sleep 0.01
	done
}
stop() { kill -9 $PID; wait $PID 2>/dev/null || :; PID=1; }
deleted()
{
	cp "$T/right" "$T/program"
	start "$T/program" @
	rm "$T/program"
	snap
}
snap() { python3 "$TESTS/symbols.py" --pid=$PID "$@" "$T/snap" "$T/program=$T/right" right; }
live() { "$PERFTOP" report --device="$T/snap" 2>&1 | sed -n 's/^       u //p; /^perftop:/p'; }
recorded() { "$PERFTOP" report -i "$T/snap" 2>&1 | sed -n 's/^       u //p; /^perftop:/p'; }
right='^right \('

# Fails if: it isn't written or read, or not where only its owner can see it.
deleted
like "it runs, and was deleted" "$(live)" "$right"
is "its symbols are kept" "$(stat -c '%a %u' "$PERFTOP_INDEX" "$file")" "700 $(id -u)
600 $(id -u)"
is "... and nothing else is" "$(ls -A "$PERFTOP_INDEX")" "$id"
stop
like "it's gone" "$(live)" "$right"
like "... in a recording" "$(recorded)" "$right"
snap --build-id="${id%??}00"
unlike "another build id" "$(live)" '\('
snap
unlike "--symfs says where files are" "$("$PERFTOP" report --symfs=/nowhere -i "$T/snap")" '\(/'
PERFTOP_INDEX='' unlike "no index" "$(PERFTOP_INDEX='' live)" '\('

# Fails if: the sum, the length or the object aren't compared. (Any byte of it, each a file of its own.)
cp "$file" "$T/whole"
bytes=$(stat -c %s "$T/whole")
bad=
for ((at = 0; at < bytes; at += bytes / 20 + 1)); do
	python3 -c 'import sys
data = bytearray(open(sys.argv[1], "rb").read())
data[int(sys.argv[3])] ^= 1
open(sys.argv[2], "wb").write(data)' "$T/whole" "$file" $at
	! grep -q '(' <<<"$(recorded)" || bad="$bad $at"
done
is "a bit that is another one" "$bad" ""
bad=
for at in 0 1 8 90 95 96 97 $((bytes / 2)) $((bytes - 1)); do
	head -c "$at" "$T/whole" >"$file"
	! grep -q '(' <<<"$(recorded)" || bad="$bad $at"
done
is "a part of it" "$bad" ""
cat "$T/whole" "$T/whole" >"$file"
unlike "more than it" "$(recorded)" '\('
cp "$T/whole" "$PERFTOP_INDEX/${id%??}00"
snap --build-id="${id%??}00"
unlike "that of another program" "$(recorded)" '\('
rm "$PERFTOP_INDEX/${id%??}00"
snap
# Fails if: what others could have written is believed.
cp "$T/whole" "$file"
chmod 620 "$file"
unlike "others may write it" "$(recorded)" '\('
chmod 600 "$file"
like "... they mayn't" "$(recorded)" "$right"
chmod 770 "$PERFTOP_INDEX"
unlike "others may write to the folder" "$(recorded)" '\('
chmod 700 "$PERFTOP_INDEX"
if [ "$(id -u)" = 0 ]; then
	chown nobody "$file"
	unlike "another's" "$(recorded)" '\('
fi
rm -f "$file"
ln -s "$T/whole" "$file"
unlike "a symlink" "$(recorded)" '\('
rm "$file"
mkfifo "$file"
unlike "a FIFO is not waited for" "$(recorded)" '\('
rm "$file"

# Fails if: what anybody may have made is kept for the build id that it claims.
if [ "$(id -u)" = 0 ]; then
	cp "$T/right" "$T/program"
	chown nobody "$T/program"
	start "$T/program" @
	rm "$T/program"
	snap
	like "another user's program" "$(live)" "$right"
	stop
	unlike "... isn't kept" "$(live)" '\('
fi

# What is damaged is replaced when that's possible.
head -c 100 "$T/whole" >"$file"
deleted
like "damaged, and the program runs" "$(live)" "$right"
is "... it's whole again" "$(cmp "$file" "$T/whole" 2>&1)" ""
# Fails if: an index that can't be written is an error.
for folder in /proc/none "$T/right" "$T/right/below" relative; do
	is "not writable: ${folder#"$T/"}" "$(PERFTOP_INDEX=$folder live | sed 's/ (.*//' | sort -u)" right
done
check "... nothing was made" test ! -e relative

# Fails if: it grows without bounds, or what is in use goes first. (Sparse files, of 100 MiB each.)
rm "$file"
for n in 1 2 3; do
	truncate -s 100M "$PERFTOP_INDEX/0$n"
	touch -d "2020-01-0$n" "$PERFTOP_INDEX/0$n"
done
touch "$PERFTOP_INDEX/01"
# One that never became whole goes first; and what isn't of the index stays, as any folder may be said to be it.
truncate -s 200M "$PERFTOP_INDEX/.new-1"
truncate -s 300M "$PERFTOP_INDEX/mail"
touch -d 2020-01-01 "$PERFTOP_INDEX/.new-1" "$PERFTOP_INDEX/mail"
live >"$T/out"
is "256 MiB, the one that wasn't used for longest goes" "$(ls -A "$PERFTOP_INDEX" | LC_ALL=C sort | xargs)" \
	"$(printf '%s\n' 01 03 "$id" mail | LC_ALL=C sort | xargs)"
touch -d 2020-01-01 "$file"
live >"$T/out"
check "... to be read is a use" test "$file" -nt "$PERFTOP_INDEX/03"
stop

# Fails if: a number in it is believed.
check "a fuzzer" nice make -s -C "$TOP/tool" BUILD="$T/fuzz" RUNS=50000 fuzz-index

# ---- a file without a build id
mkdir "$T/mnt"
if unshare -m true 2>/dev/null; then
	start unshare -m sh -c 'mount -t tmpfs none "$0" && cp "$1" "$0/program" && exec "$0/program" "$2"' "$T/mnt" "$T/noid" @
	in_container() { nsenter -t $PID -m python3 "$TESTS/symbols.py" --pid=$PID "$@" "$T/mnt/program" right; }
	in_container --identity "$T/snap"
	in_container --identity=ctime "$T/other"
	like "a container, and no build id" "$(live)" "$right"
	stop
	like "... which is gone" "$(live)" "$right"
	# Fails if: the identity isn't compared.
	mv "$T/other" "$T/snap"
	unlike "... another identity" "$(live)" '\('
else
	ok "a container, and no build id # SKIP no mount namespaces here"
fi
tap_done
