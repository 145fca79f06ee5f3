# SPDX-License-Identifier: GPL-2.0-only
# timeout: 120
# The stacks are the real ones.
. /t/lib.sh

# taken: saves the view, and its rows in $T/flat
taken() {
	take
	flat $T/now.p >$T/flat
}

# rows PROGRAM: of awk, on the rows
rows() { awk -F'|' "$1" $T/flat; }

# all frames of a process, one line for each of its tasks
stacks_of() { awk -F'|' -v p="$1" '$8 == p && $3 > 0 { print $10 }' $T/flat; }
kernel_of() { stacks_of $1 | tr ';' '\n' | grep '^k '; }
user_of() { stacks_of $1 | sed 's/\(^\|;\)k [^;]*/\1/g; s/^;*//; s/;;*/;/g' | grep u; }

# chain_fits EXTENTS: each line of user frames on stdin is the innermost part of the program's one chain of calls. Prints what isn't.
# A way in or out of the chain (what ran before the first sleep) isn't judged: only lines that begin in nest3 are.
chain_fits() {
	awk -v want="$2" '
	function hex(s, i, n) { n = 0; s = tolower(s); sub(/^0x/, "", s)
		for (i = 1; i <= length(s); i++) n = n * 16 + index("0123456789abcdef", substr(s, i, 1)) - 1; return n }
	FNR == NR { name[++names] = $1; from[names] = hex($2); to[names] = hex($3); next }
	function place(frame, at, i) { if (frame !~ /\+0x[0-9a-f]+$/) return 0
		at = frame; sub(/.*\+0x/, "", at); at = hex(at)
		for (i = 1; i <= names; i++) if (at >= from[i] && at <= to[i]) return i
		return 0 }
	{ n = split($0, f, ";"); if (place(f[1]) != 1) next
	  lines++; depth = 0; cut = 0; shown = ""
	  for (i = 1; i <= n; i++) {
		if (f[i] == "u [truncated]") { cut = 1; continue }
		p = place(f[i]); shown = shown " " (p ? name[p] : "?")
		if (p <= depth) { print "not in its chain: " f[i] " in: " $0; bad = 1 }
		depth = p }
	  if (want == "all" && (shown != " nest3 nest2 nest1 nest_root" || cut)) { print "not the whole chain: " $0; bad = 1 }
	  if (want == "open" && (shown != " nest3 nest2 nest1 nest_root" || !cut)) { print "not the chain, truncated: " $0; bad = 1 }
	  if (want == "three" && (shown != " nest3 nest2 nest1" || !cut)) { print "not three frames, truncated: " $0; bad = 1 }
	  if (want == "cut" && !cut && depth != names) { print "not marked as truncated: " $0; bad = 1 } }
	END { if (!lines) { print "no stack begins in nest3"; bad = 1 } exit bad }' "$1" -
}

ptop_load top=1000
check "the test module loads" insmod /m/ptop_nap.ko
start piperead
reader=$PID
start nap
sleeper=$PID
start nest
nest=$PID
start nest thread
thread=$PID
start nest middle
middle=$PID
start nestlibc
libc=$PID
nest32=
if [ $ARCH = x86_64 ]; then
	start nest32
	nest32=$PID
	start nest goroutine
	goroutine=$PID
	start nest goner
	goner=$PID
fi
start nestnofp
nofp=$PID
start nestnofp ptr
decoy=$PID
start manystacks -d 4
# A program whose path is longer than what is remembered of it.
long=$T/$(printf '%060d/%060d' 1 2)
mkdir -p $long
cp /bin/nap $long/far-nap
start $long/far-nap
far=$PID
sleep 0.5
taken
still

# Where a thread begins. With the kprobe it isn't seen before it has come from there. Fails if: another word of its stack is taken for that.
if [ $HOOK = tracepoint ]; then
	true_that "a new thread is in ret_from_fork" "$(stacks_of $sleeper | grep -c '^k ret_from_fork') > 0"
