# SPDX-License-Identifier: GPL-2.0-only
# timeout: 300
# needs: dash
# A thread's user stack, wherever the thread is, is that by libdw: programs are stepped through all kinds of calls, instruction by instruction.
. /t/lib.sh

# steps PROGRAM OPTION...: of step
steps() {
	local program=$1
	shift
	step -n $(share 20) -s $(share 1200) -v "$@" /bin/$program >$T/steps 2>&1
	STATUS=$?
	diag <$T/steps
	is "$program: $(tail -n 1 $T/steps)" $STATUS 0
}

# As few stacks as possible to read each time.
ptop_load depth=32 max_stacks=64 max_pids=64 max_sleeps=64
# The C library has no frame pointers, so frames are missing. Fails if: one is there that isn't libdw's.
steps stepped_frames -m -p 0
finish
