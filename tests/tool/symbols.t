#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-only
# Names of functions: right ones, or none.
set -euo pipefail
. "$(dirname "$0")/tap.sh"

TESTS=$TOP/tests/tool
cat >"$T/c.c" <<'EOF'
volatile int x;
static __attribute__((noinline)) int hidden(int n) { for (int i = 0; i < n; i++) x += i * n; return x; }
static inline __attribute__((always_inline)) int inner(int n) { for (int i = 0; i < n; i++) x ^= i * n; return x; }
static inline __attribute__((always_inline)) int middle(int n) { return inner(n + 1); }
__attribute__((noinline)) int outer(int n) { return middle(n); }
__attribute__((noinline, noreturn)) void last(void) { for (;;) x++; }
__attribute__((noinline, noreturn)) void ends_in_call(void) { last(); }
__attribute__((noinline)) int after(int n) { return n + x; }
int main(int argc, char **argv) { (void)argv; if (argc > 5) ends_in_call(); return hidden(argc) + outer(argc) + after(argc); }
EOF
cat >"$T/cpp.cc" <<'EOF'
namespace space {
volatile int x;
template <typename T> struct Thing { __attribute__((noinline)) T method(T n) const { for (T i = 0; i < n; i++) x += i; return x; } };
template struct Thing<int>;
}
int main(int argc, char **) { return space::Thing<int>().method(argc); }
EOF
cc() { gcc -O2 -Wl,--build-id "$@"; }

# places FILE SYMBOL...: frames of the first symbol, as report shows them
places() { python3 "$TESTS/symbols.py" "$T/snap" "$@" && frames; }
frames() { "$PERFTOP" report -i "$T/snap" ${DEBUG:+--debug-dir="$DEBUG"} ${SYMFS:+--symfs="$SYMFS"} | sed -n 's/^       u //p'; }

for kind in "-no-pie" "-pie -fPIE"; do
	# shellcheck disable=SC2086 # words
	cc $kind -o "$T/c" "$T/c.c"
	like "C, $kind" "$(places "$T/c" hidden)" '^hidden \(.*/c\+0x[0-9a-f]+\)$'
	unlike "C, $kind: nothing else" "$(places "$T/c" hidden)" '^[^h]'
	strip -o "$T/stripped" "$T/c"
	got=$(python3 "$TESTS/symbols.py" "$T/snap" "$T/stripped=$T/c" hidden && frames)
	like "stripped, $kind: file and offset" "$got" "^$T/stripped\\+0x[0-9a-f]+\$"
done
g++ -O2 -Wl,--build-id -o "$T/cpp" "$T/cpp.cc"
like "C++ is demangled" "$(places "$T/cpp" _ZNK5space5ThingIiE6methodEi)" '^space::Thing<int>::method\(int\) const \('

# 250 bytes that say 30 times "twice that".
bomb=_Z1f1AIiiE$(for d in 0 1 2 3 4 5 6 7 8 9 A B C D E F G H I J K L M N O P Q R S T; do printf 'S_IS%s_S%s_E' $d $d; done)
sed "s/^__attribute__((noinline)) int after/int after(int) __asm__(\"$bomb\");&/" "$T/c.c" >"$T/bomb.c"
cc -o "$T/bomb" "$T/bomb.c"
like "a name that would fill the memory" "$(places "$T/bomb" "$bomb")" "^$bomb \\("

# A return address behind a call that doesn't return is the next function's begin.
cc -O1 -o "$T/c" "$T/c.c"
size=$(nm -S "$T/c" | awk '$4 == "ends_in_call" { print strtonum("0x" $2) }' 2>/dev/null ||
	nm -S "$T/c" | perl -lane 'print hex $F[1] if $F[3] eq "ends_in_call"')
got=$(places "$T/c" "ends_in_call+$size")
like "a return address at the end of a function is that function's" "$(tail -n 1 <<<"$got")" '^ends_in_call \('
unlike "the first frame isn't a return address" "$(head -n 1 <<<"$got")" '^ends_in_call'

