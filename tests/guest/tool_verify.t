# SPDX-License-Identifier: GPL-2.0-only
# timeout: 60
# needs: perftop
# perftop verify under load: run times within 0.1 %, delays within 1 %, as it says by itself; and a clock that is wrong is found.
. /t/lib.sh

ptop_load
# Debian's kernels don't keep interrupts out of a thread's time.
mkdir -p /boot
printf '# CONFIG_%s is not set\n' IRQ_TIME_ACCOUNTING PARAVIRT_TIME_ACCOUNTING >/boot/config-$(uname -r)
start spin
spin=$PID
start spin
start pingpong -c 0
perftop verify -d 2 >$T/verify 2>&1
status=$?
is "verify: right" $status 0
diag <$T/verify
like "all who lived are compared" "$(cat $T/verify)" '^interval 2\.[0-9]+ s, 1 CPUs, ([0-9]+) threads lived through it, \1 compared$'
true_that "the load is there" "$(sed -n 's/^run time own \([0-9.]*\) s.*/\1/p' $T/verify) > 1.4"
# A thread that runs all the time: little is left open. Two ticks at each of both moments are; and what it ran if verify had to wait for a CPU
# there.
true_that "what the scheduler says is known to 2 %" "$(awk -v p=$spin '$1 == p { print $4 - $3 }' $T/verify) < 0.04"

# The same books with a clock that is wrong by 10 %: khz is bytes 24 to 31. Whoever waits for a CPU meanwhile only makes verify more lenient: so
# it and the shells come before the load.
khz=$(($(khz $P) * 90 / 100))
bytes=$(awk -v n=$khz 'BEGIN { for (i = 0; i < 8; i++) { printf "\\%03o", n % 256; n = int(n / 256) } }')
mkfifo $T/wrong
cat >$T/first <<'END'
renice -n -20 -p $$ && exec "$@"
END
cat >$T/patch <<END
{ dd bs=24 count=1; printf "$bytes"; dd bs=8 count=1 >/dev/null; cat; } >$T/wrong 2>/dev/null </dev/perftop
END
# Each by a shell of its own: it dies if its reader has read enough.
(while :; do sh $T/first sh $T/patch; done) &
JOBS="$JOBS $!"
sh $T/first perftop verify -d 2 --device=$T/wrong >$T/verify 2>&1
status=$?
is "a clock that is wrong by 10 % is found" $status 1
diag <$T/verify
like "... in the run times" "$(cat $T/verify)" '^run time own .*: NOT RIGHT$'
finish
