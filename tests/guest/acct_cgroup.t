# SPDX-License-Identifier: GPL-2.0-only
# timeout: 200
# Time is in the cgroup (v2) that it was used in: what the kernel has in cpu.stat is what perftop has, for threads that stay, move, run
# all the time or hardly live, in cgroups that come and go.
. /t/lib.sh
. /t/cgroups.sh

ptop_load max_pids=16384
is "without any the header says so" "$(take; header $T/now.p cgroups)" "no cgroup v2 but the root"
# ---- two that share a CPU, and one that moves
cg one
cg two
cg two/below
start spin -c 0
first=$PID
start spin -c 0
second=$PID
start spin -c $((NCPU - 1))
third=$PID
move one $first
move two/below $second
move one $third
stopped $first $second $third
echo reset >$P
one=$(usage one) two=$(usage two/below)
kill -CONT $first $second $third
# Alone on its CPU it isn't switched: its interval must end where it moves.
# Fails if: nobody follows it (ptop_cgroup_attach), or only from its next switch on (ptop_account_change_cgroup).
for n in $(seq 10); do
	move two/below $third
	sleep 0.2
	move one $third
	sleep 0.1
done
stopped $first $second $third
take_cg
BEFORE=$one
same_as_kernel "one that is moved while it runs" one 1
BEFORE=$two
same_as_kernel "... and where it was in between" two/below 1
is "the one above it has none of its own" "$(seconds_of $T/now.g /two)" 0
take
check "the accounting balances" accounting_balances $T/now.p $T/now.s
# Fails if: a row is left out, or added to another cgroup's twice (ptop_rows_lines).
is "the header's tasks are what the cgroups have" "$(awk '!/^#/ && $NF != "swapper" { t += $3 } END { printf "%.0f\n", t }' $T/now.g)" \
	"$(awk '/^# cpu [0-9]+:/ { t += $8 } END { printf "%.0f\n", t }' $T/now.g)"
is "a thread that moved has a row for each" "$(awk -v p=$third '$2 == p { print $12 }' $T/now.s | sort -u | xargs)" "/one /two/below"
is "... and so has its stack" "$(grep ' spin$' $T/now.p | awk '{ print $10 }' | sort -u | xargs)" "/one /two/below"
stop $first $second $third

# ---- moved while it sleeps, again and again
# Fails if: it's seen by the address of the kernel's structure, which is used again.
start nap
for n in $(seq 30); do
	cg "old$n"
	move "old$n" $PID
	[ $n = 1 ] || rmdir "$CG/old$((n - 1))"
done
# It wakes up soon.
until take; awk -v p=$PID '!/^#/ && $2 == p { print $12 }' $T/now.s | grep -qx /old30; do :; done
take a
sleep 0.1
take b
rows() { awk -v p=$PID '!/^#/ && $2 == p && $12 != "/old30" { print $5 }' $1; }
is "once it has woken up in the last one, no other has anything more" "$(rows $T/b.s)" "$(rows $T/a.s)"
stop $PID

# ---- many that hardly live
cg brief
echo reset >$P
BEFORE=$(usage brief)
sh -c "echo \$\$ >$CG/brief/cgroup.procs; exec forker -n $(share 500)" 3>/dev/null
take_cg
same_as_kernel "$(share 500) processes that live for a moment" brief 0.01

# ---- many cgroups that are used and removed: REPEAT times 200, at most 2,000
WAVES=$((REPEAT < 10 ? REPEAT : 10))
cg many
echo reset >$P
BEFORE=$(usage many)
# rows_of PATTERN: how many cgroups of that path have a row
rows_of() { by_cgroup $T/now.g | grep -cE "^($1)\|"; }
for wave in $(seq $WAVES); do
	for n in $(seq 200); do
		cg "many/$wave.$n"
		sh -c "echo \$\$ >$CG/many/$wave.$n/cgroup.procs; exec spin -s 0.001" &
		JOBS="$JOBS $!"
	done
	until take_cg && [ "$(rows_of "/many/$wave\.[0-9]*")" -ge 200 ]; do :; done
	[ $wave != 1 ] || is "each of 200 has a row" "$(rows_of '/many/1\.[0-9]*')" 200
	stop_all
	for n in $(seq 200); do
		until rmdir $CG/many/$wave.$n 2>/dev/null; do :; done
	done