# ---- debug files
cc -g -o "$T/c" "$T/c.c"
got=$(places "$T/c" outer)
is "inlined functions" "$(head -n 3 <<<"$got" | sed 's/ (.*//')" "inner [inlined]
middle [inlined]
outer"
is "in folded" "$("$PERFTOP" folded -i "$T/snap" | sed 's/;\?[^;]*$//')" "task-1;outer;middle_[i];inner_[i];outer;middle_[i]"
id=$(readelf -n "$T/c" | sed -n 's/.*Build ID: //p')
mkdir -p "$T/debug/.build-id/${id:0:2}"
strip -o "$T/stripped" "$T/c"
debug=$T/debug/.build-id/${id:0:2}/${id:2}.debug
objcopy --only-keep-debug "$T/c" "$debug"
python3 "$TESTS/symbols.py" "$T/snap" "$T/stripped=$T/c" hidden
like "without its debug file" "$(frames)" "^$T/stripped\\+0x"
DEBUG=$T/debug
like "a debug file by build id" "$(frames)" '^hidden \('
python3 "$TESTS/symbols.py" "$T/snap" "$T/stripped=$T/c" outer
like "and inlined functions of it" "$(frames)" '^inner \[inlined\]'
cc -g -DOTHER -Wl,--build-id=0x1234 -o "$T/other" "$T/c.c"
objcopy --only-keep-debug "$T/other" "$debug"
unlike "a debug file of another program" "$(frames)" 'inner|outer'
DEBUG=

# What a program names, or has beside it, isn't opened: it might be a device, and this is run as root. (A FIFO costs the
# helper, and with it the name.) Another debug file can be named by a debug file only.
# Fails if: libdwfl looks for more than build ids; or in the folder of the file.
mkdir "$T/user"
mkfifo "$T/user/fifo" "$T/user/plain.debug"
cc -o "$T/user/plain" "$T/c.c"
python3 "$TESTS/symbols.py" "$T/snap" "$T/user/plain" outer
like "a FIFO is beside it" "$(frames)" '^outer \('
python3 -c 'import sys; sys.stdout.buffer.write(b"fifo".ljust(8, b"\0") + bytes(4))' >"$T/link"
cc -o "$T/user/linked" "$T/c.c"
objcopy --add-section ".gnu_debuglink=$T/link" "$T/user/linked"
python3 "$TESTS/symbols.py" "$T/snap" "$T/user/linked" outer
like "it names a FIFO as its debug file" "$(frames)" '^outer \('
printf 'fifo\0%020d' 1 >"$T/link"
cc -g -o "$T/user/shared" "$T/c.c"
objcopy --add-section ".gnu_debugaltlink=$T/link" "$T/user/shared"
python3 "$TESTS/symbols.py" "$T/snap" "$T/user/shared" outer
like "... as what is common to debug files" "$(frames)" '^inner \[inlined\]'
python3 "$TESTS/symbols.py" "$T/snap" "$T/stripped=$T/c" outer

# What clients of debuginfod have left, and only that: nobody is asked.
# Fails if: a file there is used whose build id is another; or DEBUGINFOD_URLS isn't unset.
rm -r "$T/debug"
export DEBUGINFOD_CACHE_PATH=$T/cache HOME=$T/home
unset XDG_CACHE_HOME
for cache in "$T/cache" "$T/home/.cache/debuginfod_client"; do
	mkdir -p "$cache/$id"
	objcopy --only-keep-debug "$T/c" "$cache/$id/debuginfo"
	like "of the cache of debuginfod in ${cache#"$T/"}" "$(frames)" '^inner \[inlined\]'
	objcopy --only-keep-debug "$T/other" "$cache/$id/debuginfo"
	unlike "... of another program" "$(frames)" 'inner|outer'
	objcopy --only-keep-debug "$T/c" "$cache/$id/debuginfo"
	if [ "$(id -u)" = 0 ]; then
		chown nobody "$cache/$id/debuginfo"
		unlike "... of another user" "$(frames)" 'inner|outer'
	fi
	rm "$cache/$id/debuginfo"
	mkfifo "$cache/$id/debuginfo"
	like "... a FIFO is not waited for" "$(frames)" "^$T/stripped\\+0x"
	unset DEBUGINFOD_CACHE_PATH