fi

# kernel frames
grep -v '^ *k \[' $T/now.p | sed -n 's/^ *k //p' >$T/kernel
true_that "there are kernel frames" "$(grep -c . $T/kernel) > 50"
# (Of some hundred thousand names those few are kept.)
sed 's/+.*//' $T/kernel | sort -u >$T/names
awk 'FNR == NR { unknown[$1]; next } $3 in unknown { delete unknown[$3] } END { for (name in unknown) print name }' $T/names /proc/kallsyms |
	sort -u >$T/unknown
is "every kernel frame is a function of the kernel" "$(cat $T/unknown)" ""
grep -Ev '^[^ ]+\+0x[0-9a-f]+/0x[0-9a-f]+( \[[a-z0-9_]+\])?$' $T/kernel | sort -u >$T/unknown
is "every kernel frame is name+offset/size" "$(cat $T/unknown)" ""
# A module's init function is gone when it has returned: that it's do_one_initcall's callee is all there is to know. And what calls a kprobe's
# handler, or ours, was made by ftrace at run time: the kernel itself has no name for such an address. (With PREEMPT one may be preempted in the handler.)
rows '{ sub(/;k (kprobe_ftrace_handler|ptop_ftrace_mmap)\+[^;]*;k \[unknown\]/, "", $10); sub(/;k \[module init\];k do_one_initcall\+/, ";k do_one_initcall+", $10); print $10 }' | tr ';' '\n' |
	grep '^k \[' | grep -Ev '^k \[(not captured.*|exec: .*|truncated)\]$' >$T/unknown
grep -F 'k [unknown]' $T/flat | cut -d'|' -f10 | diag
is "what isn't a frame says why" "$(cat $T/unknown)" ""
grep '^ *u ' $T/now.p | grep -Ev '^ *u ((/|\.\.\.)[^ ]*\+0x[0-9a-f]+|\[unknown\] 0x[0-9a-f]+|\[vdso\].*|\[truncated\]|\[not captured.*\])$' >$T/unknown
is "every user frame is file+offset" "$(cat $T/unknown)" ""
# Its frames would be the first. A worker of the module's that is preempted has some further on, and rightly so.
rows '{ sub(/;.*/, "", $10); print $10 }' | grep -E 'ptop_|kprobe_ftrace|ftrace_(regs_)?caller' >$T/unknown
is "the hook's own frames aren't shown" "$(cat $T/unknown)" ""
like "a reader of an empty pipe waits in the pipe's read" "$(kernel_of $reader)" 'pipe_read\+'
like "a sleeper waits in nanosleep" "$(kernel_of $sleeper)" 'nanosleep'
like "a module's function is named with its module" "$(cat $T/kernel)" '^ptop_nap_here\+0x[0-9a-f]+/0x[0-9a-f]+ \[ptop_nap\]$'
rows '$10 ~ /ptop_nap_here/ && $10 ~ /(^|;)u / { print }' >$T/unknown
is "a kernel thread has no user frames" "$(cat $T/unknown)" ""
rows '$10 ~ /ptop_nap_here/' >$T/unknown
like "its row has the thread's name and pid" "$(cat $T/unknown)" "\|$(cat /sys/module/ptop_nap/parameters/pid)\|[^|]*\|.*\|ptop_nap\$"
rows 'NF != 11 || $10 == ""' >$T/unknown
is "each row has a stack" "$(cat $T/unknown)" ""

# user frames
user_of $nest | check "frame pointers: exactly nest3, nest2, nest1, nest_root" chain_fits $T/out.$nest all
user_of $thread | check "... where a thread begins, the same" chain_fits $T/out.$thread all
# Fails if: a frame pointer of zero ends a stack wherever it's found.
user_of $middle | check "... and a zero elsewhere isn't the end" chain_fits $T/out.$middle open
if [ $ARCH = x86_64 ]; then
	# Debian's C library keeps no frame pointers, neither where it sleeps nor before main: no such stack can be known to its end. It has zero in
	# the register where it sleeps.
	user_of $libc >$T/libc
	true_that "a program that sleeps in the C library has stacks" "$(grep -c . $T/libc) > 0"
	is "... each is marked as truncated" "$(grep -Ev 'u \[(truncated|not captured[^;]*)\]$' $T/libc)" ""
