# SPDX-License-Identifier: GPL-2.0-only
# timeout: 100
# The name of a frame is that of what was at its address when the stack was taken: where code replaces other code, in processes that live for a
# moment, in such that were forked, and after an exec.
. /t/lib.sh

COUNT=$(share 1000)

# naps COMM: "TGID FRAMES" of its threads' sleeps in nanosleep(), by the device
naps() {
	cat /dev/perftop >$T/raw
	records rows $T/raw | awk -F'|' -v comm="$1" '$1 == "sleep" && $10 == comm && $9 ~ /nanosleep/ { print $3, $9 }'
}

# swapped NAME N: it slept once in each of N files. Where a file was replaced before it was looked at, which takes a moment, it has no name.
swapped() {
	naps mappings | sed 's/.*nanosleep[^;]*;//' >$T/sleeps
	grep -o 'swap[0-9]*+0x4[6c]' $T/sleeps | sort | uniq -c | awk '{ print $1 }' | sort | uniq -c | xargs >$T/swaps
	rows=$(grep -c -e swap -e 'u .unknown.[^;]*46' $T/sleeps)
	named=$(grep -c 'swap[0-9]*+0x4[6c]' $T/sleeps)
	true_that "$1: it slept in ($rows), and most have a name ($named)" "$rows > 0.7 * $2 && $named > 0.5 * $rows"
	is "... none has the name of another" "$(cat $T/swaps)" "$named 1"
}

ptop_load top=1000 max_stacks=16384 max_pids=4096 max_sleeps=8192
like "where it is seen that code is mapped" "$(sed -n 's/^# mappings: *//p' $P)" \
	'^(perf_event_mmap|uprobe_mmap), [0-9]+ of [0-9]+ programs, [0-9]+ evicted, [0-9]+ without room, missed 0, late [0-9]+$'

# Fails if: code that is where other code was has the name of that.
cd $T
start mappings swap 20
like "it is the same address each time" "$(cat $T/out.$PID)" '^0x[0-9a-f]+$'
take
swapped "twenty files after each other at one address" 20
stop $PID

# The same with threads that have nothing to do with it. Fails if: a thread's last stack is taken for that of another file.
echo reset >$P
start mappings threads 20
take
files=$(flat $T/now.p | grep 'nanosleep.*|mappings$' | grep -o "u $T/swap[0-9]*+0x4[6c]" | sort -u | wc -l)
true_that "... and in a hundred threads that go there in turn ($files)" "$files > 10"
is "... no stack has two of them" "$(flat $T/now.p | grep 'swap[0-9]*+.*swap[0-9]*+' | head -n 3)" ""
stop $PID

# Fails if: code that mremap() moves has the name of what was there before.
echo reset >$P
start mappings move 20
cd /
take
swapped "mremap() over other code, twenty times" 20
stop $PID

# Fails if: a process that is gone before its mappings are looked up has no names.
for how in exec fork; do
	echo reset >$P
	[ $how = exec ] && start flash $COUNT || start flash fork $COUNT
	naps flashed >$T/naps
	slept=$(cut -d' ' -f1 $T/naps | sort -u | grep -c .)
	true_that "$how: $COUNT processes that live for a moment ($slept slept)" "$slept > 0.5 * $COUNT"
	# On a busy machine a program's place may be another one's before its stack is looked at.
	unnamed=$(grep -c 'u .unknown' $T/naps)
	true_that "... nearly all have names (but $unnamed)" "$unnamed <= 0.02 * $slept"
	is "... and these are the program's" \
		"$(grep -o 'u [^;]*' $T/naps | grep -v -e '^u /bin/flash+0x' -e '^u .unknown' | sort | uniq -c | sort -rn | head -n 5)" ""
	stop $PID
done

# Fails if: what a new program does until it is first switched out is the old program's time.
echo reset >$P
start flash exec 100
take
flat $T/now.p | awk -F'|' '$NF == "flashed" { all += $3; if ($10 ~ /^k \[exec: /) first += $3 } END { printf "%.0f %.0f\n", all, first }' >$T/first
read -r all first <$T/first
true_that "the time of a new program is its own ($first of $all ticks before it was switched out)" "$first > 0.2 * $all"
is "... and none of it is in what had called exec" \
	"$(flat $T/now.p | awk -F'|' '$NF == "flashed" && $10 ~ /wait4|ret_from_fork/' | head -n 3)" ""
check "the accounting balances" accounting_balances $T/now.p $T/now.s
cat /dev/perftop >$T/raw
check "a snapshot is whole" records check $T/raw
finish
