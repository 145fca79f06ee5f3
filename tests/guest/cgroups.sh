# SPDX-License-Identifier: GPL-2.0-only
# What the tests of cgroups share: the hierarchy (v2), mounted at $CG, and what is compared with its cpu.stat.

ALL=1ffffffffff	# capabilities, for contain
CG=$T/cg
mkdir $CG
mount -t cgroup2 none $CG || bail "no control groups"
cg() { mkdir -p "$CG/$1"; }
move() { echo $2 >"$CG/$1/cgroup.procs" || bail "$2 doesn't go to $1"; }
usage() { sed -n 's/^usage_usec //p' "$CG/$1/cpu.stat"; }

# by_cgroup FILE: what schedtop has with sum=cgroup: path ticks seconds scheds delay sleep
by_cgroup() { awk '!/^#/ && $1 == "-" { print $12 "|" $3 "|" $4 "|" $5 "|" $6 "|" $8 }' "$1"; }
# seconds_of FILE PATH: 0 if there's no row
seconds_of() { by_cgroup "$1" | awk -F'|' -v p="$2" '$1 == p { print $3; n++ } END { if (!n) print 0; else if (n > 1) print "twice" }'; }
take_cg() {
	echo cgroup >$PARAM/sum
	cat $S >$T/${1:-now}.g || bail "can't read $S"
	echo thread >$PARAM/sum
}

# same_as_kernel NAME CGROUP SECONDS: since the reset, when cpu.stat had BEFORE us, and while nobody runs in it: to 1 %, at least SECONDS of it.
# Elsewhere than where time is counted in instructions, to 4 %, and a stall: the host may stop for a while between the scheduler's look at the
# clock and the module's, at each of many switches.
PERCENT=4
[ -z "$ICOUNT" ] || PERCENT=1
same_as_kernel() { same_as_usage "$1" "$2" "$3" $(seconds_of $T/now.g "/$2"); }
# same_as_usage NAME CGROUP SECONDS OURS
same_as_usage() {
	local ours=$4 theirs=$(awk "BEGIN { print ($(usage "$2") - $BEFORE) / 1e6 }")
	true_that "$1: $theirs s by cpu.stat, $ours s here" \
		"($ours - $theirs) * ($ours - $theirs) <= ($PERCENT / 100 * $theirs + $STALL / 1e9) * ($PERCENT / 100 * $theirs + $STALL / 1e9) && $ours >= $3"
}
# stopped PID...: they don't run any more; nor do their threads
stopped() {
	kill -STOP $*
	for pid in $*; do
		for thread in /proc/$pid/task/*; do
			until grep -q '^State:	T' $thread/status; do :; done
		done
	done
}

# What is made here stays in the kernel, mounted or not; the next test begins without.
cg_end() {
	stop_all
	no_cgroups $CG
}
