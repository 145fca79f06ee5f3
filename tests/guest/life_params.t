# SPDX-License-Identifier: GPL-2.0-only
# timeout: 120
# Bad parameters and hooks that aren't there: the load fails with one clear line, and nothing stays behind.
. /t/lib.sh

# How many lines the module printed since dmesg_mark. The kernel adds one of its own for a parameter, and one or two for an unsigned module.
lines() { dmesg_since | grep '^perftop: ' | grep -vcE "^perftop: (\`.*' invalid for parameter \`.*'|module verification failed|loading out-of-tree)"; }

# refused PARAMETER VALUE RANGE: RANGE is a regular expression
refused() {
	dmesg_mark
	is "$1=$2 is refused" "$(mod ins $KO "$1=$2")" EINVAL
	is "... with one line" "$(lines)" 1
	like "... that names parameter, value and range" "$(dmesg_since)" "^perftop: .*$1.*$2.*$3"
	nothing_left "... and"
}

for value in 0 1001 abc -1 99999999999; do refused top $value '1.*1000'; done
for value in 0 33 x; do refused depth $value '1.*32'; done
for value in 0 128 x; do refused user_depth $value '1.*127'; done
for value in -1 1025 x; do refused unwind_mb $value '0.*1024'; done
for value in 63 1048577 0x; do refused max_stacks $value '64.*1048576'; done
for value in 63 1048577; do refused max_pids $value '64.*1048576'; done
for value in 63 1048577; do refused max_threads $value '64.*1048576'; done
for value in 0 10001 x; do refused sleepers $value '1.*10000'; done
for value in 63 1048577 x; do refused max_sleeps $value '64.*1048576'; done
for value in threads x; do refused sum $value 'thread.*process'; done
for value in -1 1048577 x ''; do refused events "$value" '0.*1048576'; done
for value in 63 1048577; do refused targets $value '64.*1048576'; done
for value in 0 0200 0266 0755 04644 8 -1 rw-r--r--; do refused mode "$value" '0400.*0666'; done
refused target sixteen-bytes-xx '15 bytes'
for value in none bothx; do refused stacks $value 'both.*kernel.*user'; done
for value in ftrace kprob; do refused hook $value 'kprobe.*tracepoint'; done
for value in 2 x; do refused idle $value '0.*1'; done
for value in 2 x; do refused hrtimer $value '0.*1'; done
for value in 0777 0002 8 0444x 01400; do refused mode $value ''; done
for value in abc -2; do refused gid $value ''; done

# hooks that aren't there
MODULE=/m/perftop-nohook.ko
dmesg_mark
is "no symbol: ENOENT" "$(mod ins $MODULE hook=kprobe)" ENOENT
is "... with one line" "$(lines)" 1
like "... that names it" "$(dmesg_since)" '^perftop: .*no_such_symbol'
nothing_left "... and"
MODULE=/m/perftop-badhook.ko
dmesg_mark
if [ $ARCH = x86_64 ]; then
	is "a symbol that can't be probed: EINVAL" "$(mod ins $MODULE hook=kprobe)" EINVAL
	is "... with one line" "$(lines)" 1
	like "... that names it" "$(dmesg_since)" '^perftop: .*sysvec_apic_timer_interrupt'
	nothing_left "... and"
else
	skip "a symbol that can't be probed: EINVAL" "that one is x86's"
fi

# Fails if: a hook is believed that is planted, but sees no switch.
for hook in kprobe tracepoint; do
	MODULE=/m/perftop-unhit.ko
	dmesg_mark
	is "a $hook that no switch hits: ENODEV" "$(mod ins $MODULE hook=$hook)" ENODEV
	is "... with one line" "$(lines)" 1
	like "... that names it" "$(dmesg_since)" '^perftop: .*(emergency_restart|sched_pi_setprio): it sees no switches'
	nothing_left "... and"
	is "... nor a probe" "$(grep -c . /sys/kernel/debug/kprobes/list)" 0
done
echo 0 >/sys/kernel/debug/kprobes/enabled
dmesg_mark
is "kprobes are switched off: ENODEV" "$(mod ins $KO hook=kprobe)" ENODEV
is "... with one line" "$(lines)" 1
like "... that says so" "$(dmesg_since)" '^perftop: .*it sees no switches; are kprobes or ftrace switched off'
nothing_left "... and"
is "hook=tracepoint loads nevertheless" "$(mod ins $KO hook=tracepoint hrtimer=0)" OK
ptop_unload
echo 0 >/proc/sys/kernel/ftrace_enabled
dmesg_mark
is "... and if ftrace is, too" "$(mod ins $KO hook=tracepoint hrtimer=0)" OK
# Fails if: a hook is believed that no mapping hits.
like "... but doesn't see mappings, and says so" "$(dmesg_since)" 'perftop: kprobe on perf_event_mmap: error -19; code .* may have a wrong name'
like "... in the header, too" "$(header $P mappings)" '^NOT FOLLOWED: '
ptop_unload
echo 1 >/proc/sys/kernel/ftrace_enabled
echo 1 >/sys/kernel/debug/kprobes/enabled

