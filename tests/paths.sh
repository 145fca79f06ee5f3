# Where things are; sourced by the scripts of tests/ after they've set TOP (the
# project's folder). PERFTOP_BUILD and PERFTOP_CACHE move the two output folders.
# shellcheck shell=sh disable=SC2034

BUILD=${PERFTOP_BUILD:-$TOP/build}
CACHE=${PERFTOP_CACHE:-${XDG_CACHE_HOME:-$HOME/.cache}/perftop}
SRC=${PERFTOP_SRC:-$TOP/src}
WORK=${PERFTOP_WORK:-$TOP/tests/work}
MODS=${PERFTOP_MODS:-$TOP/tests/mod}
GUEST=${PERFTOP_GUEST:-$TOP/tests/guest}
ME=tests/${0##*tests/}

say()
{
	echo "$ME: $*" >&2
}

die()
{
	say "$*"
	exit 1
}
