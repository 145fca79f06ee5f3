# SPDX-License-Identifier: GPL-2.0-only
# timeout: 180
# The stack cache: what hasn't changed isn't unwound, and what has is never taken for what it was.
. /t/lib.sh

# Where nothing is cached: there frame pointers are followed, which is as cheap. Of x86's the kernel itself does that, and there's nothing to verify.
UNCACHED= VERIFIED=100
[ $ARCH = x86_64 ] || UNCACHED=$ARCH
case $KVER in *-debugfp) UNCACHED="a kernel with frame pointers" VERIFIED=-1 ;; esac

# Local timer interrupts of all CPUs so far.
interrupts() { awk '$1 == "LOC:" { for (i = 2; $i ~ /^[0-9]+$/; i++) sum += $i } END { print sum + 0 }' /proc/interrupts; }

# hits NAME PERCENT SECONDS: of the stacks of the next SECONDS, so many at least aren't unwound, but for those of threads that a timer
# interrupt preempts: there are as many of these on a slow host, where there are few others. Some dozen are this shell's and its children's:
# what they are of the whole is small enough.
hits() {
	local from
	if [ -n "$UNCACHED" ]; then
		skip "$1" "nothing is cached on $UNCACHED"
		sleep $3
		take
		return
	fi
	from=$(interrupts)
	echo reset >$P
	sleep $3
	take
	echo "# $1: $(header $T/now.p 'stack cache')"
	true_that "$1: there were many switches" "$(stacks_taken $T/now.p) >= 1000 * $3"
	least=$2
	# A debug kernel is so slow that new stacks are a larger part of them.
	[ $SLOW = 1 ] || least=85
	true_that "$1: at least $least % of the stacks aren't unwound" \
		"(100 - $(hit_rate $T/now.p)) * $(stacks_taken $T/now.p) <= (100 - $least) * $(stacks_taken $T/now.p) + 100 * ($(interrupts) - $from)"
}

# rows_of FILE: for each line of "again" in FILE "NAME SLEEPS MORE ROWS SCHEDS": how many rows of $T/now.p there are with that function and that
# system call, and what they have. One that was preempted there sleeps elsewhere, and so does one that waits for a lock: with PREEMPT_RT for
# a spinlock, too.
rows_of() {
	flat $T/now.p | awk '
	function hex(s, i, n) { n = 0; for (i = 1; i <= length(s); i++) n = n * 16 + index("0123456789abcdef", substr(s, i, 1)) - 1; return n }
	FNR == NR { n++; name[n] = $1; pid[n] = $2; from[n] = hex($3); to[n] = hex($4); kernel[n] = "k [a-z_]*(" $5 ")"; sleeps[n] = $6 " " $7; next }
	{ split($0, row, "|") }
	row[10] ~ /k (rt_(spin|read|write)_lock|rtlock_slowlock|[a-z_]*rt_mutex_slowlock)/ { locks[row[8]] += row[6]; next }
	row[10] ~ /k (preempt_schedule|irqentry|asm_|exit_to_user|do_notify_resume|__cond_resched|[a-z_]*mutex_lock)/ { next }
	{ frames = split(row[10], f, ";")
	  for (i = 1; i <= n; i++) {
		if (row[8] != pid[i] || row[10] !~ kernel[i] || (name[i] ~ /^again/ && row[11] != name[i])) continue
		for (j = 1; j <= frames; j++) {
			if (f[j] !~ /^u \/bin\/(again|other)\+0x/) continue
			at = f[j]; sub(/.*\+0x/, "", at); at = hex(at)
			if (at >= from[i] && at < to[i]) { rows[i]++; scheds[i] += row[6]; break }
		} } }
	END { for (i = 1; i <= n; i++) print name[i], sleeps[i], rows[i] + 0, scheds[i] + 0, locks[pid[i]] + 0 }' $1 -
}

# as_often NAME SCHEDS SLEEPS MORE [LOCKS]: with PREEMPT_RT some of its sleeps may have been for locks
as_often() {
	true_that "$1 was scheduled as often as it slept ($3 times, maybe $4 more)" "${2:-0} >= $3 - 3 - ${5:-0} && ${2:-0} <= $3 + $4 + 3"
}