# Fails if: the next candidate isn't tried: after one that is never hit, and one whose first argument isn't prev.
MODULE=/m/perftop-nexthit.ko
dmesg_mark
ptop_load hook=kprobe
# Fails if: a module that can't see mappings doesn't load, or doesn't say so.
like "it doesn't see mappings, and says so" "$(dmesg_since)" 'perftop: kprobe on no_such_symbol: error -2; code .* may have a wrong name'
like "... in the header, too" "$(header $P mappings)" '^NOT FOLLOWED: '
like "the candidate that sees switches is taken" "$(header $P hook)" '^kprobe finish_task_switch'
is "... and no other" "$(grep -cE ' (emergency_restart|schedule)\+' /sys/kernel/debug/kprobes/list)" 0
check_accounting "it records"
true_that "... switches" "$(number $T/now.p switches) > 0"
ptop_unload
is "... and is gone afterwards" "$(grep -c . /sys/kernel/debug/kprobes/list)" 0

# Fails if: a hook that isn't the first one fails, and those before it stay planted.
MODULE=/m/perftop-noexit.ko
dmesg_mark
is "no symbol for one of the events: ENOENT" "$(mod ins $MODULE hook=kprobe)" ENOENT
is "... with one line" "$(lines)" 1
like "... that names it" "$(dmesg_since)" '^perftop: .*no_such_symbol: no such symbol'
nothing_left "... and"
is "... nor a probe" "$(grep -c . /sys/kernel/debug/kprobes/list)" 0

# Fails if: what was allocated before is forgotten.
dmesg_mark
is "more events than there is memory: ENOMEM" "$(mod ins $KO events=1048576)" ENOMEM
is "... with one line" "$(lines)" 1
like "... that says how much" "$(dmesg_since)" '^perftop: no memory: [0-9]+ bytes asked for; events= says how many'
nothing_left "... and"
# Fails if: it takes what others may want meanwhile, until the OOM killer comes.
bytes=$(dmesg_since | sed -n 's/.*no memory: \([0-9]*\) bytes.*/\1/p')
events=$(awk -v bytes="$bytes" '/^MemAvailable/ { printf "%d", $2 * 1024 * 1048576 / bytes }' /proc/meminfo)
is "events for three quarters of it: ENOMEM" "$(mod ins $KO events=$((events * 3 / 4)))" ENOMEM
is "... for a quarter: OK" "$(mod ins $KO events=$((events / 4)))" OK
ptop_unload

# good ones, at the ends of their ranges
for params in "top=1 depth=1 user_depth=1 unwind_mb=0 max_stacks=64 max_pids=64 max_threads=64 max_sleeps=64 sleepers=1" "top=1000 depth=32 user_depth=127 unwind_mb=1024 stacks=user idle=1 mode=0666 sum=process sleepers=10000" "mode=0400 gid=0" \
	"events=0 targets=64 target=fifteen-bytes-x" "events=1 targets=100 target="; do
	dmesg_mark
	is "$params" "$(mod ins $KO $params)" OK
	is "... without complaint" "$(dmesg_since | grep -icE 'perftop.*(invalid|error|fail)')" 0
	take
	check "... the accounting balances" accounting_balances $T/now.p $T/now.s
	ptop_unload
done

# what the hook line says
MODULE=
ptop_load hook=kprobe
symbol=$(header $P hook | sed -n 's/^kprobe //p')
like "the hook is named" "$symbol" '^finish_task_switch'
like "... and is planted there" "$(cat /sys/kernel/debug/kprobes/list)" " $symbol\+"
is "... once" "$(grep -c finish_task_switch /sys/kernel/debug/kprobes/list)" 1
for symbol in finalize_exec wake_up_new_task taskstats_exit; do
	is "... and $symbol" "$(grep -c " $symbol+" /sys/kernel/debug/kprobes/list)" 1
done
# On x86 the local timer has tracepoints.
kretprobes=0
[ $ARCH = x86_64 ] || kretprobes=1
is "... with no kretprobe but on arm64" "$(grep -c ' hrtimer_interrupt+' /sys/kernel/debug/kprobes/list)" $kretprobes
ptop_unload
is "... and is gone afterwards" "$(grep -c . /sys/kernel/debug/kprobes/list)" 0
is "... nor is a function traced for it" "$(grep -c '^perf_event_mmap ' /sys/kernel/tracing/enabled_functions)" 0
ptop_load hook=tracepoint
like "the tracepoint is named" "$(header $P hook)" '^tracepoint sched_switch'
# And that of hrtimer interrupts on arm64, where the local timer has no tracepoints.
# Mappings are seen by ftrace without a kprobe where it can be.
is "... and there are only those of mappings" "$({ cat /sys/kernel/debug/kprobes/list; sed 's/ .*/+/; s/^/x /' /sys/kernel/tracing/enabled_functions; } |
	sed 's/[^+]* \([a-z_]*\)+.*/\1/' | sort -u | xargs)" "copy_vma$([ $ARCH = x86_64 ] || echo " hrtimer_interrupt") perf_event_mmap"
finish
