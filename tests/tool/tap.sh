# SPDX-License-Identifier: GPL-2.0-only
# TAP for the tests of perftop(1) that are bash: source it, end with tap_done. PERFTOP is the program.
# shellcheck shell=bash

TOP=$(cd "$(dirname "${BASH_SOURCE[0]}")/../.." && pwd)
T=$(mktemp -d)
TAP_COUNT=0
TAP_BAD=0
if [ -z "${PERFTOP:-}" ]; then
	make -s -C "$TOP/tool" BUILD="$T/build" >&2
	PERFTOP=$T/build/perftop
fi
# Not this machine's index of symbols: none.
export PERFTOP_INDEX=
# What a test leaves behind is its own matter (tap_leave) and this folder.
tap_leave() { :; }
trap 'tap_leave; rm -rf "$T"' EXIT

ok()
{
	TAP_COUNT=$((TAP_COUNT + 1))
	echo "ok $TAP_COUNT - $*"
}

# not_ok NAME <why; not behind a pipe, where it would count for itself
not_ok()
{
	TAP_COUNT=$((TAP_COUNT + 1))
	TAP_BAD=1
	echo "not ok $TAP_COUNT - $*"
	sed 's/^/# /' | head -n 40
}

# check NAME COMMAND...: it succeeds; what it prints is why it doesn't
check()
{
	local name=$1
	shift
	if "$@" >"$T/check" 2>&1; then ok "$name"; else not_ok "$name" <"$T/check"; fi
}

is()
{
	if [ "$2" = "$3" ]; then ok "$1"; else not_ok "$1" < <(printf 'got:\n%s\nwanted:\n%s\n' "$2" "$3"); fi
}

# like NAME TEXT REGEX: a line of it matches
like()
{
	if grep -Eq -- "$3" <<<"$2"; then ok "$1"; else not_ok "$1" < <(printf 'wanted: %s\ngot:\n%s\n' "$3" "$2"); fi
}

unlike()
{
	if ! grep -Eq -- "$3" <<<"$2"; then ok "$1"; else not_ok "$1" < <(printf 'not wanted: %s\ngot:\n%s\n' "$3" "$2"); fi
}

tap_done()
{
	echo "1..$TAP_COUNT"
	exit $TAP_BAD
}
