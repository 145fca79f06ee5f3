# SPDX-License-Identifier: GPL-2.0-only
# timeout: 120
# needs: perftop
# Sums that pass 2^64 ticks, as those of many threads do: in this build the clock is a million times as fast.
. /t/lib.sh
MODULE=/m/perftop-fast.ko
FULL=18446744073709551616

# header_ticks KEY: the ticks in that line of the header
header_ticks() { header $T/now.l "$1" | sed 's/^[0-9]* sleeps, //; s/ ticks.*//'; }
# rows COMM: pid and ticks of each row of those with that name (all)
rows() { lat_flat $T/now.l | awk -F'|' -v comm="$1" 'comm == "" || $NF == comm { print $2, $4 }'; }
total() { awk '{ n += $2 } END { printf "%.0f\n", n }'; }
# all: what 2000 threads can have slept since the reset
all() { awk "BEGIN { printf \"%.0f\", 2000 * $(number $T/now.l 'since reset') * $(khz $T/now.l) * 1000 * 1048576 }"; }
begin() {
	ptop_load sleepers=10000 max_threads=8192 "$@"
	# All of them sleep from here on, the first one on opening that.
	start crowd 2000 $T/go
	echo reset >$P
	# All rows are many: until there can be enough in them the header will do.
	while
		sleep 0.5
		sed '/^#/!q' $L >$T/now.l
		awk "BEGIN { exit !($(all) < 2.5 * $FULL) }"
	do :; done
}
# same FILE: the sums, and the rows of threads that sleep through it all, but for the ranks: others may be woken between two reads
same() {
	sed -n 's/^\(# sleeps:.* s\); .*/\1/p; /^# evicted:/p' $1
	grep '^ *[0-9].* crowd$' $1 | sed 's/^ *[0-9]* //' | sort
}
# tool NAME: what the tool says of the device is $T/now.l
tool() {
	perftop lat --raw >$T/tool 2>&1
	same $T/tool >$T/tool.same
	same $T/now.l >$T/now.l.same
	check "$1" diff $T/tool.same $T/now.l.same
	true_that "... with rows" "$(grep -c . $T/tool.same) > 2"
}
mkfifo $T/go

# ---- open sleeps

begin sum=process
while
	take_lat
	awk "BEGIN { exit !($(rows crowd | total) < 2.5 * $FULL && $(all) < 9 * $FULL) }"
do :; done
echo pause >$P
take_lat
set -- $(rows crowd)
pid=$1 ticks=$2
# Fails if: a process's row, or its share, is only what is left beyond 2^64; or the rows' order is by that.
is "a process with more than 2^64 ticks is one row" $# 2
true_that "... with all of them" "$ticks > $FULL"
like "it's the first" "$(lat_flat $T/now.l | head -n1)" "^1\\|$pid\\|$pid\\|$ticks\\|"
near "its seconds are its ticks" "$(lat_flat $T/now.l | sed -n '1s/^\([^|]*|\)\{4\}\([0-9.]*\).*/\2/p')" \
	"$(awk "BEGIN { printf \"%.6f\", $ticks / $(khz $T/now.l) / 1000 }")" 1e-9 0.000002
true_that "nearly all of it was at one place" "$(lat_flat $T/now.l | sed -n '1s/^\([^|]*|\)\{11\}\([0-9.]*\).*/\2/p') > 95"
tool "the tool says the same"
perftop json --sum=process >$T/json 2>$T/err
is "... and in JSON" "$(grep -c "\"pid\":$pid,.*\"ticks\":$ticks,\"sleeps\"" $T/json)" 1
echo thread >$PARAM/sum
take_lat
near "its threads together have as much" "$(rows crowd | total)" $ticks 1e-9
is "... each one its own" "$(rows crowd | grep -c .)" 2001
tool "the tool says the same of threads"
perftop lat --raw --sum=process >$T/tool 2>$T/err
is "... and of processes" "$(sed -n "s/^ *1 *$pid *$pid *\([0-9]*\) .*/\1/p" $T/tool)" $ticks

# ---- sleeps that are over: by a pause they are

echo resume >$P
echo pause >$P
take_lat
# Fails if: a sum in the header is only what is left beyond 2^64.
near "the header has all of it" "$(header_ticks sleeps)" "$(rows | total)" 0.05
true_that "... which is more than 2^64 on each of two CPUs" "$(header_ticks sleeps) > 2 * $FULL"
tool "the tool says the same of what is over"
perftop record -o $T/snap 2>$T/err
perftop lat --raw -i $T/snap >$T/tool 2>$T/err
same $T/tool >$T/tool.same
check "... and a file" diff $T/tool.same $T/now.l.same
stop_all
ptop_unload

# ---- sleeps that lost their rows

begin max_sleeps=64
while
	echo pause >$P
	echo resume >$P
	take_lat
	awk "BEGIN { exit !($(header_ticks evicted) < 2.5 * $FULL && $(all) < 9 * $FULL) }"
do :; done
# Fails if: they begin again at 0.
true_that "the evicted pass 2^64, on each of two CPUs" "$(header_ticks evicted) > 2 * $FULL"
true_that "with the rest they're what the threads slept" "$(header_ticks evicted) + $(header_ticks sleeps) > 0.5 * $(all)"
echo pause >$P
take_lat
tool "the tool says the same of the evicted"
stop_all
finish
