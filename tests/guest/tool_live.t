# SPDX-License-Identifier: GPL-2.0-only
# timeout: 150
# needs: perftop stress dash
# perftop(1) as it is used on a machine, by members of the group and nobody else: watch, verify, top, doctor.
. /t/lib.sh

# Two users: joe may read the device, jim may not. There's no udev here.
mkdir -p /etc
printf '%s\n' root:x:0:0::/:/bin/sh joe:x:1000:1000::/tmp:/bin/sh jim:x:1001:1001::/tmp:/bin/sh >/etc/passwd
printf '%s\n' root:x:0: perftop:x:77:joe joe:x:1000: jim:x:1001: >/etc/group
chmod 1777 /tmp
chmod 755 $T
as() { su "$1" -c "$2"; }
load() {
	ptop_load "$@"
	chgrp perftop /dev/perftop
}

# wait_for FILE REGEX: a line of it, within 20 s
wait_for() {
	local end=$(awk "BEGIN { print $(uptime_s) + 20 }")
	until grep -qE "$2" $1 2>/dev/null; do
		if awk "BEGIN { exit !($(uptime_s) > $end) }"; then
			cat $1 | diag
			bail "$1 never has $2"
		fi
		sleep 0.1
	done
}

# watch ARGUMENTS...: joe watches; it has begun. Its pid is in $WATCH, what it prints in $T/watch, its status in $T/status
watch() {
	rm -f $T/watch $T/status
	{
		as joe "echo \$\$ >/tmp/watch.pid; exec perftop watch $*" >$T/watch 2>$T/watch.err
		echo $? >$T/status
	} &
	wait_for $T/watch '^# +seconds comm; event'
	WATCH=$(cat /tmp/watch.pid)
}
ended() { wait_for $T/status .; }

load
lacks="perftop: /dev/perftop: Permission denied: it takes CAP_PERFMON, or to be a member of the group perftop outside of containers
3"
is "another user is told what he lacks" "$(as jim 'perftop watch x 2>&1'; echo $?)" "$lacks"
is "... as is root in a container" "$(contain -p -c a80425fb perftop report 2>&1; echo $?)" "$lacks"
for command in reset pause resume; do
	for who in 'as joe' 'contain -p -c a80425fb sh -c'; do
		is "... a user who may not $command, ${who%% *}" "$($who "perftop $command 2>&1"; echo $?)" \
			"perftop: /dev/perftop: Permission denied: to $command takes CAP_SYS_ADMIN on the machine itself, as that is for all
3"
	done
done
like "... doctor tells root in a container" "$(contain -p -c a80425fb perftop doctor | grep -A1 device)" '^WRONG *device .*you may not read'
chmod 0660 /dev/perftop
is "... a member does reset where the group may write" "$(as joe 'perftop reset 2>&1'; echo $?)" 0
chmod 0640 /dev/perftop

# Fails if: pids of a container are taken for the machine's.
for command in 'watch x' verify; do
	is "$command: where pids are others it's told, and that's all" \
		"$(unshare -p -f chroot / perftop $command 2>&1; echo $?)" \
		"perftop: ${command% *}: this container has pids of its own; run it outside, where they're the machine's
3"
done

# ---- watch: real stress, of another user
# Fails if: events are of the wrong process, workers are missed, or times are not those of the module.

watch -d 2 stress
like "it says what it watches" "$(head -n1 $T/watch)" '^# watching processes with "stress" in their name, and their children: 0 now$'
as jim 'stress --cpu 2 --timeout 5' >$T/stress 2>&1
ended
is "it leaves when stress has ended" "$(cat $T/status)" 0
is "... without a complaint" "$(cat $T/watch.err)" ''
pid=$(sed -n 's/^ *[0-9.]* stress; PID \([0-9]*\) executed execve syscall for pathname: \/bin\/stress$/\1/p' $T/watch)
like "its execution is told" "$pid" '^[0-9]+$'
workers=$(sed -n "s/^ *[0-9.]* stress; PID $pid forked PID \([0-9]*\)\$/\1/p" $T/watch)
is "both workers are told" "$(echo $workers | wc -w)" 2
for p in $workers; do
	like "the end of worker $p is told" "$(cat $T/watch)" "; PID $p (exited with code 0|was killed by signal [0-9]+)\$"
done
true_that "a table came meanwhile" "$(grep -c '^# .* processes are alive' $T/watch) >= 2"
like "the last one says that all have ended" "$(grep 'processes are alive' $T/watch | tail -n1)" ': 0 of 3 processes are alive$'
sed '1h; /processes are alive/h; //!H; $!d; x' $T/watch >$T/table
cat $S >$T/now.s
for p in $workers; do
	near "worker $p: run time as in schedtop" "$(awk -v p=$p '!/^#/ && $2 == p { s += $3 } END { printf "%.6f", s }' $T/table)" \
		"$(sched_flat $T/now.s | awk -F'|' -v p=$p '$2 == p { s += $4 } END { printf "%.6f", s }')" 0.001 $(awk "BEGIN { print $STALL / 1e9 }")
	true_that "worker $p has hrtimer time, on its CPUs" "$(awk -v p=$p '!/^#/ && $2 == p && $6 > 0 && $7 > 0' $T/table | grep -c .) >= 1"