done
take_cg
like "the header says how many there are" "$(header $T/now.g cgroups)" "^v2, $(find $CG -mindepth 1 -type d | wc -l) below the root(,|$)"
# Fails if: nobody notes the path where it's removed (ptop_cgroup_rmdir).
named=$(rows_of '/many/[0-9.]*\(gone\)') nameless=$(rows_of '#[0-9]*')
forgotten=$(header $T/now.g cgroups | sed -n 's/.*, paths of \([0-9]*\) removed ones forgotten$/\1/p')
is "$((200 * WAVES)) are gone: $named have their names, the others their ids" $((named + nameless)) $((200 * WAVES))
true_that "... and are counted" "$nameless <= ${forgotten:-0} && $named >= 150"
same_as_usage "all of them" many 0.2 $(by_cgroup $T/now.g | awk -F'|' '$1 ~ "^/many/|^#" { t += $3 } END { print t }')
for name in 'a b' 'c;d' "$(printf 'a\ttab')" "$(printf '\033[31m')" '(gone)' "$(printf '%0254d' 0)"; do
	cg "$name"
	sh -c "echo \$\$ >\"\$1/cgroup.procs\"; exec spin -s 0.001" sh "$CG/$name" &
	JOBS="$JOBS $!"
done
names='/a\x20b /c\x3bd /a\x09tab /\x1b[31m /(gone) /0000'
for name in $names; do
	until take_cg; by_cgroup $T/now.g | grep -qF "$name"; do :; done
done
ok "names are escaped, none breaks a line"
is "no line is anything else" "$(grep -vcE '^(#| +- +- )' $T/now.g)" 0

# More than there is room for
long=$(printf '%0200d' 0)
for n in $(seq 500); do
	mkdir "$CG/$long$n"
	rmdir "$CG/$long$n"
done
take
like "names that had no room are counted" "$(header $T/now.p cgroups)" ', paths of [0-9]+ removed ones forgotten$'

# ---- as seen by others
cg room/in
start nap
move room/in $PID
until take; awk -v p=$PID '!/^#/ && $2 == p { print $12 }' $T/now.s | grep -qx /room/in; do :; done
# Fails if: the paths are the machine's.
sh -c "echo \$\$ >$CG/room/cgroup.procs; exec contain -C -c $ALL cat $S" >$T/ns.s || bail "no reader in a namespace"
is "a reader in a cgroup namespace of its own sees itself at the root" "$(awk '$NF == "cat" { print $12 }' $T/ns.s | grep -x / | sort -u)" /
is "... what is below from there" "$(awk -v p=$PID '$2 == p { print $12 }' $T/ns.s | grep -x /in | sort -u)" /in
is "... and others above" "$(grep -cF ' /../a\x20b ' $T/ns.s | awk '{ print ($1 > 0) }')" 1
contain -p -c $ALL sh -c "cat /dev/perftop" >$T/ns.raw || bail "no reader in a pid namespace"
check "its records are right" records check $T/ns.raw
records rows $T/ns.raw >$T/ns.rows
is "one in a pid namespace has its own pids beside the machine's" "$(awk -F'|' '$1 == "pid" { c = $10 } $1 == "of" && $2 == "pid" && c == "cat" { print $5 }' $T/ns.rows | sort -un | tail -n 1 | awk '{ print ($1 > 0 && $1 < 10) }')" 1
is "... not of those that aren't in it" "$(awk -F'|' -v p=$PID '$1 == "of" && $2 == "pid" && $3 == p { print $5 }' $T/ns.rows | sort -u)" 0
cat /dev/perftop >$T/raw
check "all records are right" records check $T/raw
stop $PID

# ---- waits
cg waits
mkfifo $T/pipe
sh -c "echo \$\$ >$CG/waits/cgroup.procs; exec cat <>$T/pipe" >/dev/null &
PID=$!
JOBS="$JOBS $PID"
until [ "$(cat /proc/$PID/comm)" = cat ] && grep -q '^State:	S' /proc/$PID/status; do :; done
echo cgroup >$PARAM/sum
take_lat
echo thread >$PARAM/sum
is "lattop with sum=cgroup: a row for each" "$(awk '/^ +[0-9]+ / { print $15 }' $T/now.l | sort | uniq -d)" ""
true_that "... an open sleep is in it" "$(awk '/^ +[0-9]+ / && $15 == "/waits" { print $5 }' $T/now.l) > 0"
take_lat
is "... and its thread's row says so" "$(awk -v p=$PID '/^ +[0-9]+ / && $2 == p { print $15 }' $T/now.l | grep -x /waits)" /waits
stop_all
ptop_unload
cg_end
finish
