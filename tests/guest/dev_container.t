# SPDX-License-Identifier: GPL-2.0-only
# timeout: 90
# A container's root neither sees what the machine does nor controls it, whatever files it makes for itself.
. /t/lib.sh

E=/proc/perftop_events
D=/dev/perftop
NODE=$T/node			# made by somebody who has CAP_MKNOD
DOCKER=a80425fb			# CapEff of root in a default container: among them CAP_DAC_OVERRIDE, CAP_SETGID, CAP_MKNOD, CAP_CHOWN
SYS_MODULE=10000		# CAP_SYS_MODULE, and no other
DOCKER_ADMIN=a82425fb		# as in a container, and CAP_SYS_ADMIN,
DOCKER_PERFMON=40a80425fb	# or CAP_PERFMON
ALL=1ffffffffff

# tries COMMAND...: of each file in turn: what becomes of reading and of writing, as root and as a member of 1234
cat >$T/tries <<END
for file in $P $S $L $E $D $NODE \$1; do
	echo \$file \$(privread \$file) \$(privread -g 1234 \$file) \$(privread -w \$file) \$(privread -w -g 1234 \$file)
done
END
tries() { "$@" $T/tries 2>&1; }

# same READ MEMBER WRITE MEMBER: what tries says if it is so for all files
same() {
	for file in $P $S $L $E $D $NODE; do
		echo $file $*
	done
}

# sets COMMAND...: what becomes of setting each parameter that can be set, in the words of tests/work/wr
cat >$T/sets <<END
for file in $PARAM/*; do
	[ \$(stat -c %a \$file) = 644 ] || continue
	echo \${file##*/} \$(cat \$file | wr \$file)
done
END
sets() { "$@" $T/sets 2>&1 | sed 's/.* //' | sort -u; }

# ---- refused

ptop_load gid=1234 top=17
minor=$(sed -n 's/ perftop$//p' /proc/misc)
mknod -m 0666 $NODE c 10 $minor
chgrp 1234 $D $NODE
chmod 0666 $D
for option in -p -pu; do
	box="contain $option -c $DOCKER sh"
	is "$box: just these capabilities" "$($box -c 'grep CapEff /proc/self/status' | tr -d '[:space:]')" CapEff:00000000$DOCKER
	is "$box: a pid namespace" "$($box -c 'echo $$')" 1
	# Fails if: CAP_DAC_OVERRIDE, a group, or the mode of a node is enough.
	is "$box: no file is read or written" "$(tries $box)" "$(same EACCES EACCES EACCES EACCES)"
	# Fails if: sysfs' modes decide.
	is "$box: no parameter is set" "$(sets $box)" EPERM
	for file in $P $S $L $E $D $NODE; do
		$box -c "echo pause >$file; echo target=x >$file" 2>/dev/null
	done
	$box -c "echo 3 >$PARAM/top" 2>/dev/null
	like "$box: it records" "$(header $P state)" '^recording$'
	like "$box: all are looked at" "$(header $P target)" '^all'
	is "$box: what parameters are is as it was" "$(cat $PARAM/top)" 17
done
# Fails if: a node that a container makes decides.
is "a node of its own" "$(contain -p -c $DOCKER sh -c "mknod -m 0666 $T/own c 10 $minor && chgrp 1234 $T/own && sh $T/tries $T/own" | grep /own)" \
	"$T/own EACCES EACCES EACCES EACCES"
# Fails if: capabilities in another user namespace count.
box="contain -u -c $ALL sh"
is "all capabilities, in a user namespace" "$(tries $box)" "$(same EACCES EACCES EACCES EACCES)"
is "... set no parameter" "$(sets $box)" EPERM

# ---- not refused

is "in a container, CAP_PERFMON reads" "$(tries contain -p -c $DOCKER_PERFMON sh)" "$(same OK OK EACCES EACCES)"
box="contain -p -c $DOCKER_ADMIN sh"
is "... CAP_SYS_ADMIN does all" "$(tries $box)" "$(same OK OK OK OK)"
is "... and sets parameters" "$(sets $box)" OK
is "... as does CAP_SYS_MODULE" "$(sets contain -c $SYS_MODULE sh)" OK
# Fails if: outside of containers another node than the machine's lets somebody write.
is "the same capabilities outside: gid= reads, and writes to the machine's node if its mode says so" "$(tries contain -c $DOCKER sh)" \
	"$(same EACCES OK EACCES EACCES | sed "s|^$D .*|$D EACCES OK EACCES OK|")"
chmod 0640 $D
is "... not if it's read-only" "$(tries contain -c $DOCKER sh)" "$(same EACCES OK EACCES EACCES)"
is "... with CAP_PERFMON" "$(tries contain -c $DOCKER_PERFMON sh)" "$(same OK OK EACCES EACCES)"

# ---- open files

# Fails if: the writer's rights count, not the opener's.
contain -p -c $DOCKER sh -c 'echo pause >&3' 3>$P
like "a file that was passed on is written to" "$(header $P state)" '^paused$'
contain -p -c $DOCKER sh -c 'echo resume >&3' 3>$D
like "... the device, too" "$(header $P state)" '^recording$'
contain -p -c $DOCKER cat <$S >$T/passed
like "... and read" "$(header $T/passed state)" '^recording$'
ptop_unload

# Fails if: gid= isn't all that counts in /proc, or the node's group isn't enough for it.
ptop_load
chgrp 1234 $D $P
is "by the node's group only the node is read" "$(tries contain -c $DOCKER sh)" \
	"$(same EACCES EACCES EACCES EACCES | sed "s|^$D .*|$D EACCES OK EACCES EACCES|")"
chmod 0660 $D
# Fails if: only open() asks.
like "what the administrator takes away is away, of open files, too" \
	"$(contain -c $DOCKER -g 1234 sh -c "exec 3>$D && echo pause >&3 && chmod 0640 $D && echo resume >&3" 2>&1)" 'Operation not permitted'
like "... what was written before that counts" "$(header $P state)" '^paused$'
finish