done
# A server that writes down who comes.
python3 - "$T/port" "$T/asked" <<'END' &
import http.server, sys
class Handler(http.server.BaseHTTPRequestHandler):
    def do_GET(self):
        open(sys.argv[2], 'a').write(self.path + '\n')
        self.send_error(404)
server = http.server.HTTPServer(('127.0.0.1', 0), Handler)
open(sys.argv[1], 'w').write(str(server.server_port) + '\n')
server.serve_forever()
END
server=$!
tap_leave() { kill $server 2>/dev/null || :; }
until [ -s "$T/port" ]; do
	kill -0 $server
	sleep 0.1
done
# Without it nobody would be asked in any case.
check "there's a client" sh -c '/sbin/ldconfig -p | grep -F libdebuginfod.so.1'
DEBUGINFOD_CACHE_PATH=$T/cache2 DEBUGINFOD_URLS="http://127.0.0.1:$(cat "$T/port")" frames >/dev/null
is "no server is asked" "$(cat "$T/asked" 2>/dev/null)" ""
kill $server
tap_leave() { :; }

# ---- never wrong
cc -o "$T/c" "$T/c.c"
places "$T/c" hidden >"$T/before"
like "the file that ran" "$(cat "$T/before")" '^hidden \('
cc -O0 -o "$T/c" "$T/c.c"
like "another one in its place" "$(frames)" "^$T/c\\+0x[0-9a-f]+\$"
unlike "has no names" "$(frames)" '\('
rm "$T/c"
like "it is gone" "$(frames)" "^$T/c\\+0x[0-9a-f]+\$"
mkdir "$T/c"
like "a folder" "$(frames)" "^$T/c\\+0x[0-9a-f]+\$"
rmdir "$T/c"
mkfifo "$T/c"
like "a FIFO is not waited for" "$(frames)" "^$T/c\\+0x[0-9a-f]+\$"
rm "$T/c"
cc -o "$T/c" "$T/c.c"
like "no build id was recorded" "$(places --build-id= "$T/c" hidden)" "^$T/c\\+0x"
cc -Wl,--build-id=none -o "$T/noid" "$T/c.c"
like "the file has none" "$(places --build-id=12345678 "$T/noid" hidden)" "^$T/noid\\+0x"
like "an offset behind the file" "$(places --offset=0x7fffffffffff "$T/c" x)" '\+0x7fffffffffff$'
like "offset 0, of a caller, too" "$(places --offset=0 "$T/c" x)" '\+0x0$'
# In a stripped library the nearest exported symbol before a hidden function is another one.
cc -shared -fPIC -o "$T/lib.so" "$T/c.c"
strip -o "$T/libs.so" "$T/lib.so"
got=$(python3 "$TESTS/symbols.py" "$T/snap" "$T/libs.so=$T/lib.so" hidden && frames)
like "a function without a symbol" "$got" '\+0x[0-9a-f]+$'
unlike "isn't the one before it" "$got" '\('
got=$(python3 "$TESTS/symbols.py" "$T/snap" "$T/libs.so=$T/lib.so" outer && frames)
like "an exported one is known" "$got" '^outer \('
for n in 1 64 200 1000 4000; do
	head -c $n "$T/lib.so" >"$T/libs.so"
	frames >/dev/null && ok "a library of $n bytes" || not_ok "a library of $n bytes" </dev/null
done

