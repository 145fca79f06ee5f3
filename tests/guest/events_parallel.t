# SPDX-License-Identifier: GPL-2.0-only
# timeout: 120
# Events, their readers, and targets that change at the very same time: each CPU is a thread of the host. See dev_parallel.t for why the second
# CPU is away while the module comes and goes.
# Fails if: a reader gets an event that is being written, events out of order, or loses some without knowing; or a target is half another.
. /t/lib.sh

E=/proc/perftop_events
ONLINE=/sys/devices/system/cpu/cpu1/online

ln -s /bin/kin $T/the-end
echo 0 >$ONLINE || bail "CPU 1 doesn't go off line"
ptop_load events=16
echo 1 >$ONLINE || bail "CPU 1 doesn't come back"
followers=
for bytes in 65536 4096 300 64; do
	start follow -b $bytes "pathname: $T/the-end"
	followers="$followers $PID"
done
for i in 1 2 3; do
	forker -n 400 &
	forkers="$forkers $!"
done
kin >/dev/null
wait $forkers
$T/the-end -x 0
# All of them before anything else is started, as the rings are small: a slow reader would lose the end.
for follower in $followers; do
	wait $follower || bail "follow failed: $(cat $T/err.$follower)"
done
for follower in $followers; do
	sed "\\|pathname: $T/the-end|q" $T/out.$follower >$T/joined
	mv $T/joined $T/out.$follower
	was=$(sed -n 's/^# events: *\([0-9]*\) recorded, .*/\1/p' $T/out.$follower)
	sed '/^#/d' $T/out.$follower >$T/lines.$follower
	lost=$(awk '/^# lost [0-9]+ events/ { n += $3 } END { print n + 0 }' $T/out.$follower)
	echo $((was + $(grep -c . $T/lines.$follower) + lost)) >>$T/sums
	check "a reader: in order" awk '$1 < last { print NR ": " last, $1; bad = 1 } { last = $1 } END { exit bad }' $T/lines.$follower
	is "... whole" "$(grep -vcE '^ *[0-9]+\.[0-9]{6} [a-z0-9/:_-]+; (thread [0-9]+ of )?PID [0-9]+ (executed execve|forked PID|cloned thread|exited with|was killed)' \
		$T/lines.$follower)" 0
	diag <<END
$(grep -c . $T/lines.$follower) seen, $lost lost
END
done
is "seen and lost are the same in sum for all of them" "$(sort -u $T/sums | grep -c .) of $(grep -c . $T/sums)" "1 of 4"

ln -s /bin/herd $T/stressful
start $T/stressful -n 2
start relay
for name in stress relay ''; do
	(for round in $(seq 40); do echo target=$name >$E; done) &
	setters="$setters $!"
done
start follow "no such mark"
wait $setters
echo target=stress >$E
start follow -b 300 "no such mark"
while [ $(grep -c 'worker; PID' $T/out.$PID) -lt 20 ]; do :; done
is "the last target that was set is the one" "$(grep -v '^#' $T/out.$PID | sed '$d; s/^ *[0-9.]* //; s/;.*//' | sort -u | grep -vxE 'worker|stressful')" ""
stop_all
echo 0 >$ONLINE
ptop_unload
echo 1 >$ONLINE
is "it is unloaded" "$(ptop_loaded; echo $?)" 1
finish
