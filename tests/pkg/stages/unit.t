# shellcheck shell=dash disable=SC1091,SC2154
# What systemctl means for perftop, what the journal says, and all that keeps it from loading.
. /run/t/stages.sh

is 'it is not enabled' "$(unit is-enabled)" disabled
gone 'it is not loaded'
is 'no unit has failed' "$(systemctl --failed --no-legend --plain)" ''
check 'systemd-analyze verify' systemd-analyze --man=no verify perftop.service
is '... says nothing about it' "$(grep perftop "$OUT")" ''

# ---- start, with the configured parameters
configure 'top=7' 'max_stacks=256 target=""'
journal_mark
check 'start' unit start
live 'it counts' "$REAL"
journal_says 'the journal has one line about it' "loaded perftop $REAL"
is 'the configured parameters are in force' "$(param top) $(param max_stacks)" '7 256'
is '... in what it shows' "$(grep -cE '^ +[0-9]+ [0-9a-f]{8} ' /proc/perftop)" 7
node() { [ "$(stat -c '%F %G %a' /dev/perftop)" = 'character special file perftop 640' ]; }
check 'udev gives /dev/perftop its group and mode' within 20 node
check '... and systemd knows it' within 20 systemctl -q is-active dev-perftop.device
if command -v perftop >/dev/null; then
	member() { setpriv --reuid=65534 --regid=perftop --clear-groups "$@"; }
	check 'a member of the group runs the tool' member perftop report --top 3
	says '... which shows what there is' "perftop $REAL"
	fails 'nobody else does' setpriv --reuid=65534 --regid=65534 --clear-groups perftop report
	says '... and is told why' 'ermission denied'
fi
# ---- perftop-unwind.service, which it wants
if command -v perftop >/dev/null; then
	/root/perftop-test/userproc &
	userproc=$!
	# frames COMMAND...: what its user stacks are, one a line
	frames() { "$@" 2>/dev/null | awk '/^ +[0-9]+ +[0-9]+ +[0-9]+ /{ if (all) print all; all = ""; is = / userproc$/ } is && $1 == "u" { all = all " " $2 } END { print all }'; }
	whole() { frames cat /proc/lattop | grep -E "$1" && ! frames cat /proc/lattop | grep -q truncated; }
	named() { frames perftop lat -t 1000 | grep -E "$1"; }
	ours='userproc\+0x[0-9a-f]+' libc='([^ ]*libc[^ ]* )+'
	check 'perftop-unwind.service runs' within 20 systemctl -q is-active perftop-unwind.service
	check "a program of \"gcc -O0\" has all functions, in /proc" within 60 whole " $libc[^ ]*$ours $libc[^ ]*$ours [^ ]*$ours [^ ]*$ours $libc[^ ]*$ours\$"
	check '... by name' within 60 named ' compare .* work loop main .* _start$'
	check '... and the tool knows the tables' sh -c 'perftop unwind --list | grep -q libc'
	kill "$userproc"
fi
check 'status' unit status
says '... says that it is active' 'Active: active'
check 'start again changes nothing' unit start
live '... and it counts on' "$REAL"

# ---- reload
from=$(ticks)
configure 'top=9' 'max_stacks=512'
journal_mark
check 'reload' unit reload
is 'what can change at run time is in force' "$(param top)" 9
is 'what cannot is not' "$(param max_stacks)" 256
journal_says 'the journal says which took effect, and which need a restart' 'top=9.*restart.*max_stacks=512'
check 'counting goes on' more_than "$from"
configure 'top=0' 'max_stacks=256'
journal_mark
fails 'a value out of range: reload fails' unit reload
is '... and changes nothing' "$(param top)" 9
journal_says '... and the journal says what is accepted' 'top.*1000'
configure 'max_stacks=512'
journal_mark
check 'a parameter that is no longer configured' unit reload
is '... has its default again' "$(param top)" 20
journal_says '... and the journal says so' 'top=20'

