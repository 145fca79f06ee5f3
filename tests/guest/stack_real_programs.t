# SPDX-License-Identifier: GPL-2.0-only
# timeout: 300
# needs: stress-ng hackbench make tcc dash bash
# Stacks of a mix of real programs: what the cache says of each is what unwinding it says. Five repeats are a million.
. /t/lib.sh

WANTED=$(share 200000)
# With PREEMPT there are more places where one is preempted; and of a thread that does so on its way out nothing is remembered.
CACHED=95 EXACT=0.001
case $(uname -v) in *' PREEMPT '* | *' PREEMPT_RT '*) CACHED=85 EXACT=0.003 ;; esac

switches() { number $P switches; }
# Threads and processes that were made, ever
forked() { sed -n 's/^processes //p' /proc/stat; }

# part NAME LEAST COMMAND...: it runs, and has so many switches at least
part() {
	local name=$1 least=$2 before=$(switches) began=$(uptime_s) had
	shift 2
	check "$name" "$@"
	had=$(($(switches) - before))
	echo "# $name: $had switches in $(awk "BEGIN { print $(uptime_s) - $began }") s"
	true_that "$name: at least $least switches" "$had >= $least"
}

# stress SECONDS STRESSOR...: 3 is the status if one hadn't begun yet when the time was over.
stress() { stress-ng -q --no-rand-seed -t "$@" || [ $? = 3 ]; }

# A program of a dozen files; each step is a shell, a pipe and a compiler.
project() {
	mkdir $T/project
	for i in 0 1 2 3 4 5 6 7 8 9 10 11; do
		printf '#include <stdio.h>\n#include <stdlib.h>\n#include <string.h>\nint f%d(const char *s) { return printf("%%s\\n", s) + %d; }\n' \
			$i $i >$T/project/f$i.c
	done
	printf 'int f0(const char *s);\nint main(void) { return f0("it works") != 9; }\n' >$T/project/main.c
	cat >$T/project/Makefile <<-'END'
	.RECIPEPREFIX = >
	SHELL = /bin/dash
	OBJ = $(patsubst %.c,%.o,$(wildcard *.c))
	prog: $(OBJ)
	>tcc -o $@ $^
	%.o: %.c
	>echo CC $<; dash -c 'echo $$$$' | cat >$@.pid; tcc -c -o $@ $<
	clean:
	>rm -f *.o *.pid prog
	END
}
build() { make -C $T/project clean && make -C $T/project -j3 && $T/project/prog; }

# Everything at once. All of it ends by itself; what fails is in $T/failed.
together() {
	rm -f $T/failed
	{ stress 4 --mutex 3 --switch 1 --futex 1 --fork 1 || echo stress-ng; } >>$T/failed &
	{ hackbench -p -T -g 1 -l 900 >$T/hackbench || echo hackbench; } >>$T/failed &
	{ build >$T/build || echo make; } >>$T/failed &
	for each in futex signal fault exec die; do
		{ mix $each 3 >$T/mix.$each || echo mix $each; } >>$T/failed &
	done
	wait
	[ ! -s $T/failed ] || { cat $T/failed; return 1; }
}

# A budget that nothing exceeds: every stack is taken.
ptop_load top=1000 verify_stacks=1 budget=100
forks=$(forked)
project

# Our own: a program's rarer ways to sleep
part "threads that wait on a futex" 1000 mix futex 2
part "signals that interrupt sleeps" 200 mix signal 2
part "page faults that sleep" 200 mix fault 2
part "exec in threads" 200 mix exec 2
part "tasks that die and come again" 200 mix die 2
# Debian's: libraries, no frame pointers
part "stress-ng: schedpolicy" 50 stress 2 --schedpolicy 2
part "stress-ng: futex" 300 stress 2 --futex 2
part "stress-ng: switch" 1000 stress 2 --switch 2
part "stress-ng: fork" 100 stress 2 --fork 2
part "make -j3" 200 build
part "bash: loops and pipes" 100 bash -c 'for i in {1..60}; do echo $i | { read -r word; }; done'
part "hackbench: threads, pipes" 5000 hackbench -p -T -g 1 -l 300
part "hackbench: processes, sockets" 2000 hackbench -g 1 -l 100

