# SPDX-License-Identifier: GPL-2.0-only
# timeout: 600
# The machine goes to sleep, as far as its devices, and comes back, over and over, while the module is loaded, read, written to and unloaded: what
# holds its locks may be frozen. life_suspend_ram.t has the whole way.
. /t/lib.sh

CYCLES=$(share 15)

DELAY=/sys/module/suspend/parameters/pm_test_delay
suspend() { echo freeze >/sys/power/state && echo >>$T/rounds; }
# Until it has slept once more
sleeps() {
	local rounds=$(grep -c '' $T/rounds)
	until [ $(grep -c '' $T/rounds) -gt $rounds ]; do :; done
}

start hack -g 1 -f 2
start forker
delay=$(cat $DELAY)
echo 0 >$DELAY
echo devices >/sys/power/pm_test || bail "this kernel has no pm_test"
: >$T/rounds
forever suspend
forever read_all
forever write_all
load_cycles $CYCLES sleeps
true_that "while the machine slept ($(grep -c '' $T/rounds) times)" "$(grep -c '' $T/rounds) >= $CYCLES"
stop_all
echo none >/sys/power/pm_test
echo $delay >$DELAY

# Fails if: a module that is loaded after that doesn't record.
ptop_load top=1000
start spin -c 1
take
first=$(number $T/now.p switches)
while take && [ "$(number $T/now.p switches)" = "$first" ]; do :; done
check "the accounting balances" accounting_balances $T/now.p $T/now.s
ptop_unload
finish
