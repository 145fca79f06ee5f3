# In the guest: what a timer interrupt takes, bare and with perftop. perftop-nexthit.ko is one that has no tracepoints for it, and so has
# the kretprobe, as on arm64.

# interrupt NAME MODULE PARAMETERS...
interrupt()
{
	name=$1 ko=$2
	shift 2
	if ! insmod "$ko" budget=100 "$@" 2>/tmp/why; then
		say "$name" why "insmod: $(tail -n1 /tmp/why)"
		return
	fi
	say "$name" timer "$(pass timer 100000000)"
	say "$name" by "$(sed -n 's/^# hrtimer: *\(by \)*\([^,]*\).*/\2/p' /proc/schedtop)"
	rmmod perftop
}

for _ in 1 2; do
	say bare timer "$(pass timer 100000000)"
	for hook in kprobe tracepoint; do
		interrupt "hook=$hook hrtimer=0" "$KO" hook=$hook hrtimer=0
		interrupt "hook=$hook" "$KO" hook=$hook
		interrupt "hook=$hook, without tracepoints" /m/perftop-nexthit.ko hook=$hook
	done
done
