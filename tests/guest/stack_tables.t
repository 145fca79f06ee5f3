# SPDX-License-Identifier: GPL-2.0-only
# timeout: 120
# needs: perftop
# User stacks by unwind tables: programs without frame pointers have whole stacks, whenever they were started, and tables come and go.
. /t/lib.sh

# user_of VIEW COMM: the user frames of each row of that name that sleeps at a nanosleep
user_of() { lat_flat $1 | grep "nanosleep.*|$2$\||$2|.*nanosleep" | sed 's/.*entry_SYSCALL[^;]*;//; s/|.*//'; }

# tabled N: waits until N files have a table, and stacks are walked by them
tabled() {
	for _ in $(seq 600); do
		[ "$(tables loaded | grep -c .)" -lt $1 ] || return 0
		usleep 50000
	done
	bail "no $1 tables: $(tables loaded; tables wanted; cat $T/serve)"
}

serve() {
	perftop unwind --serve >$T/serve 2>&1 &
	SERVE=$!
}

# whole COMM FRAMES: it sleeps, with one stack of so many user frames. Waits until it was seen anew.
whole() {
	for _ in $(seq 100); do
		take_lat
		user_of $T/now.l $1 >$T/user
		[ "$(grep -cv truncated $T/user)" -ne 1 ] || [ "$(grep -c truncated $T/user)" -ne 0 ] || break
		usleep 100000
	done
	like "$1 has its whole stack" "$(cat $T/user)" "^(u /bin/[a-z]+\+0x[0-9a-f]+;?){$2}$"
}

start nestlibc early
EARLY=$PID
ptop_load top=1000 sleepers=10000
like "by frame pointers first" "$(header $P 'user stacks')" '^by frame pointers, as nobody loads unwind tables; frames by table 0, '
# Fails if: what was captured before isn't walked again; or code that was mapped before the load isn't looked up.
serve
tabled 1
whole nestlibc 10
like "the header says so" "$(header $P 'user stacks')" '^tables of [1-9][0-9]* files, [0-9]+ of 33554432 bytes, 0 dropped, [0-9]+ wanted; frames by table [1-9]'
stop $EARLY

# Fails if: the innermost or the outermost frames are missing, or in another order.
start passes 100000000 3
BUSY=$PID
tabled 2
for _ in $(seq 100); do
	perftop lat -t 1000 2>$T/err | awk '/^ +[0-9]+ +[0-9]+ +[0-9]+ /{p=/ passes$/} p && $1 == "u" {sub(/\+.*/, "", $2); print $2}' | xargs >$T/names
	! grep -q '^\(__libc_\|_*\)read passes odd even odd even main ' $T/names || break
	usleep 100000
done
like "functions have their names, to the program's begin" "$(cat $T/names)" 'read passes (odd |even ){4}main [a-z_ ]*_start'

# Fails if: the cache and the walk aren't the same.
echo 1 >/sys/module/perftop/parameters/verify_stacks
for _ in $(seq 100); do
	[ "$(verified $P)" -lt $(share 300) ] || break
	usleep 100000
done
true_that "$(verified $P) stacks are verified" "$(verified $P) >= $(share 300)"
is "... and the cache is right" "$(disagreements $P)" 0
echo 0 >/sys/module/perftop/parameters/verify_stacks

# Fails if: the service holds the module.
rmmod perftop
is "the module can be unloaded beside the service" $? 0
# Fails if: the service isn't there for the next one.
insmod $KO top=1000 sleepers=10000
tabled 1
ok "... and is served again when it's loaded again"
stop $SERVE

# Fails if: what a table says leads a walk out of the user's stack; or one that isn't checked is taken.
perftop unwind --output=$T/table /bin/passes
dmesg_mark
like "damaged tables" "$(tables fuzz $T/table $(share 2000) ${FUZZ_SEED:-7})" '^taken [1-9][0-9]* refused [1-9][0-9]* without room [0-9]+$'
like "... the log has a line that says what is accepted" "$(dmesg_since | grep perftop: | head -n 1)" 'accepted are those of perftop_unwind.h'
take
check_accounting
stop $BUSY
# Fails if: who may read, by CAP_PERFMON, may load.
is "without CAP_SYS_ADMIN" "$(contain -c 4000000000 tables loaded)" "loaded: Operation not permitted"

# Fails if: more is taken than there is room for; or tables with unwind_mb=0.
ptop_unload
start nestlibc late
ptop_load unwind_mb=0
is "unwind_mb=0" "$(tables wanted)" "wanted: Operation not supported"
like "... the header says so" "$(header $P 'user stacks')" '^by frame pointers; '
finish
