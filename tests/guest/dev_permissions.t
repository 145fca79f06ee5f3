# SPDX-License-Identifier: GPL-2.0-only
# timeout: 60
# Who may read, and what a hostile name can do: nothing.
. /t/lib.sh

E=/proc/perftop_events

ptop_load top=1000
for file in $P $S $L $E; do
	is "$file: mode, owner and group by default" "$(stat -c '%a %u %g' $file)" "666 0 0"
	is "$file: root reads" "$(privread $file)" OK
	is "$file: nobody doesn't" "$(privread -u 65534 -g 65534 $file)" EACCES
	is "$file: nobody doesn't write" "$(privread -w -u 65534 -g 65534 $file)" EACCES
	# Fails if: gid=0 is a group, or an open for neither is nobody's business.
	is "$file: nor in root's group" "$(privread -u 65534 -g 0 $file)" EACCES
	is "$file: nor for ioctl() alone" "$(privread -n -u 65534 -g 65534 $file)" EACCES
done
ptop_unload

ptop_load mode=0440 gid=1234 top=1000
for file in $P $S $L $E; do
	is "$file: mode=0440 gid=1234" "$(stat -c '%a %u %g' $file)" "440 0 1234"
	is "$file: a member reads" "$(privread -u 65534 -g 1234 $file)" OK
	is "$file: a member doesn't write" "$(privread -w -u 65534 -g 1234 $file)" EACCES
	is "$file: another doesn't read" "$(privread -u 65534 -g 1235 $file)" EACCES
done

start evilcomm
evil=$PID
sleep 0.5
take
take_lat
stop_all
true_that "there are names" "$(grep -c . $T/out.$evil) == 16"
while read -r pid name; do
	set -- $(sum schedtop $T/now.s $pid "$name") 0 0
	true_that "schedtop shows '$name'" "$2 > 0"
	set -- $(sum perftop $T/now.p $pid "$name") 0 0
	true_that "perftop shows '$name'" "$2 > 0"
	set -- $(sum lattop $T/now.l $pid "$name") 0 0
	true_that "lattop shows '$name'" "$2 > 0"
done <$T/out.$evil
for file in $T/now.p $T/now.s $T/now.l; do
	is "nothing but printable bytes" "$(tr -d '\n\040-\176' <$file | wc -c)" 0
	is "no raw kernel address" "$(grep -icE 'ffff[0-9a-f]{8}' $file)" 0
done
# rows as flat knows them, and lines that begin with a number
is "names don't make rows of perftop" "$(grep -cE '^ *[0-9]+ ' $T/now.p)" "$(flat $T/now.p | grep -cE '^[0-9]+\|[0-9a-f]{8}\|[0-9]+\|[0-9.]+\|[0-9.]+\|[0-9]+\|[0-9]+\|[0-9]+\|(-|[0-9]+\+?)\|')"
is "ranks are 1, 2, 3..." "$(flat $T/now.p | awk -F'|' '$1 != NR' | grep -c .)" 0
is "names don't make rows of schedtop" "$(sched_flat $T/now.s | grep -cvE '^[0-9]+\|[0-9]+\|[0-9]+\|[0-9.]+\|[0-9]+\|[0-9]+\|')" 0
is "names don't make rows of lattop" "$(grep -cE '^ *[0-9]+ ' $T/now.l)" "$(lat_flat $T/now.l | grep -cE '^[0-9]+\|[0-9]+\|[0-9]+\|[0-9]+\|[0-9.]+\|[0-9]+\|')"
is "... ranks are 1, 2, 3..." "$(lat_flat $T/now.l | awk -F'|' '$1 != NR' | grep -c .)" 0
is "no name has a ;" "$(cat $T/now.p $T/now.s $T/now.l | grep -c 'semi;colon')" 0
finish
