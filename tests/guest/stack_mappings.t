# SPDX-License-Identifier: GPL-2.0-only
# timeout: 90
# Names of stacks in many mappings of a process are found in about the time that those in few take.
. /t/lib.sh

# all N: N stacks are named. How long that takes for each is in $EACH, and to open a file of 50 of them in $OPEN, in ns.
all() {
	echo reset >$P
	start mappings $1 $P
	OPEN=$(cat $T/out.$PID)
	take
	EACH=$(sched_flat $T/now.s | awk -F'|' -v n=$1 '$7 ~ /^kworker\/u/ { s += $4 } END { printf "%.0f\n", s * 1e9 / n }')
	echo "# $1 mappings: $EACH ns for each, $OPEN ns to open the view"
	stop $PID
}

ptop_load top=50
all 100
few=$EACH few_open=$OPEN
echo 1000 >$PARAM/top
take
echo 50 >$PARAM/top
# One that is looked for while it makes the next one isn't found: its lock isn't waited for.
near "all of them are shown, with a name" "$(flat $T/now.p | grep -c 'nanosleep.*u \[anon\]+0x46;.*|mappings$')" 100 $([ $SLOW = 1 ] && echo 0.05 || echo 0.5)
all 1600
# Fails if: all mappings of a process are looked through.
true_that "sixteen times as many take no more than three times as long each ($few, $EACH ns)" "$few > 0 && $EACH > 0 && $EACH < 3 * $few"
true_that "... and the view, which ranks all of them, less than six times as long" "$OPEN < 6 * $few_open"

# Fails if: what a new mapping covers of an old one has the new name, or offsets are not from where each begins.
echo 1000 >$PARAM/top
echo reset >$P
cd $T
start mappings replace 100
cd /
cat /dev/perftop >$T/raw
# It may also lose its CPU on a page's first instruction, which faults: only where it sleeps is asked for.
is "each place has the name of the time at which it was seen first" \
	"$(records rows $T/raw | awk -F'|' '$1 == "sleep" && $10 == "mappings" && $9 ~ /nanosleep/ { print $9 }' | grep -o "u $T/[a-z]*+0x[0-9a-f]*" |
		sed "s,u $T/,," | sort -u | xargs)" "first+0x46 second+0x1046 third+0x1046 third+0x2046 third+0x3046 third+0x46"

# Fails if: a file that is still mapped is forgotten when there is no room for another one, or is taken for it.
stop $PID
echo reset >$P
cd $T
start mappings files 300
cd /
take
flat $T/now.p | grep 'nanosleep.*|mappings$' | grep '0x[0-9a-f]*46;' >$T/slept
true_that "it slept in more files than there is room for" "$(grep -c . $T/slept) > 280"
is "... each place has the name of its own" "$(grep -o "u $T/file[0-9]*+0x46" $T/slept | sort | uniq -c | awk '$1 == 1' | wc -l)" "$(grep -c . $T/slept)"
finish
