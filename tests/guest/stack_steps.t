# SPDX-License-Identifier: GPL-2.0-only
# timeout: 300
# needs: dash bash
# A thread's user stack, wherever the thread is, is that by libdw: programs are stepped through all kinds of calls, instruction by instruction.
. /t/lib.sh

LIBS=/usr/lib/x86_64-linux-gnu

# steps PROGRAM OPTION...: of step
steps() {
	local program=$1
	shift
	step -n $(share 20) -s $(share 500) -v "$@" /bin/$program >$T/steps 2>&1
	STATUS=$?
	diag <$T/steps
	is "$program: $(tail -n 1 $T/steps)" $STATUS 0
}

# has_tables FILE...
has_tables() {
	tables loaded | cut -d' ' -f6- >$T/loaded
	for file; do
		grep -qxF "$file" $T/loaded || return
	done
}

give_wanted() {
	tables wanted | cut -d' ' -f4- | sort -u >$T/wanted
	while read -r file; do
		step -T "$file" $T/table >$T/why && tables load $T/table "$file" || tables load none "$file"
	done <$T/wanted
}

# give_tables PROGRAM: of it, and of what it maps: a file is wanted once a stack has ended in it since somebody asked, and what it is is known
give_tables() {
	tables wanted >$T/wanted
	until has_tables /bin/$1 $LIBS/libc.so.6 $LIBS/ld-linux-x86-64.so.2 "[vdso]"; do
		step -n 1 -s 40 -p 0 -m /bin/$1 >$T/steps 2>&1
		give_wanted
	done
}

# As few stacks as possible to read each time.
ptop_load max_stacks=64 max_pids=64 max_sleeps=64
PROGRAMS=stepped_lazy
if [ $SHARE = 100 ]; then
	# Without tables, by frame pointers, of which the C library has none. Fails if: a frame is there that isn't libdw's.
	steps stepped_frames -m -p 0
	# Without lazy binding there's nearly no stack in the loader.
	PROGRAMS="stepped_lazy stepped stepped_frames stepped_o0 stepped_o3 stepped_clang"
fi
# Fails if: one is missing, too; or more than a few stacks are cut that needn't be.
for program in $PROGRAMS; do
	give_tables $program
	steps $program -p 98.5
done

# The same of all threads as they sleep. They keep the stacks that they have slept with, so each is woken once when the tables are there.
asleep() { step -a -v "$@" >$T/steps 2>&1; }
bash -c '(sleep 1000; :) & wait' &
JOBS="$JOBS $!"
dash -c 'sleep 1000; :' &
JOBS="$JOBS $!"
while [ $(grep -lx sleep /proc/[0-9]*/comm 2>/dev/null | wc -l) -lt 2 ]; do :; done
until has_tables /bin/bash /bin/dash; do
	asleep -m -p 0
	give_wanted
done
asleep -m -p 0
asleep -p 98.5
STATUS=$?
diag <$T/steps
is "those that sleep: $(tail -n 1 $T/steps)" $STATUS 0
finish
