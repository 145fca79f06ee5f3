# SPDX-License-Identifier: GPL-2.0-only
# timeout: 60
# Text that is made at run time and freed with no notice: BPF programs, trampolines. It has no rules to find frames by, and no names: other
# text may be there by now.
. /t/lib.sh

# stacks FILE COMM: the stacks of the rows of that name
stacks() { flat $1 | awk -F'|' -v c="$2" '$NF == c { print $10 }'; }
# await_naps FUNCTION COUNT SECONDS: until the stacks that name it have so many; they are $naps. To look takes stacks of its own, so not often.
await_naps() {
	while
		take
		naps=$(flat $T/now.p | awk -F'|' -v f=$1 'index($10, f) { n += $6 } END { print n + 0 }')
		[ $naps -lt $2 ]
	do sleep $3; done
}
module_base() { sed -n "s/^$1 .* \(0x[0-9a-f]*\).*/\1/p" /proc/modules; }

check "a module that hides another's end loads" insmod /m/ptop_hush.ko
ptop_load top=1000
cp /bin/bpfnap $T/alpha
cp /bin/bpfnap $T/beta
start $T/alpha alpha
alpha=$PID
address=$(cat $T/out.$alpha)
take a
# Fails if: its name is shown, which may be another's when a reader comes.
like "a BPF program that sleeps is [bpf]" "$(stacks $T/a.p alpha)" 'k bpf_sys_bpf\+[^;]*;k \[bpf\];k bpf_prog_test_run_syscall\+'
stop $alpha
start $T/beta beta $address
is "another is where it was" "$(cat $T/out.$PID)" $address
take b
stacks $T/b.p alpha | grep -F bpf_sys_bpf >$T/rows
true_that "the first one's stacks are still there" "$(grep -c . $T/rows) > 0"
is "... and none has the name of the other" "$(grep -vF 'k [bpf];' $T/rows)" ""
is "no BPF program is named" "$(grep -E 'bpf_prog_[0-9a-f]{16}' $T/a.p $T/b.p)" ""
like "functions of the kernel with such names are" "$(stacks $T/b.p beta)" 'k bpf_prog_test_run_syscall\+0x'
stop $PID

# Fails if: a module that comes isn't looked at, as where it is nobody was who would have told.
check "module A loads" insmod /m/ptop_a.ko
base_a=$(module_base ptop_a)
sleep 0.3
take a
like "A's thread is there" "$(stacks $T/a.p ptop_a)" 'k ptop_a_here\+0x[0-9a-f]+/0x[0-9a-f]+ \[ptop_a\]'
if [ $ARCH = x86_64 ]; then
	# Fails if: nobody finds out that this text is a module's.
	echo reset >$P
	await_naps ptop_a_here 100 1
	echo "# $(header $T/now.p 'stack cache')"
	true_that "its $naps stacks aren't unwound" "$(stacks_taken $T/now.p) * (100 - $(hit_rate $T/now.p)) / 100 < $naps"
fi
exec 5<$P
check "module A goes, unheard" rmmod ptop_a
check "module B loads" insmod /m/ptop_b.ko
is "B is where A was" "$(module_base ptop_b)" "$base_a"
take b
cat <&5 >$T/open.p
exec 5<&-
for when in b open; do
	stacks $T/$when.p ptop_a >$T/rows
	like "$when: A's rows are still there" "$(cat $T/rows)" 'kthread\+'
	is "$when: none has a name of B" "$(grep ptop_b $T/rows)" ""
done
rmmod ptop_b
ptop_unload

if [ $ARCH = x86_64 ]; then
	# Fails if: a rule is learned for a trampoline; then its stacks are remembered.
	check "a module that naps below a trampoline loads" insmod /m/ptop_tramp.ko
	ptop_load top=1000
	# A rule for each of the other frames is learned meanwhile.
	sleep 0.3
	echo reset >$P
	await_naps ptop_tramp_nap 50 0.1
	like "what is below it is shown" "$(stacks $T/now.p ptop_tramp)" \
		'k ptop_tramp_nap\+[^;]* \[ptop_tramp\];k \[unknown\];k ptop_tramp_traced\+[^;]* \[ptop_tramp\];k ptop_tramp_thread\+'
	echo "# $(header $T/now.p 'stack cache')"
	true_that "each of these $naps stacks was unwound" \
		"$(stacks_taken $T/now.p) * (100.01 - $(hit_rate $T/now.p)) / 100 >= $naps - 1"
	ptop_unload
	rmmod ptop_tramp
fi
rmmod ptop_hush
finish
