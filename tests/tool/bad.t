#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-only
# Files that are damaged, or made to do harm: some by hand, and many by the fuzzer (FUZZ_SECONDS=45; make fuzz does
# a million).
set -euo pipefail
. "$(dirname "$0")/tap.sh"

gzip -dc "$TOP/tests/tool/sample/now.gz" >"$T/now"
if python3 "$TOP/tests/tool/badinput.py" "$PERFTOP" "$T/now" >"$T/out" 2>&1; then
	ok "$(tail -n 1 "$T/out" | cut -d. -f3) files made by hand"
else
	not_ok "files made by hand" < <(grep -A5 -v '^ok' "$T/out")
fi
if nice make -s -C "$TOP/tool" BUILD="$T/fuzz" RUNS=-1 SECONDS="${FUZZ_SECONDS:-45}" fuzz >"$T/out" 2>&1; then
	runs=$(sed -n 's/^stat::number_of_executed_units: *//p' "$T/out")
	ok "fuzzer: $runs runs"
else
	not_ok "fuzzer" < <(tail -n 40 "$T/out")
fi
tap_done
