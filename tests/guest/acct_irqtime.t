# SPDX-License-Identifier: GPL-2.0-only
# timeout: 90
# needs: perftop
# A kernel that leaves interrupts out of what threads ran: ours is more by no more than these, verify knows, and the accounting balances.
. /t/lib.sh

case $(uname -r) in
*-irqtime) ;;
*)
	echo "1..0 # SKIP this kernel has interrupts in what threads ran"
	exit
	;;
esac

# config VALUE: what the kernel was built with
config() { printf 'CONFIG_%s\n' IRQ_TIME_ACCOUNTING$1 PARAVIRT_TIME_ACCOUNTING$1 >/boot/config-$(uname -r); }

# last KEY: the seconds behind it in the last verify
last() { sed -n "s/^$1 *\([0-9.]*\) s.*/\1/p" $T/verify; }

# more: than schedstat can be, in s: the most of all threads
more() { awk '$1 ~ /^[0-9]+$/ && $2 - $4 > most { most = $2 - $4 } END { print most + 0 }' $T/verify; }

mkdir -p /boot
ptop_load
start spin
# An interrupt each 100 us, which the spinner has in its time, or the woken thread.
start handoff nap
config =y
perftop verify -d 4 -t 3 >$T/verify 2>&1
status=$?
diag <$T/verify
taken=$(last 'stolen:')
echo "# a thread's time is $(more) s more than schedstat can be, of $(awk '/^interval/ { print $2 }' $T/verify) s; $taken s were stolen"
true_that "a thread's time is more than the scheduler's" "$(more) > 0.004"
true_that "... by no more than interrupts took" "$(more) <= $taken"
if [ $HOOK = kprobe ]; then
	is "verify: right" $status 0
else
	# At the tracepoint nothing says from when on the scheduler has it run.
	like "verify says what it can't know" "$(cat $T/verify)" '^boundary: '
fi
# Fails if: it grants so much to kernels that count interrupts.
config '=n'
perftop verify -d 4 -t 3 >$T/verify 2>&1
like "verify that doesn't know of it: it isn't right" "$(cat $T/verify)" '^run time own .*: (NOT RIGHT|inconclusive)$'
check_accounting "interrupts"
finish
