# SPDX-License-Identifier: GPL-2.0-only
# timeout: 240
# not on arm64: the workloads read the TSC
# Each workload of the mix with each stack unwound as well (verify_stacks=1): the stack cache and the store give the same. So many of each workload
# are compared as there is time for (REPEAT=20: a million in all). Fails if: the cache compares less than all of a stack, or a stack's memory is
# another's while something still has its number.
. /t/lib.sh
. /t/mix.sh

# A stack of those that come and go takes many times as long.
MANY=$(share 3900) FEW=$(share 900)

ptop_load verify_stacks=1
sum=0 wanted=0
for workload in $MIX; do
	# A thousand processes take too long to begin with where there's little time.
	[ $SHARE = 100 ] || [ ${workload#ring} = $workload ] || continue
	each=$MANY
	case $workload in threads | forks) each=$FEW ;; esac
	wanted=$((wanted + each))
	echo reset >$P
	while
		mix_piece $workload $((each / 2)) >/dev/null 2>$T/err || bail "$workload: $(cat $T/err)"
		cat $P >$T/now.p
		[ "$(verified $T/now.p)" -lt $each ]
	do :; done
	sum=$((sum + $(verified $T/now.p)))
	echo "# $workload: $(verified $T/now.p) verified, $(hit_rate $T/now.p) % of $(stacks_taken $T/now.p) not unwound," \
		"$(unstable $T/now.p) changed meanwhile; $(header $T/now.p stacks | sed 's/.*, //')"
	is "$workload: no disagreement" "$(disagreements $T/now.p)" 0
done
echo "# $sum verified"
true_that "at least $wanted were verified" "$sum >= $wanted"
check_accounting "at last"
like "no switch was missed, no thread untracked" "$(header $T/now.p switches)" '^[0-9]+, missed 0, clamped [0-9]+, untracked 0$'
finish
