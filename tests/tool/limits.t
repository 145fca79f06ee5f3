#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-only
# Time and memory of a large file.
set -euo pipefail
. "$(dirname "$0")/tap.sh"
trap - EXIT
rm -rf "$T"
exec python3 "$TOP/tests/tool/limits.py" "$PERFTOP"
