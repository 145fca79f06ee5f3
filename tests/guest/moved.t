# SPDX-License-Identifier: GPL-2.0-only
# timeout: 60
# Who is moved to another CPU while it sleeps slept, whatever the scheduler has in its account: see PTOP_MOVED in compat.h. And has one name.
. /t/lib.sh

ptop_load sleepers=10000
start moved 5
take_lat
taken=0 unsure=0
while read -r pid delay since slept; do
	row=$(lat_flat $T/now.l | grep "^[0-9]*|$pid|")
	echo "# $pid: delay by schedstat $delay ns, $since since it went to sleep, for $slept: $(echo "$row" | cut -d'|' -f 5,6,8)"
	wrong=0
	[ "$since" -lt $((slept * 3 / 4)) ] || wrong=$since
	# Who waited for a while after that was runnable, too, and what is more isn't told apart.
	if [ $wrong != 0 ] && [ $((since - slept)) -gt 15000000 ]; then
		unsure=$((unsure + 1))
		continue
	fi
	[ $wrong = 0 ] || taken=$((taken + 1))
	# Fails if: its sleep is taken for a delay, as the kernel does.
	true_that "it slept as long as it did" "$(echo "$row" | cut -d'|' -f5) >= $slept / 1e9 - 0.001 - $STALL / 1e9"
	near "... and its delay is that of schedstat, but for such a one" "$(echo "$row" | awk -F'|' '{ printf "%.0f", $8 * 1e9 }')" \
		$((delay - wrong)) 0 $((1000 + STALL))
done <$T/out.$PID
echo "# $taken of 5 sleeps are delays for the kernel, and $unsure in part"
# Others may be moved, too, but not many are.
header_has=$(sed -n 's/^#   delays by the kernel.s account, but slept: \([0-9]*\) sleeps.*/\1/p' $T/now.l)
true_that "so many the header has" "${header_has:-0} >= $taken && ${header_has:-0} <= $taken + $unsure + 5"
# Here that happens, so that it's tested.
case $KVER in
6.12.*) true_that "there were some" "$taken + $unsure > 0" ;;
esac
stop $PID
take
check "the books close" books_close $T/now.p $T/now.s

# Fails if: on a CPU that it left somebody has the name that it had there.
mkfifo $T/go
start sh -c "taskset -p 1 \$\$; sleep 0.01; taskset -p 2 \$\$; printf renamed >/proc/self/comm; echo ready >&3; read go <$T/go"
take
is "who has been renamed is so on both CPUs" "$(sched_flat $T/now.s | awk -F'|' -v p=$PID '$2 == p { print $1, $7 }' | sort | xargs)" "0 renamed 1 renamed"
finish
