# TAP and little else, for what runs on this machine (bash) and in booted systems (dash).
# A script sources this and calls "finish" at its very end: that prints the plan, so
# that one that dies on the way has none.
# shellcheck shell=sh

COUNT=0
FAILED=0
OUT=$(mktemp)

ok()
{
	COUNT=$((COUNT + 1))
	echo "ok $COUNT - $*"
}

# not_ok NAME <why
not_ok()
{
	COUNT=$((COUNT + 1))
	FAILED=$((FAILED + 1))
	echo "not ok $COUNT - $*"
	head -n 40 | sed 's/^/# /' >"$OUT.why"
	cat "$OUT.why"
	# This is what prove shows.
	{ echo "# $*:"; cat "$OUT.why"; } >&2
}

# check NAME COMMAND...: it succeeds; what it prints is in $OUT, and told if it doesn't
check()
{
	_name=$1
	shift
	if "$@" >"$OUT" 2>&1 </dev/null; then ok "$_name"; else not_ok "$_name" <"$OUT"; fi
}

# fails NAME COMMAND...: it doesn't
fails()
{
	_name=$1
	shift
	if "$@" >"$OUT" 2>&1 </dev/null; then not_ok "$_name" <"$OUT"; else ok "$_name"; fi
}

# says NAME REGEX [COUNT]: of $OUT; so many lines of it, if that's given
says()
{
	_n=$(grep -cE -- "$2" "$OUT") || :
	if [ "$_n" -eq "${3:-$_n}" ] && [ "$_n" -gt 0 ]; then
		ok "$1"
	else
		{ echo "wanted: ${3:-any number of} lines like $2; got $_n"; cat "$OUT"; } >"$OUT.says"
		not_ok "$1" <"$OUT.says"
	fi
}

# is NAME GOT WANTED
is()
{
	if [ "$2" = "$3" ]; then ok "$1"; else
		printf 'got:    %s\nwanted: %s\n' "$2" "$3" >"$OUT.says"
		not_ok "$1" <"$OUT.says"
	fi
}

# like NAME GOT REGEX
like()
{
	if printf '%s\n' "$2" | grep -Eq -- "$3"; then ok "$1"; else
		printf 'got:    %s\nwanted: %s\n' "$2" "$3" >"$OUT.says"
		not_ok "$1" <"$OUT.says"
	fi
}

# within SECONDS COMMAND...: it succeeds, by then
within()
{
	_end=$(($(cut -d. -f1 /proc/uptime) + $1))
	shift
	until "$@"; do
		[ "$(cut -d. -f1 /proc/uptime)" -le "$_end" ] || return 1
		sleep 0.2
	done
}

finish()
{
	rm -f "$OUT" "$OUT".*
	echo "1..$COUNT"
	exit $((FAILED > 0))
}
