# In the guest: what reading takes with 10,000 threads that sleep and 65,536 stacks
# in the table.

# thrice FILE: open and read it; says the median
thrice()
{
	for _ in 1 2 3; do
		bench read "$1"
	done | sort -n | sed -n '2p'
}

for max in kernel/threads-max kernel/pid_max vm/max_map_count; do
	echo 200000 >/proc/sys/$max
done
if insmod "$KO" budget=100 hook=$HOOK max_stacks=131072 max_pids=16384 \
		max_threads=32768 2>/tmp/why; then
	mkfifo /tmp/never
	crowd 10000 /tmp/never &
	# All of its threads sleep when it opens that.
	until [ "$(cat /proc/$!/wchan 2>/dev/null)" = wait_for_partner ]; do
		sleep 1
	done
	chains 65536
	for file in /proc/perftop /proc/schedtop /proc/lattop /dev/perftop; do
		# shellcheck disable=SC2046 # three numbers
		set -- $file $(thrice $file)
		say $1 open "$2"
		say $1 read "$3"
		say $1 bytes "$4"
		[ $1 = /dev/perftop ] || say $1 entries "$(header table $1)"
	done
	rmmod perftop
else
	say /dev/perftop why "insmod: $(tail -n1 /tmp/why)"
fi
