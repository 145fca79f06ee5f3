# shellcheck shell=dash disable=SC1091,SC2154
# After an orderly reboot, on a machine that takes only signed modules and that trusts
# the key that DKMS has signed with. The power fails while perftop is loaded.
. /run/t/stages.sh

is 'the kernel enforces signatures' "$(cat /sys/module/module/parameters/sig_enforce)" Y
is 'it is enabled' "$(unit is-enabled)" enabled
ko=$(modinfo -n perftop)
if [ "$SIGNS" = dkms ]; then
	live 'it was loaded at boot' "$REAL"
	like 'it is signed' "$(modinfo -F sig_id perftop)" PKCS
	check 'stop' unit stop
	cp "$ko" /root/
	cp "/root/perftop-test/unsigned-$KV.ko" "${ko%.ko*}.ko"
	[ "${ko%.ko}" != "$ko" ] || rm "$ko"
	depmod
	journal_mark
fi

# This suite's DKMS may be too old to sign; then it wasn't loaded at boot.
is 'it is not signed' "$(modinfo -F sig_id perftop)" ''
[ "$SIGNS" = hand ] || fails '... and refused' unit start
journal_says 'one line says why it was refused' 'Key was rejected by service'
gone 'it is not loaded'
unit reset-failed

if [ "$SIGNS" = dkms ]; then
	rm "${ko%.ko*}.ko"
	mv "/root/${ko##*/}" "$ko"
	depmod
else
	# Nor does this suite's kernel get to know the firmware's keys ("Error reading db var
	# attributes"), so whatever is signed is refused. What comes next is as if it had run.
	mkdir -p /var/lib/perftop
	cat /proc/sys/kernel/random/boot_id >/var/lib/perftop/loaded
	sync
	touch /run/t/keep
	finish
fi
check 'start of a signed one' unit start
live 'it is loaded' "$REAL"

touch /run/t/keep
finish
