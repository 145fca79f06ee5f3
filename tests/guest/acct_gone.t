# SPDX-License-Identifier: GPL-2.0-only
# timeout: 120
# not on arm64: the workload reads the TSC
# Tables and the store full of programs that are gone, as after hours: what comes then finds room, and the largest of what is gone stays.
. /t/lib.sh

# in_span PATTERN: the header's number before PATTERN, at the beginning and the end of what the workload measures
in_span() { sed -n "s/^# stack cache:.* \([0-9.]*\)$1.*/\1/p" /tmp/head.1 /tmp/head.2 | xargs; }

ptop_load budget=100 top=1000
start spin -c 0 -s 1
SPINNER=$PID
settled_ns $SPINNER >$T/spun
stop $SPINNER
# 64 processes, each with 32 stacks.
for round in 1 2 3 4; do
	loads random 60 64 >/dev/null || bail "the workload failed"
done
take
true_that "more stacks came than there is room for" "$(header $T/now.p evicted | sed 's/.* \([0-9]*\) entries$/\1/') > 1000"
rm -f /tmp/head.*
loads random 800 64 >/dev/null || bail "the workload failed"
set -- $(in_span ' stacks:') $(in_span ' % unchanged')
hits=$(awk "BEGIN { print ($2 * $4 - $1 * $3) / ($2 - $1) }")
# Fails if: entries are evicted by their time alone.
true_that "stacks that take turns are in the stack cache: $hits %" "$hits > 80"
take
# Fails if: the entries of gone programs go whatever their time.
is "the one that had most is still there" "$(flat $T/now.p | awk -F'|' -v p=$SPINNER '$8 == p { print "yes"; exit }')" yes
check_accounting "at last"
finish
