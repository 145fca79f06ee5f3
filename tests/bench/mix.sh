# In the guest: workloads that the benchmark of one switch lacks, with perftop's default parameters but for the budget. Those of MIX, with
# HOOKS, TIMES times; each is one run, alone with the module. BESIDE are those to measure with TOOLS of the disk. Figures are lines
# "CONFIGURATION WORKLOAD|KEY|VALUE"; a configuration is bare, a tool, or "HOOK budget=BUDGET".

# Ten files of five pages and more.
large_files()
{
	find /bin -type f -size +40 | sort | head -n 10 | xargs
}

# command_of WORKLOAD: that workload. They take 0.1 to 0.5 G instructions, of which a fifth is to warm up.
command_of()
{
	case $1 in
	ping-pong) echo loads switch 20000 ;;
	frames[0-9]*) echo loads command passes 20000 ${1#frames} ;;
	random) echo loads random 300 64 ;;
	paths[0-9]*) echo loads paths 12000 ${1#paths} ;;
	pairs | about) echo loads "$1" 20000 6 ;;
	ring[0-9]*) echo loads ring $((32000 / ${1#ring} + 1)) ${1#ring} ;;
	condvar) echo condvar 20000 ;;
	threads) echo loads threads 400 ;;
	children) echo loads forks 400 - ;;
	forks) echo loads forks 400 ;; # of tiny
	maps) echo loads maps 20000 ;;
	libraries) echo loads forks 400 loads libraries 10 "$(large_files)" ;;
	preempt) echo loads preempt 50 ;;
	epoll) echo loads epoll 16000 16 ;;
	python) echo loads command chroot $R python3 /tmp/threads.py ;;
	redis) echo loads command chroot $R redis-benchmark -q -s /tmp/redis -c 1 -n 5000 -t set,get ;;
	esac
}

# The budgets to measure it with: those where the cost that is shown is compared have both.
budgets()
{
	case $1 in
	ping-pong | epoll | redis | forks) echo 100 default ;;
	*) echo 100 ;;
	esac
}

# How often to measure it each time. perftop is one percent of a fork, and one run differs from the next by as much: so the median counts.
repeats()
{
	case $1 in
	children | forks | threads | libraries | maps) echo 7 ;;
	*) echo 1 ;;
	esac
}

# What has changed in the header from the span's beginning to its end: changes ROW
changes()
{
	awk -v row="$1" '
	function number(what,	text) {
		if (!match($0, what))
			return 0
		text = substr($0, RSTART, RLENGTH)
		match(text, "[0-9.]+")
		return substr(text, RSTART, RLENGTH) + 0
	}
	{ sign = FILENAME ~ /1$/ ? -1 : 1 }
	/^# stack cache:/ {
		n = number("[0-9]+ stacks")
		stacks += sign * n
		hits += sign * n * number("[0-9.]+ % unchanged") / 100
	}
	/^# own cost:/ { each = number("[0-9]+ ticks a switch") }
	/^# switches:/ {
		cost += sign * each * number("switches: *[0-9]+")
		missed += sign * number("missed [0-9]+")
		untracked += sign * number("untracked [0-9]+")
	}
	/^#   evicted:/ { evicted += sign * number("evicted: *[0-9]+") }
	/^# memory:/ { memory = number("[0-9]+ bytes") }
	END {
		printf "%s|stacks|%.0f\n%s|hits|%.0f\n%s|cost|%.0f\n", row, stacks, row, hits, row, cost
		printf "%s|untracked|%.0f\n%s|evicted|%.0f\n%s|memory|%.0f\n", row, untracked, row, evicted, row, memory
		if (missed)
			printf "%s|why|missed %.0f switches\n", row, missed
	}' /tmp/head.1 /tmp/head.2
}

