# SPDX-License-Identifier: GPL-2.0-only
# timeout: 90
# Threads that all sleep at one place, and are one row: of four times as many the view takes about four times as long.
. /t/lib.sh

ptop_load max_threads=8192 sum=process
few=$(crowd 400 $L)
echo reset >$P
many=$(crowd 1600 $L)
echo "# 400 threads: $few ns, 1600: $many ns"
# Fails if: what was put together already is compared again with all that follow.
true_that "four times as many threads take no more than six times as long ($few, $many ns)" "$few > 0 && $many > 0 && $many < 6 * $few"
finish
