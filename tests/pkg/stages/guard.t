# shellcheck shell=dash disable=SC1091,SC2154
# The boots that tests/pkg/guard has, one after the other on one disk; STEP is which.
. /run/t/stages.sh

MARK=/var/lib/perftop/loaded
GUARD=/etc/perftop/guard.conf
BOOT_ID=$(cat /proc/sys/kernel/random/boot_id)
early() { sed -n 's/^early //p' $MARK; }
failed() { systemctl --failed --no-legend --plain | cut -d' ' -f1; }
records() { find /sys/fs/pstore /var/lib/systemd/pstore -name 'dmesg-*' -exec grep -l "$1" {} +; }

# end HOW: as the driver ends it, with perftop loaded
end()
{
	touch /run/t/keep
	echo "$1" >/run/t/end
}

# loaded EARLY: by the boot, as the Nth
loaded()
{
	live 'it was loaded at boot' "$REAL"
	journal_says '... which is all the journal says' "^loaded perftop $REAL\$"
	is '... the mark is that of this boot' "$(sed -n 1p $MARK)" "$BOOT_ID"
	is '... and machine' "$(sed -n 's/^machine //p' $MARK)" "$(cat /etc/machine-id)"
	is '... if that ends now, so many have ended early' "$(early)" "$1"
	is 'no unit has failed' "$(failed)" ''
}

# refused REGEX
refused()
{
	gone 'it was not loaded at boot'
	journal_says 'one line says why, and how to forgive it' "^not loaded: crash guard: .*$1.*systemctl start perftop"
	is 'systemctl --failed has it' "$(failed)" perftop.service
	if command -v perftop >/dev/null; then
		fails 'doctor finds it' perftop doctor
		says '... and says why' "^WRONG +crash guard +not loaded at boot: .*$1"
	fi
}

case $STEP in
first)
	check 'enable' unit enable
	check 'start' unit start
	live 'it counts' "$REAL"
	is 'the mark is that of this boot' "$(sed -n 1p $MARK)" "$BOOT_ID"
	is '... only root may read it' "$(stat -c '%U %a' $MARK)" 'root 600'
	is '... it has the machine' "$(sed -n 's/^machine //p' $MARK)" "$(cat /etc/machine-id)"
	is '... and would be the first that ends early' "$(early)" 1
	check 'a timer waits for that to be over' systemctl -q is-active perftop-lasted.timer
	is '... without a process' "$(systemctl is-active perftop-lasted.service)" inactive
	check 'systemd-analyze verify' systemd-analyze --man=no verify perftop.service perftop-lasted.timer
	is '... says nothing about it' "$(grep perftop "$OUT")" ''
	check 'stop' unit stop
	check '... takes the mark away' test ! -e $MARK
	is '... and the timer' "$(systemctl is-active perftop-lasted.timer)" inactive
	check 'start' unit start
	is '... and it is the first again' "$(early)" 1
	check 'restart' unit restart
	is '... too' "$(early)" 1
	end panic
	;;
panicked)
	# Fails if: what is loaded when another panics is taken for its reason.
	check 'there is a record of the panic' test -n "$(records 'sysrq triggered crash')"
	check '... which mentions perftop' test -n "$(records 'perftop: ')"
	loaded 2
	end cut
	;;
cut)
	loaded 3
	check 'the timer waits' systemctl -q is-active perftop-lasted.timer
	# A stop in between forgives nothing.
	check 'a load that is stopped soon' unit stop
	is '... leaves what earlier boots count for' "$(sed -n 1p $MARK) $(early)" "stop $BOOT_ID 2"
	check '... until somebody loads it by hand' unit start
	is '... which forgives' "$(early)" 1
	# As it was.
	sed -i 's/^early .*/early 3/' $MARK
	sync
	end force
	;;
