# SPDX-License-Identifier: GPL-2.0-only
# needs: perftop
# timeout: 120
# Cgroups of other kinds: threaded, frozen, with any name that the kernel takes, beside hierarchies of v1; and those of a container, seen from
# inside and outside.
. /t/lib.sh
. /t/cgroups.sh

# cgroups_of FILE THREAD: those that a thread has rows of
cgroups_of() { awk -v p=$2 '$2 == p { print $12 }' $1 | sort -u | xargs; }

ptop_load max_pids=16384
# ---- v1 alone: processes move there, and stay in the root of v2
mkdir $T/v1
mount -t cgroup -o cpu none $T/v1 || bail "no cpu controller of v1"
v1() { mkdir -p "$T/v1/$1" && echo $2 >"$T/v1/$1/cgroup.procs" || bail "$2 doesn't go to $1"; }
start spin -c 0
v1 old $PID
take
is "v1 alone: the header says that v2 isn't used" "$(header $T/now.p cgroups)" "no cgroup v2 but the root"
is "... and all rows are of its root" "$(awk '!/^#/ { print $12 }' $T/now.s | sort -u)" /

# ---- both: it is that of v2, wherever it is in v1
cg new
move new $PID
stopped $PID
echo reset >$P
BEFORE=$(usage new)
kill -CONT $PID
for n in $(seq 10); do
	v1 older $PID
	v1 old $PID
done
stopped $PID
take_cg
same_as_kernel "v1 beside it" new 0.001
mkdir $T/v1/gone
rmdir $T/v1/gone
take
is "... its rows are of v2" "$(cgroups_of $T/now.s $PID)" /new
is "... and the header counts those of v2" "$(header $T/now.p cgroups)" "v2, 1 below the root"
stop $PID
until rmdir $T/v1/old && rmdir $T/v1/older; do :; done 2>/dev/null
until umount $T/v1; do :; done 2>/dev/null

# ---- threaded: threads of one process in two cgroups
for name in a b; do
	cg "split/$name"
	echo threaded >$CG/split/$name/cgroup.type || bail "no threaded cgroups"
done
start spin -c 0 -t
move split $PID
second=$(ls /proc/$PID/task | grep -vx $PID)
in_turn() { echo $PID >$CG/split/$1/cgroup.threads && echo $second >$CG/split/$2/cgroup.threads || bail "they don't go there"; }
in_turn a b
stopped $PID
echo reset >$P
a=$(usage split/a) b=$(usage split/b) split=$(usage split)
kill -CONT $PID
sleep 0.5
stopped $PID
take
is "a thread is in its cgroup" "$(cgroups_of $T/now.s $PID)" /split/a
is "... another one of its process in its own" "$(cgroups_of $T/now.s $second)" /split/b
kill -CONT $PID
# Fails if: only the process that a thread is of is told (ptop_cgroup_attach).
for n in $(seq 10); do
	in_turn b a
	sleep 0.03
	in_turn a b
	sleep 0.01
done
stopped $PID
take_cg
BEFORE=$a
same_as_kernel "threads that change places: one" split/a 0.2
BEFORE=$b
same_as_kernel "... and the other" split/b 0.2
BEFORE=$split
same_as_usage "... what is above has both" split 0.4 $(awk "BEGIN { print $(seconds_of $T/now.g /split/a) + $(seconds_of $T/now.g /split/b) }")
is "... and nothing else" "$(seconds_of $T/now.g /split)" 0
take
is "a thread has rows of each" "$(cgroups_of $T/now.s $second)" "/split/a /split/b"
stop $PID

# ---- frozen
cg cold
start spin -c 0
move cold $PID
freeze() {
	echo $1 >$CG/cold/cgroup.freeze
	until grep -q "^frozen $1" $CG/cold/cgroup.events; do :; done
}
freeze 1
echo reset >$P
BEFORE=$(usage cold)
since=$(uptime_s)
sleep 1
take_cg
is "a frozen one has no time" "$(seconds_of $T/now.g /cold) $(usage cold)" "0 $BEFORE"
# The clock of the shell has hundredths.
take_lat
slept=$(awk "BEGIN { print $(uptime_s) - $since }")
is "it waits, in its cgroup" "$(awk -v p=$PID '/^ +[0-9]+ / && $2 == p { print $13, $15 }' $T/now.l)" "S /cold"
true_that "... for all of that time" "$(awk -v p=$PID '/^ +[0-9]+ / && $2 == p { print $5 }' $T/now.l) - $slept <= 0.02 &&
	$slept - $(awk -v p=$PID '/^ +[0-9]+ / && $2 == p { print $5 }' $T/now.l) <= 0.1 + $STALL / 1e9"
freeze 0
until take; awk -v p=$PID '!/^#/ && $2 == p { n += $5 } END { exit !(n > 1) }' $T/now.s; do :; done
take_cg
true_that "... and when it is over" "$(by_cgroup $T/now.g | awk -F'|' '$1 == "/cold" { print $6 }') >= $slept - 0.1 - $STALL / 1e9"
stopped $PID
take_cg
same_as_kernel "it runs again" cold 0.001
stop $PID

