# SPDX-License-Identifier: GPL-2.0-only
# timeout: 300
# All memory is taken, again and again, while the module is loaded, read, written to and unloaded: each of these works, or fails with ENOMEM
# and leaves nothing; and the kernel kills no process but the one that took it.
. /t/lib.sh

CYCLES=$(share 20)

# Only that somebody was killed is of interest.
echo 0 >/proc/sys/vm/oom_dump_tasks
kills() { dmesg | sed -n 's/.*Out of memory: Killed process [0-9]* (\([^)]*\)).*/\1/p'; }

start eat
like "memory has run out" "$(kills | sort -u)" '^eat$'
loads=0 refused=0 reads=0 unread=0
: >$T/wrong
# So often, and until all of it has been seen.
enough() {
	local cycles=$((loads + refused))
	[ $cycles -ge 1000 ] || { [ $cycles -ge $CYCLES ] && [ $reads -gt 0 ] && [ "$(kills | grep -c .)" -gt 1 ]; }
}
until enough; do
	# Large: most of what there is is with others.
	REPLY=$(mod ins $KO hook=$HOOK max_stacks=20000 max_pids=20000 max_sleeps=20000 events=1024)
	if [ "$REPLY" = ENOMEM ]; then
		refused=$((refused + 1))
		! ls -d $P $S $L /proc/perftop_events /dev/perftop /sys/module/perftop >>$T/wrong 2>/dev/null ||
			echo "refused, but left behind" >>$T/wrong
		continue
	fi
	[ "$REPLY" = OK ] || { echo "load: $REPLY" >>$T/wrong; break; }
	loads=$((loads + 1))
	for file in $P $S $L /dev/perftop; do
		if cat $file >/dev/null 2>$T/err; then
			reads=$((reads + 1))
		elif grep -q 'memory' $T/err; then
			unread=$((unread + 1))
		else
			cat $T/err >>$T/wrong
		fi
	done
	for word in pause reset resume target=hack target=; do
		echo $word 2>$T/err >$P || grep -q memory $T/err || cat $T/err >>$T/wrong
	done
	REPLY=$(mod rm perftop)
	[ "$REPLY" = OK ] || { echo "unload: $REPLY" >>$T/wrong; break; }
done
stop $PID
killed=$(kills | grep -c .)
echo "# $loads loads, $refused refused; $reads reads, $unread refused; $killed times the kernel killed somebody"
is "each load, read and write worked, or was refused with ENOMEM" "$(cat $T/wrong)" ""
true_that "so it went $CYCLES times at least" "$((loads + refused)) >= $CYCLES"
true_that "some loads and some reads worked" "$loads > 0 && $reads > 0"
is "no process was killed but the one that took the memory" "$(kills | grep -vc '^eat$')" 0
true_that "the kernel killed somebody meanwhile" "$killed > 1"
ptop_load
check_accounting "with memory again"
ptop_unload
nothing_left "at the end"
finish
