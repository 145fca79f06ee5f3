# shellcheck shell=dash disable=SC1091,SC2154
# Units of systemd under load: services, one of them limited, and a scope. What perftop has for each is what the kernel has.
. /run/t/stages.sh

CG=/sys/fs/cgroup
[ -e $CG/cgroup.controllers ] || CG=$CG/unified
UNITS='ptest-busy.service ptest-capped.service ptest-shell.scope'
dir() { echo "$CG/system.slice/$1"; }
stat() { sed -n "s/^$2 //p" "$(dir "$1")/cpu.stat"; }
busy='while :; do :; done'
# Before there is a load, as it takes a while then.
check 'start' unit start
systemd-run --quiet --unit=ptest-busy sh -c "$busy"
systemd-run --quiet --unit=ptest-capped -p CPUQuota=20% sh -c "$busy"
systemd-run --quiet --scope --unit=ptest-shell sh -c "$busy" &
shell=$!
all() { for u in $UNITS; do [ -n "$(stat $u usage_usec)" ] || return 1; done; }
check 'three units run' within 60 all

# Their processes don't run while both are looked at: what they have used is then the same for everybody.
frozen()
{
	for u in $UNITS; do
		echo "$1" >"$(dir $u)/cgroup.freeze"
		within 60 grep -q "^frozen $1" "$(dir $u)/cgroup.events" || return 1
	done
}
check 'they are frozen' frozen 1
for u in $UNITS; do
	stat $u usage_usec >"/run/t/$u"
done
capped=$(stat ptest-capped.service throttled_usec)
echo reset >/proc/perftop
check '... and run' frozen 0
used() { [ $(($(stat ptest-capped.service usage_usec) - $(cat /run/t/ptest-capped.service))) -gt 400000 ]; }
check '... until the limited one had 0.4 s' within 120 used
frozen 1
echo cgroup >$MOD/parameters/sum
cat /proc/schedtop >/run/t/text
echo thread >$MOD/parameters/sum

# The host stops an emulated CPU for a while now and then, maybe between the scheduler's look at the clock and perftop's.
# agrees NAME UNIT SECONDS
agrees()
{
	_theirs=$(($(stat "$2" usage_usec) - $(cat "/run/t/$2")))
	echo "$3 s here, $_theirs us by cpu.stat" >"$OUT"
	if awk "BEGIN { d = 1e6 * $3 - $_theirs; exit !((d < 0 ? -d : d) <= 0.04 * $_theirs + 25000 && $_theirs > 100000) }"; then
		ok "$1 ($3 s, $_theirs us)"
	else
		not_ok "$1" <"$OUT"
	fi
}
# Fails if: time is in another cgroup than it was used in, or a unit's row is missing.
for u in $UNITS; do
	agrees "$u: what the kernel has" $u "$(awk -v p=/system.slice/$u '$1 == "-" && $12 == p { print $4 } END { print "" }' /run/t/text)"
done
if command -v perftop >/dev/null; then
	for view in report lat sched; do
		perftop $view --by=cgroup --cgroup='ptest-*' >"/run/t/$view" 2>&1
		is "$view names the units" "$(awk '!/^#/ && $NF ~ "^/system.slice/" { print $(NF - 1) }' "/run/t/$view" | sort | xargs)" "$UNITS"
	done
	# seconds UNIT COLUMN: of sched
	row() { awk -v u="$1" -v c="$2" '!/^#/ && $(NF - 1) == u { print $c }' /run/t/sched; }
	for u in $UNITS; do
		agrees "... by sched, too" $u "$(row $u 2)"
	done
	theirs=$(stat ptest-capped.service throttled_usec)
	is 'the limited one was throttled, for as long as the kernel says' "$(row ptest-capped.service 8)" \
		"$(awk "BEGIN { printf \"%.6f\", $theirs / 1e6 }")"
	like '... and often' "$(row ptest-capped.service 7)" '^[1-9][0-9]*$'
	like '... which is more than before' "$((theirs - capped))" '^[1-9][0-9]*$'
	is '... no other was' "$(row ptest-busy.service 8 | tr -d 0.-)" ''
	perftop sched --cgroup=ptest-shell.scope >/run/t/one 2>&1
	is 'a pattern: the rows of one, threads in their cgroup' "$(awk '!/^#/ { print $12 }' /run/t/one | sort -u)" ptest-shell.scope
	perftop report --by=cgroup >/run/t/report 2>&1
	like 'without one: the others, too' "$(awk '!/^#/ { print $NF }' /run/t/report | xargs)" '/init\.scope'
fi
frozen 0
check 'the units stop' systemctl stop $UNITS
wait $shell
named() { [ "$(grep -c ' /system\.slice/ptest-.*(gone) -$' /proc/schedtop)" -eq 3 ]; }
echo cgroup >$MOD/parameters/sum
check '... and have their names still' within 60 named
systemctl reset-failed
check 'stop' unit stop
gone 'nothing is left of it'
is 'no unit has failed' "$(systemctl --failed --no-legend --plain)" ''
finish
