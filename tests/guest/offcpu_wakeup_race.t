# SPDX-License-Identifier: GPL-2.0-only
# A thread that wakes up while a snapshot is taken has slept, or sleeps, by that. In this build there's never room for them at first.
. /t/lib.sh

MODULE=/m/perftop-unready.ko
ptop_load sleepers=10000
set --
for n in $(seq 20); do
	start nap -m 300
	set -- "$@" $PID
done
missing=
ROUNDS=$(share 30)
for round in $(seq $ROUNDS); do
	echo reset >$P
	usleep 100000
	take_lat
	lat_flat $T/now.l | cut -d'|' -f2 >$T/rows
	missing="$missing$(printf '%s\n' "$@" | grep -vxFf $T/rows)"
done
# Fails if: nobody looks whether the room was enough.
is "all 20 are in each of $ROUNDS views" "$missing" ""
finish
