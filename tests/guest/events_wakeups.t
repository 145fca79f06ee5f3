# SPDX-License-Identifier: GPL-2.0-only
# timeout: 120
# As many streams of events as there may be, and what they cost a fork. (What one of them does: events_lines.t.)
. /t/lib.sh

E=/proc/perftop_events

ptop_load
# Fails if: they aren't limited, of one user and in all, or one that is closed still counts.
for how in "" -d; do
	check "as many as there may be ${how:+of the device}" streams most $how
	is "... 32 of each user, and 128 in all" "$(xargs <$T/check)" "32 EMFILE 32 EMFILE 32 EMFILE 32 EMFILE 0 ENFILE"
done
dmesg_since | grep ' streams of events ' | sort -u >$T/got
cat >$T/want <<END
perftop: 128 streams of events are open, as many as there may be
$(for user in 2000 2001 2002 2003; do echo "perftop: user $user has 32 streams of events open, as many as one user may"; done)
END
check "the log says so" diff -u $T/want $T/got
is "one more, and the header has them" "$(dd if=$E bs=4096 count=1 2>/dev/null | sed -n 's/^# streams: *//p')" \
	"1 open, at most 128, and 32 of one user"
ptop_unload

# Fails if: each event wakes each of them. (In its first seconds a guest takes nearly twice as long for a fork, and not always. Where
# instructions are counted, idle time takes none.)
[ -z "$ICOUNT" ] || sleep 8
ptop_load
check "what they cost a fork" streams cost 200
set -- $(cat $T/check)
echo "# fork, exit and wait: $1 ns without a stream, $2 ns with all of them: $(awk "BEGIN { printf \"%+.2f\", 100 * ($2 / $1 - 1) }") %"
if [ -n "$ICOUNT" ]; then
	true_that "with all of them idle in an epoll set a fork costs at most 5 % more" "$2 <= 1.05 * $1"
fi

# Fails if: each event wakes its readers, however many.
for what in seldom crowd; do
	check "how often a waiting reader is woken: $what" evfile $what
	diag <$T/check
done
echo target= >$E

# Fails if: a reader has to wait until others are woken, too.
check "how late an event is" streams late 20
set -- $(cat $T/check)
echo "# from an event to its reader: $1 ms; if it was woken just before that: $2 ms"
if [ -n "$ICOUNT" ]; then
	true_that "an event that comes alone is read within 2 ms" "$1 < 2"
	true_that "one that follows it within 7 ms" "$2 < 7"
fi
finish