# No more than the limit of this test allows.
rounds=0
limit=$(awk "BEGIN { print int($(uptime_s)) + 480 * $REPEAT }")
: >$T/rounds
before=$(switches) began=$(uptime_s)
while
	cat $P >$T/now.p
	[ "$(verified $T/now.p)" -lt $WANTED ] && [ "$(cut -d. -f1 /proc/uptime)" -lt $limit ]
do
	together >>$T/rounds
	rounds=$((rounds + 1))
done
echo "# all at once, $rounds times: $(($(switches) - before)) switches in $(awk "BEGIN { print $(uptime_s) - $began }") s"
is "all at once: each of them worked" "$(cat $T/rounds)" ""

take
for key in switches 'stack cache' verified 'own cost' table; do
	echo "# $key: $(header $T/now.p "$key")"
done
true_that "$WANTED switches were recorded" "$(number $T/now.p switches) >= $WANTED"
true_that "$WANTED stacks were verified" "$(verified $T/now.p) >= $WANTED"
near "... all that the cache answered" $(verified $T/now.p) $(awk "BEGIN { print $(stacks_taken $T/now.p) * $(hit_rate $T/now.p) / 100 }") $EXACT
is "... and none was another" "$(disagreements $T/now.p)" 0
true_that "... nor did more than 1 in 100,000 change between two looks" "$(unstable $T/now.p) <= $(verified $T/now.p) / 100000"
# These programs, and their libraries, keep no frame pointers; but posix_spawn() runs a function that has one right where a thread starts: after
# the call is "mov %rax,%rdi; mov $60,%eax", to exit. Fails if: a frame pointer of zero ends a stack wherever it's found.
starts_thread() {
	[ "$(dd if="${1%+*}" bs=1 skip=$((${1##*+})) count=8 2>/dev/null | hexdump -ve '1/1 "%02x"')" = 4889c7b83c000000 ]
}
flat $T/now.p | awk -F'|' '$11 ~ /^(stress-ng|hackbench|tcc|dash|bash)/ && $10 ~ /(^|;)u / { print $11 "|" $10 }' >$T/stacks
true_that "there are stacks of programs without frame pointers" "$(grep -c . $T/stacks) > 100"
grep -Ev 'u \[(truncated|not captured[^;]*|unknown)\][^;]*$' $T/stacks >$T/whole
sed 's/.*;u //' $T/whole | sort -u | while read -r last; do
	starts_thread "$last" || grep -F ";u $last" $T/whole
done >$T/unmarked
echo "# $(grep -c . $T/whole) of $(grep -c . $T/stacks) end where a thread starts"
is "... each is marked as truncated, or ends where a thread starts" "$(cat $T/unmarked)" ""
true_that "... also those of bash" "$(grep -c '^bash|' $T/stacks) > 0"
# The first one of a new thread may be; how many there are of these is the host's matter.
new=$(($(forked) - forks))
true_that "at least $CACHED % of the stacks aren't unwound, but for those of $new new threads" \
	"$(stacks_taken $T/now.p) * $(hit_rate $T/now.p) / 100 + $new >= $(stacks_taken $T/now.p) * $CACHED / 100"
is "every stack was taken" "$(own_cost $T/now.p | cut -d' ' -f4)" 0
check "the accounting balances" accounting_balances $T/now.p $T/now.s
like "no switch was missed" "$(header $T/now.p switches)" '^[0-9]+, missed 0, '
# Complaints of the kernel itself fail each test, see tests/vm/verdict.
is "the module has nothing to say" "$(dmesg_since | grep '^perftop: ' | grep -vE ': (loading out-of-tree module|module verification failed)')" ""
ptop_unload
finish