# told_apart NAME FILE KINDS: each kind of sleep of "again" in FILE has one row, with its own count
told_apart() {
	rows_of $2 >$T/rows
	while read -r name sleeps more rows scheds locks; do
		is "$1: $name has one row" $rows 1
		as_often "$1: $name" $scheds $sleeps $more $locks
	done <$T/rows
	true_that "$1: there were some" "$(awk '$2 > 0' $T/rows | grep -c .) == $3"
}

ptop_load top=1000 budget=100
take
like "the header has the cache's line" "$(header $T/now.p 'stack cache')" \
	'^[0-9]+ stacks: [0-9]+\.[0-9]{2} % unchanged, [0-9]+\.[0-9]{2} % by table, [0-9]+\.[0-9]{2} % unwound$'
near "its parts are all" "$(header $T/now.p 'stack cache' | awk '{ print $3 + $6 + $10 }')" 100 0 0.03
is "nothing is verified unless asked for" "$(header $T/now.p verified)" ""

# What doesn't change. Fails if: the cache is lost by a switch to another task, by a deeper stack, or by another CPU.
start pingpong -c 0
hits "ping-pong on one CPU" 99 2
# With PREEMPT_RT they stand at more places than are remembered: locks that sleep, and wherever they are preempted.
case $KVER in
*-rt-*) same=$(header $T/now.p 'stack cache' | awk '{ print $3 - 4 }') ;;
*) same=95 ;;
esac
stop $PID
start ring -c 0
hits "a ring of 64 processes" 99 2
stop $PID
# Fails if: a stack so close to the end of user memory isn't compared.
aslr=$(cat /proc/sys/kernel/randomize_va_space)
echo 0 >/proc/sys/kernel/randomize_va_space
start pingpong -c 0
hits "a stack at the end of user memory" 99 2
[ -n "$UNCACHED" ] ||
	true_that "... and that it is the same is seen there, too" "$(header $T/now.p 'stack cache' | awk '{ print $3 }') >= $same"
stop $PID
echo $aslr >/proc/sys/kernel/randomize_va_space
# Fails if: a stack isn't found any more after such a word has changed.
for where in $([ -n "$UNCACHED" ] || echo top first second); do
	echo reset >$P
	start counts $where
	while
		sleep 0.2
		take
		! [ "$(stacks_taken $T/now.p)" -gt 2000 ]
	do :; done
	echo "# $where: $(header $T/now.p 'stack cache')"
	true_that "a number that counts, $where: the stack is the same" "$(header $T/now.p 'stack cache' | awk '{ print $3 }') >= 90"
	stop $PID
done
# Fails if: such a word may be anything.
if [ -z "$UNCACHED" ]; then
	echo 1 >$PARAM/verify_stacks
	echo reset >$P
	start counts leaf
	while
		sleep 0.2
		take
		! [ "$(verified $T/now.p)" -gt 500 ]
	do :; done
	is "a leaf's return address there is another stack" "$(disagreements $T/now.p)" 0
	is "... and has a row" "$(flat $T/now.p | awk -F'|' -v p=$PID '$8 == p && $6 > 50 && $10 ~ /do_nanosleep/' | grep -c .)" 2
	stop $PID
	echo 0 >$PARAM/verify_stacks
fi
start ring -n 2 -m
hits "a pair that goes from CPU to CPU" 95 2
like "... on all CPUs" "$(sched_flat $T/now.s | awk -F'|' -v p=$PID '$2 == p { print $1 }' | sort -n | xargs)" "^$(seq 0 $((NCPU - 1)) | xargs)\$"
stop $PID

# What changes in one place only. Fails if: two stacks are the same to the cache because the innermost frames, the depth, the stack pointer
# or the system call are: the one would have the other's count, or a row for both.
echo reset >$P
start again outer 1000
take
told_apart "callers that differ in the outermost frame" $T/out.$PID 2
start again middle 1000
take
told_apart "callers that differ seven frames up" $T/out.$PID 2
start again places 150
take
told_apart "six system calls in turn" $T/out.$PID 6

# A program that execs itself, and then another, at the same addresses. Fails if: a task is still known by what it was before the exec
# (one row with the sum).
start again exec 0300 0500 0700
take
diag <$T/out.$PID
flat $T/now.p | awk -F'|' -v p=$PID '$8 == p && $10 ~ /do_nanosleep/ && $10 !~ /k (preempt_schedule|irqentry|asm_|do_notify_resume)/ &&
	match($10, /u \/bin\/(again|other)\+/) { print $6, substr($10, RSTART + 7, 5) }' | sort -n >$T/rows
