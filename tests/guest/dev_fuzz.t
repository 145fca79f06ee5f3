# SPDX-License-Identifier: GPL-2.0-only
# timeout: 60
# Calls of all kinds on all files, with what makes sense and what doesn't; and loads with such parameters. FUZZ_SEED=N: those of another run.
. /t/lib.sh

SEED=${FUZZ_SEED:-$(($(date +%s) * 1000 + $$))}
INPUTS=$(share 20000)
LOADS=$(share 10)

# MemAvailable in kB, when all that is to be freed is
available() {
	sleep 0.5
	echo 3 >/proc/sys/vm/drop_caches
	sed -n 's/^MemAvailable: *\([0-9]*\) kB/\1/p' /proc/meminfo
}

# fuzzed NAME ARGUMENTS...: the console would be busy with each thing that is refused; fuzz puts there what others say
fuzzed() {
	local name=$1 began=$(uptime_s)
	shift
	dmesg -n 1
	check "$name" fuzz -s $SEED "$@"
	dmesg -n 8
	tail -n 1 $T/check | diag
	echo "# in $(awk "BEGIN { print $(uptime_s) - $began }") s"
}

# ---- parameters at load
# Fails if: a load accepts what it shouldn't or refuses what it should accept, a parameter isn't what was given, or something stays after it.

fuzzed "loads" -l $KO -n $LOADS
nothing_left "after $LOADS loads"

# ---- what is loaded
# Fails if: a call has an error that it can't have, or works where it can't; what is refused changes something; a read writes where it mustn't.

ptop_load max_stacks=256 max_pids=256 max_sleeps=256 max_threads=256 events=64 depth=8
before=$(available)
# In what time the calls leave: they are what it's about.
gently='renice -n 19 -p $$ && exec "$@"'
start sh -c "$gently" sh hack -g 1 -f 1
start sh -c "$gently" sh forker
fuzzed "calls" -n $INPUTS
stop_all
check_accounting "afterwards"
after=$(available)
# KASAN keeps what is freed for a while, up to a 32nd of the memory; what leaks there, kmemleak tells.
most=8192
[ $SLOW = 1 ] || most=$((most + $(sed -n 's/^MemTotal: *\([0-9]*\) kB/\1/p' /proc/meminfo) / 32))
true_that "no more than $most kB of memory have gone ($before kB, $after kB)" "$after > $before - $most"
echo target= >$P
echo resume >$P
like "it records" "$(header $P state)" '^recording'
start spin -s 0.3
sleep 0.4
check_accounting "and goes on"
true_that "with rows" "$(flat $T/now.p | grep -c .) > 0"
ptop_unload
nothing_left "unloaded"
finish