configure 'verify-stacks=1'
check 'a parameter with another dash' unit reload
is '... is in force' "$(param verify_stacks)" 1
configure 'verify-stacks=1' 'target=empty'
journal_mark
check 'a target that is called as the default is told' unit reload
is '... is in force' "$(param target)" empty
configure 'max_stacks=512'
check 'and neither' unit reload
is '... is not' "$(param verify_stacks) $(param target)" '0 '
# ---- restart, stop
check 'restart' unit restart
live 'it counts anew' "$REAL"
is 'all parameters are in force' "$(param top) $(param max_stacks)" '20 512'
journal_mark
check 'stop' unit stop
gone 'nothing is left of it'
check '... and no node' within 20 test ! -e /dev/perftop
fails 'it is not active' unit is-active
journal_says 'the journal has one line about it' unloaded
check 'stop again does nothing' unit stop

# ---- what keeps it from loading, by one line each
# refused NAME REGEX
refused()
{
	journal_mark
	fails "$1: start fails" unit start
	journal_says '... with one line that says why' "$2"
	gone '... and it is not loaded'
	unit reset-failed
}

mkdir -p ${DIS%/*}
touch $DIS
refused 'the kill switch' "$DIS"
rm $DIS
configure 'top=99999'
refused 'a bad parameter' 'top.*99999.*1.*1000'
configure 'tpo=1 top=99999'
refused 'a bad parameter, and one that there is none' 'top.*99999.*1.*1000'
echo another-boot >/var/lib/perftop/loaded
configure 'top=99999'
refused 'a bad parameter, after a crash' 'top.*99999.*1.*1000'
is '... which it remains' "$(cat /var/lib/perftop/loaded)" another-boot
rm /var/lib/perftop/loaded
configure
echo 'option perftop top=5' >>$CONF
journal_mark
check 'a line of the configuration that is none' unit start
journal_says '... is told' "loaded perftop $REAL.*bad line"
check '... and it stops' unit stop
sed -i '/^option /d' $CONF
# What is configured elsewhere is told with its place. Fails if: the error is modprobe's own ("Invalid argument"), or there's
# none, as modprobe was content.
forbid()
{
	printf '# by the fleet\n\n%s\n' "$1" >/etc/modprobe.d/fleet.conf
	refused "modprobe.d: $1" "forbidden by /etc/modprobe\.d/fleet\.conf:3: $2\$"
}
forbid 'install perftop /bin/false' 'install perftop /bin/false'
forbid 'install  perf*  /bin/true' 'install perf\* /bin/true'
forbid 'blacklist perftop' 'blacklist perftop'
forbid 'alias perftop off' 'alias perftop off'
printf 'options perftop \\\n target=x top=99999\n' >/etc/modprobe.d/fleet.conf
configure
refused 'a bad parameter in another file' 'top.*99999.*fleet\.conf:1'
printf 'install perftop modprobe --ignore-install perftop && true\n' >/etc/modprobe.d/fleet.conf
check 'a command that goes on to load it' unit start
live '... does so' "$REAL"
check '... and it stops' unit stop
rm /etc/modprobe.d/fleet.conf
ko=$(modinfo -n perftop)
mv "$ko" /root/
depmod
refused 'no module for this kernel' "no module is built for this kernel"
mv "/lib/modules/$KV/build" /root/
check 'nor headers' /usr/lib/perftop/dkms update
refused '... which is noted' "no module is built for this kernel: its headers are missing: .*linux-headers-$KV_RE"
mv /root/build "/lib/modules/$KV/"
mv "/root/${ko##*/}" "$ko"
depmod

# ---- a module that isn't the installed one
check 'another version is loaded by hand' insmod "/root/perftop-test/$NEW/$KV.ko"
journal_mark
fails 'start refuses it' unit start
journal_says '... and says why' "$NEW.*$REAL"
is '... and leaves it alone' "$(version)" "$NEW"
unit reset-failed
rmmod perftop

# ---- a reader that stays
check 'start' unit start
hold /proc/perftop
journal_mark
unit stop
is 'stop with a reader: it stays' "$(version)" "$REAL"
journal_says '... and the journal says why' 'open'
let_go
unit reset-failed 2>/dev/null
check 'afterwards it can be started' unit start
live '... and counts' "$REAL"
check '... and stopped' unit stop
gone 'nothing is left of it'
is 'no unit has failed' "$(systemctl --failed --no-legend --plain)" ''

# ---- an orderly end, with perftop loaded
check 'enable' unit enable
check 'start' unit start
touch /run/t/keep
echo reboot >/run/t/end
finish