else
	skip "a program that sleeps in the C library" "it has frame pointers there"
fi
if [ $ARCH = x86_64 ]; then
	# Fails if: what no call returns to is never a frame; or is one wherever it's found.
	user_of $goroutine | check "... where a goroutine begins, the same" chain_fits $T/out.$goroutine all
	user_of $goner | check "... and with another frame pointer it isn't the end, nor a frame" chain_fits $T/out.$goner three
else
	skip "where a goroutine begins" "Go's frames are otherwise there"
fi
if [ -n "$nest32" ]; then
	user_of $nest32 | check "a 32-bit program: the same" chain_fits $T/out.$nest32 all
else
	skip "a 32-bit program: the same" "frames of AArch32 can't be followed"
fi
user_of $nofp | check "no frame pointers: nothing but real callers, marked as truncated" chain_fits $T/out.$nofp cut
user_of $decoy | check "a decoy of a chain isn't believed" chain_fits $T/out.$decoy cut
like "the program is named by its path" "$(user_of $nest)" 'u /bin/nest\+0x'
like "... of a long one the end" "$(user_of $far)" "^u \\.\\.\\.$(echo $long/far-nap | tail -c 125)\\+0x"
true_that "different user stacks are different tasks" "$(rows '$NF == "manystacks" && $10 ~ /nanosleep/' | grep -c .) >= 16"
true_that "the header counts the truncated" "$(header $T/now.p stacks | sed 's/.* \([0-9]*\) truncated.*/\1/') > 0"
like "the header says the depth" "$(header $T/now.p stacks)" '^both, depth 16 and 64, '

scheduler() { grep -E '^(__schedule|__traceiter|__bpf_trace|trace_event_raw_event|finish_task_switch)' $T/kernel | sort -u; }
is "stacks begin outside of the scheduler's core" "$(scheduler)" ""
moving
# Then the tracepoint calls its probes through one more function.
echo 1 >/sys/kernel/tracing/events/sched/sched_switch/enable
check "reset" sh -c "echo reset >$P"
sleep 0.3
taken
echo 0 >/sys/kernel/tracing/events/sched/sched_switch/enable
grep -v '^ *k \[' $T/now.p | sed -n 's/^ *k //p' >$T/kernel
is "also beside another user of the tracepoint" "$(scheduler)" ""
like "where a sleeper still waits in nanosleep" "$(kernel_of $sleeper)" 'nanosleep'

rmmod ptop_nap
taken
check "after the module is gone" accounting_balances $T/now.p $T/now.s
ptop_unload

ptop_load top=1000 stacks=kernel depth=3
sleep 0.3
taken
ptop_unload
like "stacks=kernel: the header says so" "$(header $T/now.p stacks)" '^kernel, depth 3 and 64, '
is "stacks=kernel: no user frames" "$(grep -c '^ *u /' $T/now.p)" 0
like "stacks=kernel: kernel frames" "$(kernel_of $reader)" 'pipe_read\+|schedule'
rows '{ n = split($10, f, ";"); k = 0; for (i = 1; i <= n; i++) if (f[i] ~ /^k [^[]/) k++; if (k > 3) print }' >$T/unknown
is "depth=3: at most three frames" "$(cat $T/unknown)" ""

ptop_load top=1000 stacks=user
sleep 0.3
taken
like "stacks=user: the header says so" "$(header $T/now.p stacks)" '^user, depth 16 and 64, '
is "stacks=user: a process has no kernel frames" "$(kernel_of $nest | grep -v '^k \[not captured')" ""
user_of $nest | check "stacks=user: its user frames" chain_fits $T/out.$nest all
finish
