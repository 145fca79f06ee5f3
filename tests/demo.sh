# make demo, in the guest: put a load on the machine that anyone recognises in the
# tables, and print them, each after a line "@ NAME". Five seconds are the load's, not a wait
# for something.

insmod "$KO" hook="$HOOK" top=20 budget=100 || exit 1

spin &				# computes
nest >/dev/null &		# sleeps in nested functions: nest_root ... nest3
pingpong &			# two processes and two pipes
while :; do			# reads the disk, past the page cache
	dd if=/dev/vda of=/dev/null bs=64k iflag=direct 2>/dev/null
done &
sleep 5

for view in perftop schedtop lattop; do
	echo "@ $view"
	cat /proc/$view || exit 1
done

kill -9 -1
rmmod perftop
