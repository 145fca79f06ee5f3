# SPDX-License-Identifier: GPL-2.0-only
# timeout: 120
# Loading and unloading under load.
. /t/lib.sh

CYCLES=$(share 12)
start spin -c 1
start hack -g 1 -f 2
start forker
began=$(uptime_s)
done=0 data=0
while [ $done -lt $CYCLES ]; do
	[ "$(mod ins $KO hook=$HOOK)" = OK ] || break
	cat $P >$T/now.p
	[ "$(number $T/now.p tasks)" -gt 0 ] && [ "$(flat $T/now.p | grep -c .)" -gt 0 ] && data=$((data + 1))
	[ "$(mod rm perftop)" = OK ] || break
	done=$((done + 1))
done
is "loaded and unloaded $CYCLES times under load" $done $CYCLES
is "each load had data" $data $CYCLES
echo "# $done cycles in $(awk "BEGIN { print $(uptime_s) - $began }") s"

# The file of a parameter is there before the module has begun, and when it has ended, and nobody's write holds it.
# Fails if: what isn't there is closed and forgotten, that's an oops.
stop_all
for writer in 1 2; do
	(while :; do echo spin >$PARAM/target; done) 2>/dev/null &
	JOBS="$JOBS $!"
done
load_cycles $CYCLES grep -q "^# target" $P
stop_all

ptop_load
exec 7<$P
like "no unload while a reader has it open" "$(mod rm perftop)" '^(EBUSY|EAGAIN)$'
read -r line <&7
like "the reader reads on" "$line" '^# perftop '
take
check "... and the accounting balances" accounting_balances $T/now.p $T/now.s
exec 7<&-
is "unload after it closed" "$(mod rm perftop)" OK
is "no file is left" "$(ls $P $S 2>/dev/null)" ""
finish
