#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-only
# Completion in an interactive bash: what is offered, and how it's quoted.
set -euo pipefail
. "$(dirname "$0")/tap.sh"

# In a folder that has files to be offered.
mkdir "$T/dir" "$T/bin" "$T/dir/sub"
touch "$T/dir/one.perftop" "$T/dir/two words"
ln -s "$PERFTOP" "$T/bin/perftop"

# completes NAME KEYS LINE: without quotes; "@" is where the cursor is
completes() { is "$1" "$(timeout 60 "$TOP/tests/tool/completion.py" "$TOP/completions/perftop" "$T/bin" "$T/dir" "$2")" "$3"; }

completes 'a command' 'perftop rep\t' 'perftop report @'
# Fails if: the "=" is quoted, as in the name of a file.
completes 'an option with a value' 'perftop lat --su\t' 'perftop lat --sum=@'
completes '... and its value' 'perftop lat --su\tpr\t' 'perftop lat --sum=process @'
completes 'what a row is of' 'perftop report --by=\t' 'perftop report --by=cgroup @'
completes 'no file is a pattern' 'perftop report --cgroup=o\t' 'perftop report --cgroup=o@'
completes 'a short option with a value' 'perftop top -v pi\t' 'perftop top -v pids @'
completes 'no file where none is accepted' 'perftop report o\t' 'perftop report o@'
completes 'a file where one is' 'perftop report -i o\t' 'perftop report -i one.perftop @'
completes '... and for diff' 'perftop diff o\t' 'perftop diff one.perftop @'
completes '... and for unwind' 'perftop unwind o\t' 'perftop unwind one.perftop @'
completes '... whose name is quoted' 'perftop diff tw\t' 'perftop diff two words @'
completes 'a folder' 'perftop report --symfs=su\t' 'perftop report --symfs=sub/@'
tap_done