third)
	refused '3 boots in a row ended without a shutdown'
	check 'start by hand' unit start
	live 'it counts' "$REAL"
	is 'that forgives' "$(early) $(grep -c ^refused $MARK)" '1 0'
	is '... and no unit has failed any more' "$(failed)" ''

	# ---- what lasts
	mkdir -p /run/systemd/system/perftop-lasted.timer.d
	printf '[Timer]\nOnActiveSec=\nOnActiveSec=1s\nAccuracySec=1ms\n' >/run/systemd/system/perftop-lasted.timer.d/short.conf
	systemctl daemon-reload
	sed -i 's/^early .*/early 3/' $MARK
	check 'the timer, which has a second to wait' systemctl restart perftop-lasted.timer
	lasted() { [ "$(early)" = 0 ]; }
	check '... clears the count' within 120 lasted
	is '... and keeps the rest' "$(sed -n 1,2p $MARK | xargs)" "$BOOT_ID machine $(cat /etc/machine-id)"
	idle() { [ "$(systemctl is-active perftop-lasted.timer perftop-lasted.service | sort -u)" = inactive ]; }
	check '... and neither it nor its service go on' within 60 idle
	rm -r /run/systemd/system/perftop-lasted.timer.d
	systemctl daemon-reload

	# ---- a disk that can't be written
	check 'stop' unit stop
	rmdir /var/lib/perftop
	check 'start makes its folder' unit start
	check '... with a mark' test -s $MARK
	check 'stop' unit stop
	for how in ro nr_inodes=1; do
		mount -t tmpfs -o mode=700,$how none /var/lib/perftop
		journal_mark
		check "with $how start by hand loads it" unit start
		journal_says '... and says that there is no guard' "^loaded perftop $REAL; the crash guard can't write $MARK \\((Read-only|No space)"
		live '... and it counts' "$REAL"
		check '... and stops' unit stop
		umount /var/lib/perftop
	done

	# ---- evidence only
	mkdir -p ${GUARD%/*}
	echo CRASH_GUARD=panic >$GUARD
	check 'start with CRASH_GUARD=panic' unit start
	is '... counts nothing' "$(early)" 0
	is '... and needs no timer' "$(systemctl is-active perftop-lasted.timer)" inactive
	end crash
	;;
evidence)
	refused 'the kernel.s trace names perftop \((/var/lib/systemd|/sys/fs)/pstore/'
	check 'there is a record of the crash' test -n "$(records 'test wants it')"

	# The kernel's command line forbids it, too.
	before=$(cat $MARK)
	journal_mark
	fails 'start by hand' unit start
	journal_says '... says which word of the command line is against it' 'forbidden by module_blacklist=perftop on the kernel.s command line'
	is '... and what is not loaded forgives nothing' "$(cat $MARK)" "$before"
	if command -v perftop >/dev/null; then
		fails 'doctor finds it' perftop doctor
		says '... and says which' '^WRONG +switched off +module_blacklist=perftop is on the'
	fi
	echo CRASH_GUARD=off >$GUARD
	echo reboot >/run/t/end
	;;
off)
	live 'CRASH_GUARD=off: it was loaded at boot' "$REAL"
	is '... and left no mark' "$(ls $MARK 2>&1)" "ls: cannot access '$MARK': No such file or directory"
	is 'no unit has failed' "$(failed)" ''
	echo CRASH_GUARD=most >$GUARD
	journal_mark
	check 'restart' unit restart
	journal >"$OUT"
	says 'a value that there is none is told' 'guard.conf: accepted are CRASH_GUARD=off, panic and any, not CRASH_GUARD=most' 1
	is '... and it is any' "$(early)" 1
	check 'what was there of crashes does not count' grep -q '^seen ' $MARK
	# The next machine has this disk, and another id.
	sed 's/./0/' /etc/machine-id | tr 0-9 1-90 >/run/t/id
	cat /run/t/id >/etc/machine-id
	sync
	end crash
	;;
cloned)
	is 'another machine' "$(cat /etc/machine-id)" "$(journalctl -q -b -o json -n 1 | sed -n 's/.*"_MACHINE_ID" *: *"\([^"]*\)".*/\1/p')"
	check '... that finds two crashes, one of them new' test "$(records 'test wants it' | wc -l)" -ge 2
	live 'it was loaded at boot' "$REAL"
	is 'it is the first that may end early' "$(early)" 1
	rm $GUARD
	sync
	end cut
	;;
# Fails if: fewer than three power cuts in a row are enough, or more are needed.
cut-once)
	loaded 2
	end cut
	;;
cut-twice)
	loaded 3
	end cut
	;;
cut-thrice)
	refused '3 boots in a row ended without a shutdown'
	;;
esac
finish
