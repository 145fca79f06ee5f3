# In the guest: what is added to a switch with a pair of processes on each CPU, at
# the same time; and the memory at the default parameters.
for _ in 1 2; do
	say bare pairs "$(pass pairs 20000 "$NCPU")"
	for hook in kprobe tracepoint; do
		if ! insmod "$KO" budget=100 hook=$hook 2>/tmp/why; then
			say $hook why "insmod: $(tail -n1 /tmp/why)"
			continue
		fi
		say $hook pairs "$(pass pairs 20000 "$NCPU")"
		say $hook memory "$(header memory /proc/perftop)"
		grep -q 'missed 0,' /proc/perftop || say $hook why "$(grep missed /proc/perftop)"
		rmmod perftop
	done
done