# measure CONFIGURATION WORKLOAD
measure()
{
	row="$1 $2"
	rm -f /tmp/head.*
	# shellcheck disable=SC2046 # a list of words
	if ! said=$($(command_of "$2") 2>/tmp/why); then
		say "$row" why "$2: $(tail -n1 /tmp/why)"
		return
	fi
	# shellcheck disable=SC2086 # four numbers
	set -- $said
	say "$row" ticks "$1"
	say "$row" switches "$2"
	say "$row" tasks "$3"
	# Of 10 ms each. Time without instructions flies, and would look like them; one of several CPUs may be idle.
	[ "$NCPU" -gt 1 ] || [ $(($4 * 10000000)) -le $(($1 / 50)) ] || say "$row" why "nothing ran for $4 of $(($1 / 10000000)) hundredths of a second"
	[ ! -e /tmp/head.2 ] || changes "$row"
}

# measures CONFIGURATION WORKLOAD: as often as it takes
measures()
{
	for _ in $(seq "$(repeats "$2")"); do
		measure "$1" "$2"
	done
}

# with_tables WORKLOAD: loads unwind tables of what it runs, if it's to have some
with_tables()
{
	SERVE=
	case ${TABLES:+1}$1 in
	1* | frames*) ;;
	*) return ;;
	esac
	perftop unwind --serve &
	SERVE=$!
	# Each time a walk ends further out.
	for _ in 1 2 3; do
		$(command_of "$1") >/dev/null 2>&1
		sleep 2
	done
}

# with_perftop WORKLOAD HOOK BUDGET
with_perftop()
{
	budget=$3
	[ "$budget" != default ] || budget=
	if ! insmod "$KO" hook="$2" stacks=both ${budget:+budget=$budget} 2>/tmp/why; then
		say "$2 budget=$3 $1" why "insmod: $(tail -n1 /tmp/why)"
		return
	fi
	# The tables and the store are as full then as after hours, of programs that ended a while ago.
	for _ in $(seq "$((${BEFORE:-0}))"); do
		$(command_of "$1") >/dev/null 2>&1
		sleep 1
	done
	with_tables "$1"
	measures "$2 budget=$3" "$1"
	[ -z "$SERVE" ] || kill "$SERVE"
	rmmod perftop
}

# beside NAME COMMAND...: all workloads, with a tool of the disk
beside()
{
	name=$1
	shift
	rm -f $R/tmp/stop
	mkfifo $R/tmp/stop
	chroot $R bench hold /tmp/stop "$@" >/dev/null 2>$R/tmp/err &
	settle
	if ! kill -0 $! 2>/dev/null; then
		say "$name" why "it ended: $(tail -n1 $R/tmp/err)"
		return
	fi
	for workload in $BESIDE; do
		measures "$name" "$workload"
	done
	echo stop >$R/tmp/stop
	wait $!
	rm -f $R/tmp/data
}

# What the disk's workloads want.
served()
{
	cat >$R/tmp/threads.py <<-END
	import queue, threading
	there, back = queue.Queue(1), queue.Queue(1)
	def echo():
	    while (item := there.get()) is not None:
	        back.put(item + 1)
	def count(n):
	    with lock:
	        total[0] += n
	lock, total = threading.Lock(), [0]
	other = threading.Thread(target=echo)
	other.start()
	for i in range(4000):
	    there.put(i)
	    count(back.get())
	there.put(None)
	other.join()
	END
	chroot $R redis-server --port 0 --unixsocket /tmp/redis --save '' --daemonize yes >/dev/null
	until [ -e $R/tmp/redis ]; do
		sleep 1
	done
}

if [ -e /dev/vda ]; then
	with_disk
	served
fi
for _ in $(seq "$TIMES"); do
	for workload in $MIX; do
		measures bare "$workload"
		for hook in $HOOKS; do
			for budget in $(budgets "$workload"); do
				with_perftop "$workload" "$hook" "$budget"
			done
		done
	done
done
for tool in $TOOLS; do
	case $tool in
	bcc) beside 'bcc offcputime -K' offcputime-bpfcc -K ;;
	perf) beside 'perf record -a -g' perf record -a -g -e sched:sched_switch -o /tmp/data ;;
	esac
done