# ---- names
# No name has a newline: the kernel takes none.
fails=$(mkdir "$CG/$(printf 'a\nb')" 2>&1) || :
like "the kernel takes no newline" "$fails" 'Invalid argument'
# The root of each is its number, by which it is found.
printf '%s\n' ' b' 'b ' '#b' 'a\b' '\x41' 'na\303\257ve' '\377\376' 'a\001\033[2J\177' 'a\rb' 'a\tb' '%s%n' '"' "'" '$(b)' '*' '-' '..b' '(gone)' 'a;b' |
	sed 's/\\\([abx]\)/\\\\\1/g' >$T/names
printf '%0255d\n' 0 >>$T/names
n=0
while read -r name; do
	n=$((n + 1))
	cg $n
	mkdir "$CG/$n/$(printf "${name//%/%%}")" || bail "name $n"
	sh -c 'echo $$ >"$1/cgroup.procs"; exec spin -s 0.001' sh "$CG/$n/$(printf "${name//%/%%}")" &
	JOBS="$JOBS $!"
done <$T/names
# shown NUMBER: each byte that isn't plain as \xNN
shown() {
	printf /$1/
	sed -n "$1p" $T/names | while read -r name; do printf "${name//%/%%}"; done | od -An -v -tu1 | tr -s ' ' '\n' |
		awk '$1 != "" { if ($1 > 32 && $1 < 127 && $1 != 92 && $1 != 59) printf "%c", $1; else printf "\\x%02x", $1 }'
}
all=$n
for n in $(seq $all); do shown $n; echo; done | sort >$T/wanted
until take_cg && [ "$(by_cgroup $T/now.g | grep -cE '^/[0-9]+/')" -ge $all ]; do :; done
by_cgroup $T/now.g | sed -n 's/|.*//; /^\/[0-9]*\/./p' | sort >$T/got
check "all bytes that aren't plain are escaped" diff $T/got $T/wanted
perftop sched --raw >$T/tool 2>$T/err
awk '!/^#/ && $12 ~ "^/[0-9]+/." { print $12 }' $T/tool | sort -u >$T/got
check "... in the tool, too" diff $T/got $T/wanted
stop_all
for n in $(seq $all); do
	until find $CG/$n -mindepth 1 -type d -exec rmdir {} \; 2>/dev/null; [ -z "$(find $CG/$n -mindepth 1 -type d)" ]; do :; done
done
take_cg
by_cgroup $T/now.g | sed -n 's/(gone)|.*//; /^\/[0-9]*\/./p' | sort >$T/got
check "... and when they are removed" diff $T/got $T/wanted

# ---- a container: cgroup, pid and mount namespaces, in a cgroup as podman's
id=$(seq 100 131 | tr -d '\n' | cut -c1-64)
pod=machine.slice/libpod-$id.scope
cg $pod/container/init
cat >$T/in <<'END'
	spin -s 0.01 &
	until [ "$(cat /proc/$!/comm)" = spin ] && grep -q '^State:	S' /proc/$!/status; do :; done
	cat /proc/self/cgroup >$1/self
	perftop sched >$1/sched
	perftop sched --raw >$1/raw
	perftop sched --by=cgroup >$1/by
	cat /proc/schedtop >$1/text
	echo $! >$1/pid
	kill -9 $!
END
sh -c "echo \$\$ >$CG/$pod/container/cgroup.procs; exec contain -p -C -c $ALL sh $T/in $T" 2>$T/err || { diag <$T/err; bail "nothing runs in it"; }
is "in it, its cgroup is the root" "$(sed -n 's/^0:://p' $T/self)" /
inner=$(cat $T/pid)
pid=$(awk -v n=$inner '!/^#/ && $3 == n && $NF == "spin" { print $2 }' $T/sched | sort -u)
true_that "the tool has its pid beside the machine's" "$inner < 10 && ${pid:-0} > $inner"
# Fails if: paths aren't those of the reader's namespace (ptop_cgroups_root).
is "... and its cgroup is the root" "$(awk -v p=${pid:-0} '!/^#/ && $2 == p { print $13 }' $T/sched | sort -u)" -
is "... as in /proc" "$(cgroups_of $T/text ${pid:-0})" /
is "... as with --raw" "$(cgroups_of $T/raw ${pid:-0})" /
is "what isn't in it is above" "$(awk '!/^#/ && $NF == "sh" && $12 != "/" { print $12 }' $T/text | grep -cvx '/\.\./\.\./\.\.\(/.*\)\?')" 0
perftop sched >$T/sched 2>$T/err
is "outside the tool names the container" "$(awk -v p=${pid:-0} '!/^#/ && $2 == p { print $12 }' $T/sched | sort -u)" "$(echo $id | cut -c1-12)"
is "... and by cgroup, with its path" "$(perftop sched --by=cgroup --cgroup="$(echo $id | cut -c1-12)" | awk '!/^#/ { print $NF }')" "/$pod/container"
is "in it, too, those that are outside have their names" "$(grep -c '^[^#].* /\.\./\.\./\.\.$' $T/by)" 1

check_accounting "in the end"
ptop_unload
cg_end
finish
