#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-only
# Unwind tables, by a model of the module's walk (tests/work/step): programs are stepped through all kinds of calls, and each stack is libdw's.
# guest/stack_steps.t does that with the module.
set -euo pipefail
. "$(dirname "$0")/tap.sh"
. "$TOP/tests/paths.sh"
. "$TOP/tests/vm/qemu.sh"

PROGRAMS="stepped_lazy stepped stepped_frames stepped_o0 stepped_o3 stepped_clang"
for name in $PROGRAMS; do
	workload "$WORK/$name.cc"
done
workload "$WORK/step"
step=$WORKLOADS/step
libs=$(ldd "$WORKLOADS/stepped" | sed -n 's|.*[[:space:]]\(/[^ ]*\) (.*|\1|p' | xargs readlink -f)

# rows TABLE: each with its rule, in hexadecimal
rows() {
	python3 - "$1" <<-END
		import struct, sys
		data = open(sys.argv[1], "rb").read()
		rules, rows = struct.unpack_from("<II", data, 12)
		at = 24 + 12 * rules
		for start, number in zip(struct.unpack_from("<%dI" % rows, data, at), struct.unpack_from("<%dH" % rows, data, at + 4 * rows)):
		    print("%x" % start, data[24 + 12 * number:36 + 12 * number].hex())
	END
}

# Fails if: a rule is read wrongly, or a place between functions has one.
mkdir "$T/tables"
for file in $libs "[vdso]" $(printf "$WORKLOADS/%s " $PROGRAMS); do
	[ "$file" = "[vdso]" ] || file=$(readlink -f "$file")
	table=$T/tables/${file//\//%}
	"$PERFTOP" unwind --output="$table" "$file"
	"$step" -T "$file" "$T/table"
	is "${file##*/}: the table is that of the tests" "$(diff <(rows "$table") <(rows "$T/table") | head -n 10)" ""
done

# Fails if: a register isn't where a rule says; or what isn't said by a rule has one.
for name in $PROGRAMS; do
	"$step" -t "$T/tables" -n 50 -s 3000 -p 98.5 "$WORKLOADS/$name" >"$T/out" 2>&1 && ok "$name: $(tail -n 1 "$T/out")" || not_ok "$name" <"$T/out"
done
tap_done
