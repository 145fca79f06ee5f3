# SPDX-License-Identifier: GPL-2.0-only
# timeout: 80
# What hrtimer interrupts take: how many there are is what the kernel counts, and each is charged to the thread that it interrupted.
. /t/lib.sh

# local_timers FILE: "CPU COUNT" of the local timer's interrupts, as the kernel counts them
local_timers() { awk '$1 == "LOC:" || $NF == "arch_timer" { for (i = 2; $i ~ /^[0-9]+$/; i++) print i - 2, $i }' /proc/interrupts >$1; }

# irqs FILE CPU: the header's count of that CPU; irq_ticks FILE CPU: what they took
irqs() { header $1 "hrtimer cpu $2" | sed -n 's/^\([0-9]*\) interrupts, .*/\1/p'; }
irq_ticks() { header $1 "hrtimer cpu $2" | sed -n 's/^[0-9]* interrupts, \([0-9]*\) ticks.*/\1/p'; }

# view NAME: with the kernel's counts before and after it
view() {
	local_timers $T/$1.least
	take $1
	local_timers $T/$1.most
}

counted() { sed -n "s/^$2 //p" $T/$1; }

# fired FILE PID: hrtimer interrupts that were its
fired() { sched_flat $1 | awk -F'|' -v p=$2 '$2 == p { n += $12 } END { print n + 0 }'; }

# add_up NAME: the rows and the header agree, CPU by CPU, and nobody's interrupts took longer than it ran
add_up() {
	sched_flat $T/$2.s >$T/rows
	for cpu in $(seq 0 $((NCPU - 1))); do
		is "$1: CPU $cpu's are those of its rows" "$(awk -F'|' -v c=$cpu '$1 == c { t += $11; n += $12 } END { printf "%.0f %.0f\n", n, t }' $T/rows)" \
			"$(irqs $T/$2.s $cpu) $(irq_ticks $T/$2.s $cpu)"
	done
	check "$1: they are part of the time of the interrupted thread" awk -F'|' '$11 > $3 || ($11 > 0) != ($12 > 0) { print; bad = 1 } END { exit bad || !NR }' $T/rows
}

# as_the_kernel NAME SECONDS: views a and b, and between them as many as the kernel counts on each CPU
as_the_kernel() {
	local cpu got least most
	view a
	sleep $2
	view b
	for cpu in $(seq 0 $last); do
		got=$(($(irqs $T/b.s $cpu) - $(irqs $T/a.s $cpu)))
		least=$(($(counted b.least $cpu) - $(counted a.most $cpu)))
		most=$(($(counted b.most $cpu) - $(counted a.least $cpu)))
		true_that "$1, CPU $cpu: $least to $most by the kernel's count, $got by ours" \
			"$got >= $least * 0.99 - 1 && $got <= $most * 1.01 + 1 && $most > $2 * 50"
	done
}

# ---- how many
# Fails if: one isn't counted, or is twice; or what isn't one is. The view is between two looks at the kernel's count, so that there's nothing
# in which the two may differ, but an interrupt that is under way on another CPU, or that meets a probe.

last=$((NCPU - 1))
ptop_load idle=1
for cpu in $(seq 0 $last); do
	like "the header has CPU $cpu" "$(header $S "hrtimer cpu $cpu")" '^[0-9]+ interrupts, [0-9]+ ticks'
done
start nap -c 0
napper=$PID
start beat -c $last
beater=$PID
by=local_timer_entry
[ $ARCH = x86_64 ] || by=hrtimer_interrupt
like "it's by the local timer's tracepoints, where there are some" "$(header $S hrtimer)" "^by $by, missed [0-9]+\$"
as_the_kernel "with hook=$HOOK" 2
add_up "with the idle tasks" b
check "the accounting balances" accounting_balances $T/b.p $T/b.s

# ---- whose
# Fails if: they are charged to another thread, as to prev.

# How many there are in a second is the host's matter, but most of its CPU's are those of the thread that computes there, with a timer of 1 kHz.
all=$(($(irqs $T/b.s $last) - $(irqs $T/a.s $last)))
had=$(($(fired $T/b.s $beater) - $(fired $T/a.s $beater)))
true_that "a process with a timer of its own has most of its CPU's interrupts ($had of $all)" "$had > $all / 2"
stop $beater
start spin -c $last
spinner=$PID
sleep 1
view c
true_that "one that has none has those of the tick" "$(fired $T/c.s $spinner) > 0"
# On one CPU the spinner has them.
[ $NCPU = 1 ] || true_that "a thread that naps wakes by them from idle: the idle task has some" \
	"$(sched_flat $T/c.s | awk -F'|' '$1 == 0 && $2 == 0 { print $12 }') > 50"
true_that "... and a thread that naps has next to none" "$(sched_flat $T/c.s | awk -F'|' -v p=$napper '$2 == p { n += $12; s += $5 } END { print n + 0 < s / 2 }')"
add_up "another process" c
stop_all
echo 0 >$PARAM/idle
sched_flat $S >$T/rows
is "without idle=1 there's no idle task" "$(awk -F'|' '$2 == 0' $T/rows)" ""
true_that "... but its interrupts are in the header" "$(irqs $S 0) > $(awk -F'|' '$1 == 0 { n += $12 } END { print n + 0 }' $T/rows)"

# Fails if: a reset leaves some, or a pause counts.
echo reset >$P
view d
true_that "after a reset there are few" "$(irqs $T/d.s 0) <= $(counted d.most 0) - $(counted c.most 0) && $(irqs $T/d.s 0) < 1000"
echo pause >$P
cat $S >$T/e.s
sleep 0.2
is "in a pause there are none" "$(irqs $S 0) $(irq_ticks $S 0)" "$(irqs $T/e.s 0) $(irq_ticks $T/e.s 0)"
ptop_unload

# ---- by the kretprobe, and not at all
# Fails if: tracepoints are believed that never hit, as where timers come by other interrupts.

MODULE=/m/perftop-nexthit.ko
ptop_load idle=1
like "tracepoints that never hit: the kretprobe is used" "$(header $S hrtimer)" '^by hrtimer_interrupt, missed [0-9]+$'
start nap -c 0
start beat -c $last
as_the_kernel "by the kretprobe" 1
add_up "by the kretprobe" b
ptop_unload
MODULE=

# Fails if: what isn't measured looks as if there were none.
ptop_load idle=1 hrtimer=0
sleep 0.5
cat $S >$T/f.s
is "hrtimer=0: the header says so" "$(header $T/f.s hrtimer)" "not measured, hrtimer=0"
is "... and has no counts" "$(grep -c 'hrtimer cpu' $T/f.s)" 0
is "... and so do all rows" "$(sched_flat $T/f.s | awk -F'|' '{ print $11, $12 }' | sort -u)" "n/a n/a"
is "... nothing is planted there" "$(grep -c hrtimer_interrupt /sys/kernel/debug/kprobes/list)" 0
finish
