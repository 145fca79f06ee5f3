# SPDX-License-Identifier: GPL-2.0-only
# timeout: 60
# A frame that isn't a return address: a thread that is interrupted in the kernel at a function's first byte, and preempted, is in that function, not
# at the end of the one that lies before it.
. /t/lib.sh

preempt=/sys/kernel/debug/sched/preempt
full=
if [ -e $preempt ]; then
	was=$(sed 's/.*(\(.*\)).*/\1/' $preempt)
	echo full >$preempt
	full=1
elif uname -v | grep -qw -e PREEMPT -e PREEMPT_RT; then
	full=1
fi
if [ -z "$full" ]; then
	skip "a function's first byte" "nobody is preempted in this kernel"
	finish
	exit
fi
ptop_load top=1000
check "the test module loads" insmod /m/ptop_first.ko
start spin -c 0
# the frames of the thread's stacks where it was preempted
frames() { flat $P | awk -F'|' '$NF == "ptop_first" && $10 ~ /ptop_first_caller/ { print $10 }' | tr ';' '\n'; }
end='+\(0x[0-9a-f]*\)/\1\( \|$\)'
for name in of_all byte; do
	# Its on-CPU intervals are as long as the scheduler lets them be; the test's limit ends that.
	until frames | grep -q "^k ptop_first_$name+0x0/"; do
		[ "$(frames | grep -c -e "$end" -e unknown)" = 0 ] || break
	done
	frames >$T/frames
	like "$name: it's preempted at the function's first byte" "$(cat $T/frames)" "^k ptop_first_$name\\+0x0/0x[0-9a-f]+ \\[ptop_first\\]\$"
	is "... and nowhere without a name, or at the end of the one before it" "$(grep -e "$end" -e unknown $T/frames | sort | uniq -c)" ""
	echo 1 >/sys/module/ptop_first/parameters/next
	echo reset >$P
done
stop $PID
# First, as it computes for as long as it's there.
check "the test module goes" rmmod ptop_first
[ ! -e $preempt ] || echo $was >$preempt
finish
