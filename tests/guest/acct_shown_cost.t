# SPDX-License-Identifier: GPL-2.0-only
# timeout: 150
# not on arm64: it counts instructions by the TSC
# The cost that the header shows is what perftop costs: what work takes with it, less what the same work takes without.
#
# On a machine whose instructions all take a tick. Of units(1), and with these counts, each work is some ten million instructions.
. /t/lib.sh

rt_unlimited
WORK="pingpong:2000 epoll:2400 forks:200"

# each COMMAND...: with the name and the count of each work
each() {
	local work
	for work in $WORK; do
		"$@" ${work%:*} ${work#*:}
	done
}

# bare NAME COUNT
bare() { units $1 $2 >$T/bare.$1; }

# shown FILE: all ticks that this header says
shown() { echo $(($(own_cost $1 | cut -d' ' -f2) * $(number $1 switches))); }

# perftopped BUDGET NAME COUNT: the same with perftop, the second time
perftopped() {
	units $2 $(($3 / 5)) >/dev/null
	units $2 $3 $T/$2.$1 >$T/with.$2.$1
}

# names FILE: of these the ones for looking up names, and for sweeps of the store
names() { own_cost $1 | awk -v shown=$(shown $1) '{ printf "%.0f", $1 ? shown * $9 / $1 : 0 }'; }

# weigh BUDGET NAME COUNT: compares. Seen: 0.98 to 1.09 of what it costs; forks 1.01 to 1.2, as the same forks differ by 0.05 % from one time to
# the next, while perftop is but 0.4 % of them. A sweep for what was before may end between the reset and the work, so names may be in it or not.
weigh() {
	local with=$(cat $T/with.$2.$1)
	local real=$((with - $(cat $T/bare.$2))) slack=$((with / 2000))
	local is=$(shown $T/$2.$1) names=$(names $T/$2.$1)
	echo "# $2, budget $1: $real of $with, shown $is ($(header $T/$2.$1 'own cost'))"
	true_that "$2, budget $1: what is shown is what it costs" "$is >= 0.8 * $real - $slack && $is - $names <= 1.25 * $real + $slack"
}

# In the first ten seconds after boot each instruction of work brings others with it.
while awk "BEGIN { exit !($(uptime_s) < 12) }"; do
	usleep 500000
done
# The first of its kind takes more, too.
each bare

# Fails if: the way into the hook isn't measured, or is another one than the scheduler's; or the hooks of fork, exec and exit don't count.
for budget in 100 1; do
	ptop_load budget=$budget
	# Stacks that are all new: from here on they are left out, if the budget is small.
	units churn 2500 >/dev/null
	each perftopped $budget
	ptop_unload
	each bare
	each weigh $budget
done
true_that "stacks were left out in the second case, but not in the first" "$(own_cost $T/epoll.1 | cut -d' ' -f4) > $(own_cost $T/epoll.100 | cut -d' ' -f4)"
true_that "the events of forks have a cost" "$(own_cost $T/forks.100 | cut -d' ' -f8) > 0"
if [ $HOOK = kprobe ]; then
	# Fails if: the other way isn't measured.
	would=$(header $T/epoll.1 'own cost' | sed -n 's/.*; hook=tracepoint would take \([0-9.]*\) %$/\1/p')
	true_that "the header says that the tracepoint would cost less" "0$would > 0 && 0$would < $(own_cost $T/epoll.1 | cut -d' ' -f1)"
else
	is "the header says no more than what it costs" "$(header $T/epoll.1 'own cost' | grep -c 'would take')" 0
fi

# A machine at rest begins to come by stacks that are all new. Fails if: a second later the budget is exceeded.
ptop_load budget=0.1
start units naps 1000000
sleep 1
echo reset >$P
sleep 1
take
stop $PID
echo "# $(header $T/now.p 'own cost')"
true_that "a second after the change stacks cost no more than the budget" "$(own_cost $T/now.p | cut -d' ' -f7) <= 0.1"
true_that "as few of them are taken" "$(own_cost $T/now.p | cut -d' ' -f4) > 2"
# Fails if: the work item doesn't count, or more of it than its threads have run. Waking them up to a hundred times is in it, too, and others run that: it's about as
# much again. (A hundredth of a percent is how exact the header is.)
true_that "looking up their names has a cost, too" "$(own_cost $T/now.p | cut -d' ' -f9) > 0"
ran=$(sched_flat $T/now.s | awk -F'|' '$7 ~ /^kworker\/u/ { t += $3 } END { printf "%.0f", t }')
true_that "it's at most twice what its threads have run" "$(names $T/now.p) <= 2 * $ran + 0.0001 * $(elapsed $T/now.s 0)"
echo "# names $(names $T/now.p), kworkers $ran"
ptop_unload

finish
