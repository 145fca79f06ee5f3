# What the tests of the runner itself share: guests with tests that must fail. Sourced,
# after paths.sh.
# shellcheck shell=bash

tmp=$(mktemp -d)
trap 'rm -rf "$tmp"' EXIT
mkdir "$tmp/logs"
n=0
bad=0

# judge LABEL EXPECTED-STATUS STATUS PATTERN...: each pattern must match a line that the
# run printed (stdout or stderr, $tmp/logs/LABEL.{out,err}) or the digest of it, in which
# lines begin with "digest: ".
judge()
{
	local label=$1 expected=$2 status=$3 why='' pattern
	shift 3
	n=$((n + 1))
	echo "$status" >"$tmp/logs/$label.status"
	PERFTOP_BUILD=$tmp "$TOP/tests/digest" "$label" >"$tmp/digest" 2>&1 || why="; tests/digest failed"
	cat "$tmp/logs/$label".{out,err} <(sed 's/^/digest: /' "$tmp/digest") >"$tmp/out"
	[ "$status" -eq "$expected" ] || why="$why; exit status $status, not $expected"
	for pattern in "$@"; do
		grep -qE -e "$pattern" "$tmp/out" || why="$why; nothing matches '$pattern'"
	done
	[ "$expected" -ne 0 ] || [ ! -s "$tmp/digest" ] || why="$why; there's a digest"
	awk 'length > 200 { exit 1 } END { exit NR > 12 }' "$tmp/digest" || why="$why; the digest is too long"
	if [ -z "$why" ]; then
		echo "ok $n - $label"
	else
		echo "not ok $n - $label"
		bad=1
		echo "# $label: ${why#; }" >&2
		sed 's/^/#   /' "$tmp/out" >&2
	fi
}

# try LABEL TESTS EXPECTED-STATUS PATTERN...: run the tests of $tmp on $kernel, with the
# options in the array vm
vm=()
try()
{
	local label=$1 tests=$2 status=0
	shift 2
	# shellcheck disable=SC2086,SC2154 # a list of words; kernel is the caller's
	PERFTOP_GUEST=$tmp "$TOP/tests/vm/run" --slack=1 "${vm[@]}" --log="selftest-$label" "$kernel" $tests \
		>"$tmp/logs/$label.out" 2>"$tmp/logs/$label.err" </dev/null || status=$?
	judge "$label" "$1" "$status" "${@:2}"
}

test_file()
{
	cat >"$tmp/$1.t"
}
