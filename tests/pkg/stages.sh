# What the stages share: a booted system with the package. Sourced by dash.
# shellcheck shell=dash disable=SC2034

. /run/t/lib.sh
. /run/t/env
KV=$(uname -r)
MOD=/sys/module/perftop
CONF=/etc/modprobe.d/perftop.conf
DIS=/etc/perftop/disabled

unit() { systemctl "$@" perftop.service; }

# The unit's own lines of this boot, without those before journal_mark.
SEEN=0
journal()
{
	journalctl --sync
	journalctl -q -b -t perftop -o cat | tail -n +$((SEEN + 1))
}

journal_mark()
{
	SEEN=0
	SEEN=$(journal | wc -l)
}

# journal_says NAME REGEX: one line, and it's like that
journal_says()
{
	journal >"$OUT"
	_all=$(grep -c . "$OUT")
	if [ "$_all" -eq 1 ] && grep -qE -- "$2" "$OUT"; then ok "$1"; else
		{ echo "wanted: one line like $2; got"; cat "$OUT"; } >"$OUT.says"
		not_ok "$1" <"$OUT.says"
	fi
}

# The running kernel, for a regular expression.
KV_RE=$(echo "$KV" | sed 's/[.+]/\\&/g')

# configure LINE...: in place of what earlier calls have configured
configure()
{
	: >$CONF
	for _line; do
		echo "options perftop $_line" >>$CONF
	done
}

version() { cat $MOD/version 2>/dev/null; }
param() { cat $MOD/parameters/"$1"; }

# The ticks and the seconds in /proc/perftop's header.
ticks() { sed -n 's/^# cpu time: *\([0-9]*\) ticks.*/\1/p;/^#/!q' /proc/perftop; }
since() { sed -n 's/^# since reset: *\([0-9]*\).*/\1/p;/^#/!q' /proc/perftop; }

# gone NAME: nothing of the module is left
gone()
{
	if [ ! -e $MOD ] && [ -z "$(ls /proc/perftop /proc/schedtop /proc/lattop /proc/perftop_events 2>/dev/null)" ]; then
		ok "$1"
	else
		{ cat /proc/modules; ls -l /proc/*top /proc/perftop*; unit status; } >"$OUT" 2>&1
		not_ok "$1" <"$OUT"
	fi
}

# live NAME VERSION: it's loaded and it counts
live()
{
	_from=$(ticks)
	cat /proc/perftop >"$OUT" 2>&1
	{ version; unit is-active; } >>"$OUT" 2>&1
	if [ "$(version)" = "$2" ] && [ -n "$_from" ] && within 10 more_than "$_from" &&
		grep -q "^# perftop $2, " "$OUT" && grep -qE '^ +1 [0-9a-f]{8} ' "$OUT"; then
		ok "$1"
	else
		not_ok "$1" <"$OUT"
	fi
}

more_than() { [ "$(ticks)" -gt "$1" ]; }

# package NAME ARGS...: of dpkg; what it says is in $OUT
package()
{
	_name=$1
	shift
	check "$_name" env DEBIAN_FRONTEND=noninteractive dpkg "$@"
}

# hold FILE: somebody has it open, until "let_go"
hold()
{
	sh -c 'exec 5<"$1"; echo >/run/t/held; exec sleep 1000' sh "$1" >/dev/null 2>&1 &
	HOLDER=$!
	within 20 test -e /run/t/held
	rm -f /run/t/held
}

let_go()
{
	kill "$HOLDER"
	wait "$HOLDER" 2>/dev/null
}
