# In the guest: what a switch takes, bare, with hooks that do nothing, and with
# perftop; what reading its file takes, of the tasks of these workloads. All of it
# twice: the difference is how well figures repeat.

# loaded NAME MODULE PARAMETERS...
loaded()
{
	name=$1 ko=$2
	shift 2
	if ! insmod "$ko" "$@" 2>/tmp/why; then
		say "$name" why "insmod: $(tail -n1 /tmp/why)"
		return
	fi
	row "$name"
	if [ -e /proc/perftop ]; then
		bench run cat /proc/perftop 2>&1 >/tmp/out | sed "s/^cpu /$name|read|/"
		grep -q ' bench$' /tmp/out || say "$name" why 'it did not see the workload'
		grep -q 'missed 0,' /tmp/out || say "$name" why "$(grep missed /tmp/out)"
	fi
	rmmod "$(basename "$ko" .ko)"
}

for _ in 1 2; do
	row bare
	loaded 'empty kprobe' /m/ptop_empty.ko hook=kprobe symbol="$(probe_symbol)"
	loaded 'empty tracepoint' /m/ptop_empty.ko hook=tracepoint
	loaded 'wakeup hook that notes a time' /m/ptop_empty.ko hook=wakeup
	for hook in kprobe tracepoint; do
		for stacks in kernel both; do
			loaded "perftop hook=$hook stacks=$stacks" "$KO" budget=100 hook=$hook stacks=$stacks
		done
	done
done
