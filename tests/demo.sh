# make demo, in the guest: put a load on the machine that anyone recognises in the
# tables, and show them. Five seconds are the load's, not a wait for something.

insmod "$KO" hook="$HOOK" top=12 budget=100 || exit 1

spin &				# computes
nest >/dev/null &		# sleeps in nested functions: nest_root ... nest3
pingpong &			# two processes and two pipes
while :; do			# reads the disk, past the page cache
	dd if=/dev/vda of=/dev/null bs=64k iflag=direct 2>/dev/null
done &
sleep 5

echo "What the CPUs' time went to, by the stack that each task left the CPU with: cat /proc/perftop"
cat /proc/perftop || exit 1
echo
echo "Who had the CPUs, by CPU and task: cat /proc/schedtop"
head -n 40 /proc/schedtop || exit 1
echo
echo "Where they waited, of which here the one that sleeps: cat /proc/lattop"
awk '/^#/ || / nest$/ { n = /^#/ ? 1 : 12 } n-- > 0' /proc/lattop || exit 1

kill -9 -1
rmmod perftop
