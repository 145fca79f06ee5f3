#!/bin/sh
# In the guest: memory at the default parameters.
for hook in kprobe tracepoint; do
	insmod $KO hook=$hook || exit 1
	sed -n "s/^# memory: */memory hook=$hook cpus=$NCPU: /p" /proc/perftop
	rmmod perftop
done
