#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-only
# Names of functions of files that are only where a process has them: in a container, or deleted. Each name is right, or
# isn't there, and nothing holds up the tool.
set -euo pipefail
. "$(dirname "$0")/tap.sh"

TESTS=$TOP/tests/tool
cat >"$T/c.c" <<'END'
#include <fcntl.h>
#include <unistd.h>
volatile int x;
__attribute__((noinline)) int NAME(int n) { for (int i = 0; i < n; i++) x += i; return x; }
/* Its argument is a file to be made when it runs; then it stays. */
int main(int argc, char **argv) { NAME(argc); if (argc > 1) close(open(argv[1], O_CREAT | O_WRONLY, 0600)); for (;;) pause(); }
END
# (A build id isn't of the symbols, so the code is to be another as well.)
gcc -O2 -Wl,--build-id -DNAME=right -o "$T/right" "$T/c.c"
gcc -O1 -Wl,--build-id -DNAME=wrong -o "$T/wrong" "$T/c.c"
started=()
tap_leave()
{
	[ ${#started[@]} -eq 0 ] || kill -9 "${started[@]}" 2>/dev/null || :
	umount -l "$T/mnt" 2>/dev/null || :
}

# start COMMAND...: PID is its process, once it runs: @ in its arguments is the file that it makes
start()
{
	rm -f "$T/runs"
	"${@//@/$T/runs}" &
	PID=$!
	started+=("$PID")
	until [ -e "$T/runs" ]; do
		kill -0 $PID
		sleep 0.01
	done
}
stop() { kill -9 $PID; wait $PID 2>/dev/null || :; }

# names PATH [-i]: of a frame in "right", as a process of pid PID has it at PATH; live, or with -i of a recording
HOW=()
names()
{
	local from=--device=$T/snap
	python3 "$TESTS/symbols.py" --pid=$PID "$T/snap" "$1=$T/right" right
	[ "${2-}" != -i ] || from=--input=$T/snap
	"${HOW[@]}" "$PERFTOP" report "$from" | sed -n 's/^       u //p'
}
right='^right \('
# opened FILE: is it, when names of the snapshot are looked up?
opened() { python3 "$TESTS/opened.py" "$1" "$PERFTOP" report --device="$T/snap"; }

# ---- what is at the path isn't a program any more
PID=1
cp "$T/right" "$T/program"
names "$T/program" >/dev/null
is "a program is opened" "$(opened "$T/program")" opened
rm "$T/program"
mkfifo "$T/program"
# Fails if: there's no look at what it is, before it's opened.
is "a FIFO isn't" "$(opened "$T/program")" "not opened"
for file in /proc/version /sys/kernel/notes; do
	ln -sf "$file" "$T/program"
	is "... nor $file" "$(opened "$file")" "not opened"
done
rm "$T/program"

# ---- deleted, replaced
cp "$T/right" "$T/program"
start "$T/program" @
rm "$T/program"
# Fails if: map_files isn't looked at; or "(deleted)" isn't what may follow the path.
like "deleted" "$(names "$T/program")" "$right"
like "... as it was recorded then" "$(names "$T/program (deleted)")" "$right"
# Fails if: pids of a recording are believed.
unlike "... not of a recording, which may be another machine's" "$(names "$T/program" -i)" '\('
cp "$T/wrong" "$T/program"
got=$(names "$T/program")
like "replaced while it runs" "$got" "$right"
unlike "... nothing of the new one" "$got" wrong
stop
# Fails if: another build id is good enough.
got=$(names "$T/program")
like "... when it's gone" "$got" "^$T/program\\+0x"
unlike "... nothing of the new one" "$got" '\('
start "$T/program" @
unlike "another process of another program there" "$(names "$T/program")" '\('
stop
start python3 -c 'import os, sys
fd = os.memfd_create("code", 0)
os.write(fd, open(sys.argv[1], "rb").read())
os.execve(fd, ["code", sys.argv[2]], {})' "$T/right" @
like "of memfd_create()" "$(names "/memfd:code (deleted)")" "$right"
stop
cp "$T/right" "$T/new
line"
start "$T/new
line" @
rm "$T/new
line"
like "a newline in the path" "$(names "$T/new
line")" "$right"
stop

# ---- another mount namespace; the same path is another program in the tool's
mkdir "$T/mnt"
cp "$T/wrong" "$T/mnt/program"
in_container='mount -t tmpfs none "$0" && cp "$1" "$0/program" && mkdir "$0/jail" && cp "$1" "$0/jail" && '
if unshare -m true 2>/dev/null; then
	start unshare -m sh -c "$in_container"' exec "$0/program" "$2"' "$T/mnt" "$T/right" @
	got=$(names "$T/mnt/program")
	like "in a container" "$got" "$right"
	unlike "... not what is at that path elsewhere" "$got" wrong
	HOW=(setpriv "--bounding-set=-sys_admin,-checkpoint_restore")
	# Fails if: /proc/PID/root isn't looked at.
	like "... without map_files" "$(names "$T/mnt/program")" "$right"
	HOW=()
	unlike "... --raw" "$("$PERFTOP" report --raw --device="$T/snap")" '\(/'
	like "... not with --symfs" "$("$PERFTOP" report --symfs=/nowhere --device="$T/snap")" "u $T/mnt/program\\+0x"
	stop
	# A program with the root of the container, and another one below: what it mapped has the path from the real root.
	mkdir -p "$T/usr"
	start unshare -m sh -c "$in_container"' mkdir "$0/jail/tmp" && mount --bind "${2%/*}" "$0/jail/tmp" && for lib in /lib /lib64 /usr; do
			mkdir -p "$0/jail$lib" && mount --rbind $lib "$0/jail$lib"; done && exec chroot "$0/jail" /right "/tmp/${2##*/}"' \
		"$T/mnt" "$T/right" @
	like "a changed root" "$(names "$T/mnt/jail/right")" "$right"
	HOW=(setpriv "--bounding-set=-sys_admin,-checkpoint_restore")
	like "... without map_files" "$(names "$T/mnt/jail/right")" "$right"
	# Fails if: symlinks are followed out of there.
	cp "$T/right" "$T/outside"
	ln -s "$T/outside" "/proc/$PID/root/link"
	unlike "... a symlink to a file outside" "$(names "$T/mnt/jail/link")" '\('
	ln -s /right "/proc/$PID/root/inside"
	like "... a symlink to a file inside" "$(names "$T/mnt/jail/inside")" "$right"
	# Fails if: it's opened. (Without waiting, that's nothing to be seen in names.)
	mkfifo "/proc/$PID/root/fifo"
	unlike "... a FIFO" "$(names "$T/mnt/jail/fifo")" '\('
	is "... which isn't opened" "$(opened "/proc/$PID/root/fifo")" "not opened"
	HOW=()
	stop
else
	ok "in a container # SKIP no mount namespaces here"
fi

# ---- nobody answers
# stuck LABEL PATH: the tool ends, with the names of others; and what it writes to has an end, too
stuck()
{
	local status=0
	rm -f "$T/asked"
	python3 "$TESTS/symbols.py" --pid=$PID --also="$T/right" "$T/snap" "$2=$T/right" right
	timeout 100 "$PERFTOP" report --device="$T/snap" | sed -n 's/^       u //p' >"$T/out" || status=$?
	is "$1: the tool ends" $status 0
	check "... it was asked" test -e "$T/asked"
	is "... with names of other files" "$(sed 's/ (.*/ (/; s/+0x.*/+/' "$T/out" | LC_ALL=C sort -u)" "$2+
right ("
}
# Fails if: the tool opens files itself; waits for the end of a helper; or a helper keeps the tool's descriptors.
serve() { start "$@" python3 "$TESTS/stuck.py" "$T/mnt" @ "$T/asked"; }
umounted() { kill -9 $PID; wait $PID 2>/dev/null || :; umount -l "$T/mnt" 2>/dev/null || :; }
if (serve) 2>/dev/null; then
	umount "$T/mnt"
	serve
	stuck "a file system that doesn't answer" "$T/mnt/file"
	umounted
	serve unshare -m
	stuck "... in a container" "$T/mnt/file"
	umounted
else
	ok "a file system that doesn't answer # SKIP no FUSE here"
fi

# The helper itself. The second snapshot comes when it's stopped, or dead.
# Fails if: the tool waits for it, or dies of it; or begins no other one for other files.
PID=1
for symbol in right main; do
	python3 "$TESTS/symbols.py" "$T/$symbol.snap" "$T/right" $symbol
done
python3 "$TESTS/symbols.py" "$T/wrong.snap" "$T/wrong" wrong
for signal in STOP SEGV; do
	mkfifo "$T/series"
	"$PERFTOP" report --each -i "$T/series" >"$T/out" 2>&1 &
	tool=$!
	exec 3>"$T/series"
	cat "$T/wrong.snap" "$T/right.snap" >&3
	until grep -q '^       u right (' "$T/out" || ! kill -0 $tool 2>/dev/null; do sleep 0.01; done
	helper=$(xargs </proc/$tool/task/$tool/children)
	kill -$signal "$helper"
	cat "$T/main.snap" "$T/right.snap" "$T/wrong.snap" >&3
	exec 3>&-
	status=0
	wait $tool || status=$?
	rm "$T/series"
	is "SIG$signal for the helper: the tool goes on" $status 0
	is "... what it was asked then has no name, others have" "$(sed -n 's/^       u //p' "$T/out" | sed 's/ (.*/ (/; s/+0x.*/+/' | uniq)" "right (
$T/right+
right (
wrong ("
	unlike "... it's dead" "$(cut -d' ' -f3 "/proc/$helper/stat" 2>/dev/null)" '^[^ZX]'
done

# Fails if: a helper has time as long as bytes come. (It was taken over by what it read, and answers a byte now and then.)
cat >"$T/slow.c" <<'END'
#define _GNU_SOURCE
#include <dlfcn.h>
#include <sys/socket.h>
#include <unistd.h>
ssize_t send(int fd, const void *bytes, size_t n, int flags)
{
	ssize_t (*real)(int, const void *, size_t, int) = (ssize_t (*)(int, const void *, size_t, int))dlsym(RTLD_NEXT, "send");
	const unsigned int head[2] = { 1 << 20, 1 };
	if (flags & MSG_DONTWAIT)
		return real(fd, bytes, n, flags);
	for (real(fd, head, sizeof(head), flags); real(fd, "x", 1, flags) == 1; )
		usleep(300000);
	_exit(1);
}
END
gcc -shared -fPIC -o "$T/slow.so" "$T/slow.c" -ldl
status=0
LD_PRELOAD=$T/slow.so timeout 60 "$PERFTOP" report -i "$T/right.snap" >"$T/out" || status=$?
is "a helper that answers byte by byte: the tool ends" $status 0
like "... without its names" "$(sed -n 's/^       u //p' "$T/out")" '/right\+0x'

# Fails if: that is passed over in silence; or said more than once.
prlimit --nofile=4 "$PERFTOP" report -i "$T/right.snap" >"$T/out" 2>&1 || :
is "no process can be begun: one line says so" "$(grep -o '^perftop: .*: ' "$T/out")" \
	"perftop: there are no names of functions, as no process can be begun to read files: "
like "... and all else is there" "$(sed -n 's/^       u //p' "$T/out")" '/right\+0x'
tap_done