# Fails if: the map of a JIT compiler is believed where it isn't said that the process executes that program still.
sleep 1000 &
jit=$!
tap_leave() { kill $jit 2>/dev/null || :; rm -f "/tmp/perf-$jit.map"; }
(set -C; echo "0 7fffffffffff0000 jit::function" >"/tmp/perf-$jit.map")
python3 - "$TESTS" "$T/snap" $jit <<'END'
import sys
sys.path.insert(0, sys.argv[1])
from snapshot import Snapshot
s = Snapshot()
s.cpu(elapsed=10 ** 9)
anon = s.object(b'[anon]')
s.stack(1000, (), (s.user(anon, 0x46), s.user(0, 0x7f0000001000)), pids=(int(sys.argv[3]),), tgid=int(sys.argv[3]))
s.pid(int(sys.argv[3]), 1000, tgid=int(sys.argv[3]))
open(sys.argv[2], 'wb').write(s.bytes())
END
is "code that was made at run time" "$(frames)" '[anon]+0x46
[unknown] 0x7f0000001000'
kill $jit
rm "/tmp/perf-$jit.map"
tap_leave() { :; }

# ---- while it is looked at: the names of what is seen first are shown, then it is changed, and more is seen
# Fails if: a file that loses its end takes the tool along; or names are of what was written since.
rm -f "$T/c"
cc -g -o "$T/c" "$T/c.c"
for symbol in main outer after; do
	python3 "$TESTS/symbols.py" "$T/$symbol" "$T/c" $symbol
done
cp "$T/c" "$T/whole"
for how in truncate overwrite; do
	cp "$T/whole" "$T/c"
	mkfifo "$T/series"
	"$PERFTOP" report --each -i "$T/series" >"$T/out" 2>&1 &
	tool=$!
	exec 3>"$T/series"
	cat "$T/main" "$T/outer" >&3
	until grep -q '^       u outer (' "$T/out" || ! kill -0 $tool 2>/dev/null; do :; done
	case $how in
	truncate) truncate -s 4096 "$T/c" ;;
	overwrite) tr 'a-m' 'b-n' <"$T/whole" >"$T/new" && dd if="$T/new" of="$T/c" conv=notrunc status=none ;;
	esac
	cat "$T/after" >&3
	exec 3>&-
	status=0
	wait $tool || status=$?
	rm "$T/series"
	is "$how: the tool goes on" $status 0
	is "... names that were seen before are shown" "$(grep -c '^       u outer (' "$T/out")" 2
	like "... then file and offset" "$(sed -n 's/^       u //p' "$T/out" | tail -n1)" "^$T/c\\+0x[0-9a-f]+\$"
done

# ---- without a build id: the file as it was seen, on this machine
rm -f "$T/c"
cc -Wl,--build-id=none -o "$T/c" "$T/c.c"
like "no build id: the file that ran" "$(places --identity "$T/c" hidden)" '^hidden \('
# Fails if: one of them isn't looked at.
# (Not all file systems tell the generation.)
generation=$(python3 -c 'import fcntl, sys; fcntl.ioctl(sys.stdin, 0x80087601, bytes(8)); print("generation")' <"$T/c" 2>/dev/null) || :
for field in inode major minor size ctime $generation; do
	like "... another $field" "$(places --identity=$field "$T/c" hidden)" "^$T/c\\+0x[0-9a-f]+\$"
