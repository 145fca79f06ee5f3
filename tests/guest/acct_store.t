# SPDX-License-Identifier: GPL-2.0-only
# timeout: 120
# The store of stacks without room: what had none is counted, none is lost, what nothing uses makes room again.
. /t/lib.sh

without_room() { header "$1" stacks | sed -n 's/.*, \([0-9]*\) without room$/\1/p'; }
rows_of() { flat $1 | awk -F'|' -v p=$2 '$8 == p' | wc -l; }

# The store has a thousand. All stacks are taken.
MODULE=/m/perftop-unready.ko ptop_load max_stacks=64 max_sleeps=64 top=1000 budget=100 verify_stacks=1
take
is "at first there is room" "$(without_room $T/now.p)" 0

# While a reader is in its snapshot nothing is freed, so of 4096 stacks most have no room.
dmesg_mark
echo 1 >$PARAM/hold
cat $P >$T/held.p &
reader=$!
until dmesg_since | grep -q 'a snapshot is held'; do
	usleep 20000
done
start manystacks -d 12 -o
echo 0 >$PARAM/hold
wait $reader
is "a reader has all of its snapshot" $? 0
check_accounting "without room"
without=$(without_room $T/now.p)
# Fails if: memory is freed that a snapshot uses; or what has no room isn't counted.
true_that "what had no room is counted" "$without >= 1500"
true_that "... and isn't called verified" "$(verified $T/now.p) + $without <= $(stacks_taken $T/now.p)"
is "... and is one row, which says so" "$(grep -c ' k \[no room in the store\]$' $T/now.p)" 1

# Fails if: nothing is freed afterwards; or one class of memory is used up for good.
start spin -c 0
spin=$PID
until [ $(rows_of $P $spin) -gt 0 ]; do
	usleep 50000
done
ok "a stack that comes later has room"

# Fails if: a sweep takes what a reset keeps, or a stack whose module goes.
start manystacks -d 10
ROUNDS=$(rounds 6 3)
for round in $(seq $ROUNDS); do
	insmod /m/ptop_nap.ko
	start nap
	echo reset >$P
	stop $PID
	rmmod ptop_nap
	take
	accounting_balances $T/now.p $T/now.s || break
done
is "resets and modules that go beside sweeps" $round $ROUNDS
check_accounting "at last"
true_that "it was verified" "$(verified $T/now.p) > 100"
is "... without disagreement" "$(disagreements $T/now.p)" 0
stop_all
ptop_unload
finish
