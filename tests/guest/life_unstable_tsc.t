# SPDX-License-Identifier: GPL-2.0-only
# timeout: 60
# needs: perftop
# not on arm64: the kernel checks no clock there
# The kernel finds that the TSC can't be trusted, long after the load: the readers are told. The last test of its guest, as there's no way back.
. /t/lib.sh

# told WHERE TEXT REGEX YES: in YES of its lines
told() { is "$1: $4 lines say so" "$(printf '%s\n' "$2" | grep -cE -- "$3")" "$4"; }

# everywhere YES: the views of the module, the device (by its readers), and doctor
everywhere() {
	for f in $P $S $L; do
		told $f "$(cat $f)" '^# clock: .*, UNSTABLE: the kernel doesn.t trust it' $1
	done
	told "perftop report" "$(perftop report)" '^# clock: .*, UNSTABLE: the kernel doesn.t trust it' $1
	told "perftop json" "$(perftop json)" '"clock":\{[^}]*"unstable":true\}' $1
	told "perftop doctor" "$(perftop doctor)" '^WRONG +clock +the kernel doesn.t trust' $1
}

ptop_load
# Fails if: it's told of any clock.
everywhere 0
is "the TSC is marked unstable" "$(mod ins /m/ptop_unstable.ko && mod rm ptop_unstable)" "$(printf 'OK\nOK')"
# Fails if: that is asked at load only, or not at all.
everywhere 1
ptop_unload
finish