done
true_that "nobody else is in the table" "$(awk -v w=" $pid $(echo $workers) " '!/^#/ && !index(w, " " $2 " ")' $T/table | grep -c .) == 0"
is "nobody's target was changed" "$(cat $PARAM/target)" ''

# Fails if: of a process that ends as a whole only the first thread's end is told.

watch -d 100 crowd
crowd 40 /proc/uptime >/dev/null
ended
is "threads that end together: status 0" "$(cat $T/status)" 0
is "... the beginning of each is told" "$(grep -c '^ *[0-9.]* crowd; PID [0-9]* cloned thread [0-9]*$' $T/watch)" 40
is "... and its end" "$(grep -c '^ *[0-9.]* crowd; thread [0-9]* of PID [0-9]* exited with code 0$' $T/watch)" 40
is "... and that of the first" "$(grep -c '^ *[0-9.]* crowd; PID [0-9]* exited with code 0$' $T/watch)" 1

# ---- watch: processes that are there already, their children, and ^C

ln -s /bin/dash $T/mytarget
start spin
spin=$PID
mkfifo $T/go
$T/mytarget -c 'read go; /bin/sleep 0.1; /bin/true; read end' <>$T/go &
shell=$!
JOBS="$JOBS $shell"
sleep 0.5
watch -d 100 mytarget
like "a process that exists already counts" "$(head -n1 $T/watch)" ': 1 now$'
echo >$T/go
wait_for $T/watch 'pathname: /bin/true$'
like "what a child executes is told, by its new name" "$(cat $T/watch)" '^ *[0-9.]+ sleep; PID [0-9]+ executed execve syscall for pathname: /bin/sleep$'
is "of others nothing is" "$(grep -c "PID $spin " $T/watch)" 0
kill -INT $WATCH
ended
is "^C: status 0" "$(cat $T/status)" 0
like "^C: the table" "$(cat $T/watch)" "^ +[0-9]+ +$shell +[0-9.]+ "
stop_all
ptop_unload

# ---- watch: too slow

load events=16
watch -d 100 kin
kill -STOP $WATCH
i=0
while [ $i -lt 60 ]; do
	/bin/true
	i=$((i + 1))
done
kin -x 0
kill -CONT $WATCH
wait_for $T/watch '^# lost [0-9]+ events of CPU [0-9]+'
ok "lost events are told"
if [ ! -e $T/status ]; then kill -INT $WATCH; fi
ended
is "... and it goes on to its end" "$(cat $T/status)" 0
ptop_unload

# ---- lat: a process whose first thread has ended
# Fails if: it ends with that one.

load
start doze left
left=$PID
as joe 'perftop lat --raw --sum=process' >$T/lat 2>$T/err
is "another thread runs: so does the process" "$(awk -v p=$left '!/^#/ && $2 == p { print $13 }' $T/lat)" R
stop $left
as joe 'perftop lat --raw --sum=process' >$T/lat 2>$T/err
is "... until it's killed" "$(awk -v p=$left '!/^#/ && $2 == p { print $13 }' $T/lat)" X
ptop_unload

# ---- verify: here the scheduler and the module may be a stall apart (tool_verify.t has the limits)

load
start spin
start pingpong -c 0
as joe 'perftop verify -d 2 --run-limit=20 --delay-limit=20' >$T/verify 2>&1
is "verify: a member may" $? 0
like "... all threads are compared" "$(cat $T/verify)" 'threads existed throughout, [0-9]{2,} compared$'
stop_all
{
	sleep 4
	echo pause >$P
	sleep 3
	echo resume >$P
} &
like "a pause is told, not compared" "$(as joe 'perftop verify -d 10 2>&1'; wait)" '^perftop: .*paused.*: nothing can be compared$'

# ---- top on a terminal, and doctor

mkdir -p /dev/pts
grep -q ' /dev/pts ' /proc/mounts || mount -t devpts devpts /dev/pts
start spin
start pingpong -c 0
TERM=linux as joe "term 'the last=3' cpu=q -- perftop top -d 0.5 --view=pids" >$T/screen 2>&1
is "top: q ends it" $? 0
like "top: running threads are shown, live" "$(cat $T/screen)" ' R .*(spin|pingpong)'
like "top: of the last interval" "$(cat $T/screen)" 'the last'
like "top: a key is a view" "$(cat $T/screen)" ' busy%'
stop_all
is "doctor: the device" "$(as joe 'perftop doctor' | grep '^ok *device')" "ok     device       /dev/perftop: mode 0640, group perftop, and you may read it"
is "doctor: what he lacks" "$(as jim 'perftop doctor' | grep -c 'usermod -aG perftop')" 1
like "doctor: the version" "$(perftop doctor)" "^ok +loaded +version $(cat /sys/module/perftop/version)\$"
finish
