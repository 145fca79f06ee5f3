# SPDX-License-Identifier: GPL-2.0-only
# TAP: each of these is one test, but for bail. Of lib.sh, which makes the folder $T.

diag() { sed 's/^/# /'; }

# The number of the next test, in $TAP_NR. In a file, since a pipe's end is a process of its own.
next_nr() {
	read -r TAP_NR <$T/tap_nr
	echo $((TAP_NR += 1)) >$T/tap_nr
}

# tell LINE: says a line of TAP. Not the shell itself: when a child of its dies just then, its write to the serial line fails with EINTR, and
# the line is lost; seen with one of a thousand.
tell() { (echo "$*"); }

# ok NAME: what was just done is right
ok() {
	next_nr
	tell "ok $TAP_NR - $*"
}

# not_ok NAME < why
not_ok() {
	next_nr
	tell "not ok $TAP_NR - $*"
	head -n 20 | diag
}

# check NAME COMMAND...: the command succeeds; what it prints is the diagnosis if it doesn't
check() {
	local name=$1
	shift
	if "$@" >$T/check 2>&1; then ok "$name"; else not_ok "$name" <$T/check; fi
}

# skip NAME WHY: it can't be tested here
skip() {
	next_nr
	tell "ok $TAP_NR - $1 # SKIP $2"
}

# is NAME GOT WANTED
is() {
	if [ "$2" = "$3" ]; then ok "$1"; else printf 'got:    %s\nwanted: %s\n' "$2" "$3" | not_ok "$1"; fi
}

# like NAME GOT REGEX
like() {
	if printf '%s\n' "$2" | grep -Eq -- "$3"; then ok "$1"; else printf 'got:    %s\nwanted: %s\n' "$2" "$3" | not_ok "$1"; fi
}

# true_that NAME EXPRESSION: in awk's arithmetic
true_that() {
	if awk "BEGIN { exit !($2) }" </dev/null 2>$T/check; then ok "$1"; else { echo "not so: $2"; cat $T/check; } | not_ok "$1"; fi
}

# near NAME GOT WANTED RELATIVE [ABSOLUTE]: the difference is at most the larger of both tolerances
near() {
	if awk -v g="$2" -v w="$3" -v r="$4" -v a="${5:-0}" 'BEGIN { d = g - w; if (d < 0) d = -d; t = (w < 0 ? -w : w) * r; if (a > t) t = a
		exit !(g != "" && w != "" && d <= t) }' </dev/null
	then ok "$1"; else echo "got $2, wanted $3 (tolerance $4 or ${5:-0})" | not_ok "$1"; fi
}

# bail WHY: the rest makes no sense
bail() {
	echo "# $*"
	dmesg | tail -n 5 | diag
	touch $T/bailed
	exit 1
}