done
places --identity "$T/c" hidden >"$T/before"
like "... it's the same" "$(frames)" '^hidden \('
cp "$T/c" "$T/same"
chmod 711 "$T/c"
like "... it isn't any more" "$(frames)" "^$T/c\\+0x"
places --identity "$T/c" hidden >"$T/before"
mv "$T/same" "$T/c"
like "... a copy of it" "$(frames)" "^$T/c\\+0x"
# As if its build id wasn't in memory when it was seen; and what has a build id has no other identity.
cc -o "$T/c" "$T/c.c"
like "a build id that wasn't known" "$(places --build-id= --identity "$T/c" hidden)" '^hidden \('
like "another build id" "$(places --build-id=12345678 --identity "$T/c" hidden)" "^$T/c\\+0x"
# Fails if: a debug file is taken because of its name.
cc -g -Wl,--build-id=none -o "$T/c" "$T/c.c"
strip -o "$T/stripped" "$T/c"
objcopy --only-keep-debug "$T/c" "$T/stripped.debug"
places --identity "$T/c" hidden >"$T/before"
mv "$T/stripped" "$T/c"
mv "$T/stripped.debug" "$T/c.debug"
python3 "$TESTS/symbols.py" "$T/snap" --identity --offset="$(sed -n '1s/.*+\(0x[0-9a-f]*\).*/\1/p' "$T/before")" "$T/c" x
like "a debug file without a build id" "$(frames)" "^$T/c\\+0x"

# ---- where Go's threads begin a stack is whole, though the module doesn't know
# Fails if: any function ends a stack, or none; or the first frame does.
cut() { python3 "$TESTS/symbols.py" "$T/snap" --cut "$@"; }
marks() {
	echo "$("$PERFTOP" report -i "$T/snap" | grep -cF 'u [truncated]' || :) $("$PERFTOP" folded -i "$T/snap" | grep -cF ';[truncated];' || :)" \
		"$("$PERFTOP" json -i "$T/snap" | grep -cF '"user truncated"' || :)"
}
rm -f "$T/c"
for name in runtime.goexit runtime.mstart runtime.mstart.abi0 runtime.rt0_go.abi0 runtime.mstart1 runtime.mstart.abi runtime.mcall; do
	sed "s/^__attribute__((noinline)) int after/int after(int) __asm__(\"$name\");&/" "$T/c.c" >"$T/go.c"
	cc -o "$T/c" "$T/go.c"
	cut "$T/c" $name
	case $name in
	*mstart1 | *.abi | *mcall) is "$name isn't known for one" "$(marks)" "1 1 1" ;;
	*) is "$name" "$(marks)" "0 0 0" ;;
	esac
	cut --outer=hidden "$T/c" $name
	is "... isn't the outermost" "$(marks)" "1 1 1"
done
sed "s/^__attribute__((noinline)) int after/int after(int) __asm__(\"runtime.mstart\");&/" "$T/c.c" >"$T/go.c"
cc -o "$T/c" "$T/go.c"
cut --outer=runtime.mstart "$T/c" hidden
is "it is the outermost" "$(marks)" "0 0 0"
is "--raw has no names" "$("$PERFTOP" report --raw -i "$T/snap" | grep -cF 'u [truncated]')" 1

# ---- of another machine
mkdir -p "$T/root/bin"
cc -o "$T/root/bin/elsewhere" "$T/c.c"
python3 "$TESTS/symbols.py" "$T/snap" "/bin/elsewhere=$T/root/bin/elsewhere" hidden
like "not there" "$(frames)" '^/bin/elsewhere\+0x'
SYMFS=$T/root
like "--symfs" "$(frames)" '^hidden \(/bin/elsewhere\+0x'
SYMFS=
is "--raw" "$(places "$T/root/bin/elsewhere" hidden >/dev/null; "$PERFTOP" report --raw -i "$T/snap" | grep -c hidden)" 0
if command -v clang >/dev/null; then
	clang -O2 -g -Wl,--build-id -o "$T/clang" "$T/c.c"
	like "clang, which makes no index of its units" "$(places "$T/clang" outer)" '^inner \[inlined\]'
	# Fails if: functions are looked for in a unit, but not in a namespace of it.
	(echo 'namespace space {'; sed 's/^int main.*/}/' "$T/c.c"; echo 'int main(int n, char **) { return space::outer(n); }') >"$T/space.cc"
	clang++ -O2 -g -Wl,--build-id -o "$T/space" "$T/space.cc"
	like "... C++, with functions in a namespace" "$(places "$T/space" _ZN5space5outerEi)" '^space::inner\(int\) \[inlined\]'
fi
tap_done
