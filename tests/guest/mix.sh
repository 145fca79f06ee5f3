# SPDX-License-Identifier: GPL-2.0-only
# The workloads of make bench BENCH=mix that need no disk, for tests that source it after lib.sh.

MIX='ping-pong random paths4 paths8 paths64 paths1000 pairs about ring800 ring1500 condvar threads forks preempt epoll'

# mix_piece WORKLOAD STACKS: as much of it as takes about so many stacks; some take more to begin with
mix_piece() {
	case $1 in
	ping-pong) loads switch $(($2 * 2 / 5)) ;;
	random) loads random $(($2 / 80 + 1)) 64 ;;
	paths[0-9]*) loads paths $(($2 * 2 / 5)) ${1#paths} ;;
	pairs | about) loads $1 $(($2 * 2 / 5)) 6 ;;
	ring[0-9]*) loads ring $(($2 / ${1#ring} + 1)) ${1#ring} ;;
	condvar) condvar $(($2 * 2 / 5)) ;;
	threads) loads threads $(($2 / 5 + 1)) ;;
	forks) loads forks $(($2 / 5 + 1)) ;;
	# At the 20 us of the benchmark nothing else would run where each stack is unwound.
	preempt) loads preempt $(($2 / 2000 + 4)) 200 ;;
	epoll) loads epoll $(($2 * 2 / 5)) 16 ;;
	*) echo "no workload $1" >&2; return 1 ;;
	esac
}