is "each program of an exec has a row of its own" "$(awk '{ print $2 }' $T/rows | xargs)" "again again other"
while read -r name pid from to kernel sleeps more; do
	read -r scheds program
	as_often "$name ($program)" "$scheds" $sleeps $more
done <<END
$(paste -d '\n' $T/out.$PID $T/rows)
END

# Processes of one pid. Fails if: a pid's, or a task_struct's, cached stack outlives its process: the next one sleeps under another caller.
max=$(cat /proc/sys/kernel/pid_max)
start again pid $((max - 7)) 300 400 500 600
take
told_apart "processes of one pid" $T/out.$PID 4
is "... they had one pid" "$(awk '{ print $2 }' $T/out.$PID | sort -u)" $((max - 7))
check "the accounting balances" accounting_balances $T/now.p $T/now.s
stop_all

# A module goes, and another comes where it was. Fails if: names are looked up when shown, of addresses that were another's; or a stack of
# the old module is the cached one of the new.
module_base() { sed -n "s/^$1 .* \(0x[0-9a-f]*\).*/\1/p" /proc/modules; }
# rows_by FILE COMM: the stacks of those of that name
rows_by() { flat $1 | awk -F'|' -v c="$2" '$NF == c { print $10 }'; }
echo reset >$P
check "module A loads" insmod /m/ptop_a.ko
base_a=$(module_base ptop_a)
sleep 0.5
take a
like "A's thread is there" "$(rows_by $T/a.p ptop_a)" 'k ptop_a_here\+0x[0-9a-f]+/0x[0-9a-f]+ \[ptop_a\]'
exec 5<$P
check "module A goes" rmmod ptop_a
take gone
is "its function isn't named any more" "$(flat $T/gone.p | cut -d'|' -f10 | grep -E 'ptop_a_here|[[]ptop_a]')" ""
loaded=$(uptime_s)
check "module B loads" insmod /m/ptop_b.ko
base_b=$(module_base ptop_b)
sleep 0.5
take b
taken=$(uptime_s)
echo "# A was at $base_a, B is at $base_b"
is "B is where A was" "$base_b" "$base_a"
like "B's thread is there" "$(rows_by $T/b.p ptop_b)" 'k ptop_b_here\+0x[0-9a-f]+/0x[0-9a-f]+ \[ptop_b\]'
for when in gone b; do
	rows_by $T/$when.p ptop_a | grep -E 'here|module gone' >$T/rows
	true_that "$when: A's rows are still there" "$(grep -c . $T/rows) > 0"
	is "$when: they all say that the module is gone" "$(grep -vF 'k [module gone]' $T/rows)" ""
	is "$when: no row of A's has a name of B" "$(rows_by $T/$when.p ptop_a | grep ptop_b)" ""
done
# What was opened before is read now.
cat <&5 >$T/open.p
exec 5<&-
is "nor has a file that was opened before" "$(grep -E 'ptop_[ab]_here|[[]ptop_[ab]]' $T/open.p)" ""
like "where they are unknown" "$(rows_by $T/open.p ptop_a)" 'k \[unknown\]'
# It naps 50 times a second, at most, as did A for as long and longer.
true_that "B's row has no time of A" \
	"$(flat $T/b.p | awk -F'|' '$10 ~ /k ptop_b_here/ { n += $6 } END { print n + 0 }') <= 50 * ($taken - $loaded) + 2"
rmmod ptop_b
check_accounting "after both modules are gone"

# Verification on and off, and resets, under load. Fails if: what a reset or the parameter changes isn't the cache's any more.
start hack -g 1 -f 2
start ring -n 8
for round in $(seq $(rounds 5 2)); do
	echo 1 >$PARAM/verify_stacks
	sleep 0.2
	take
	check "round $round: verified, the accounting balances" accounting_balances $T/now.p $T/now.s
	echo reset >$P
	# Fails if: stacks aren't verified, as then this has no end.
	while
		sleep 0.2
		take
		! [ "$(verified $T/now.p)" -gt $VERIFIED ]
	do :; done
	check "round $round: after a reset too" accounting_balances $T/now.p $T/now.s
	is "round $round: without disagreement" "$(disagreements $T/now.p)" 0
	echo 0 >$PARAM/verify_stacks
	sleep 0.1
	take
	check "round $round: not verified, the accounting balances" accounting_balances $T/now.p $T/now.s
done
like "no switch was missed" "$(header $T/now.p switches)" '^[0-9]+, missed 0, '
finish
