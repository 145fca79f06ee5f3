# shellcheck shell=dash disable=SC1091,SC2154
# The boot after the power failed with perftop loaded and enabled, which is no reason to
# refuse it (guard.t has those); and upgrades while it runs.
. /run/t/stages.sh

live 'it was loaded at boot' "$REAL"
journal_says 'the journal says so' "^loaded perftop $REAL\$"
is 'it is enabled' "$(unit is-enabled)" enabled
is 'no unit has failed' "$(systemctl --failed --no-legend --plain)" ''

# Other kernels have no headers now: each build takes its time here, and all of them
# were seen in the chroot.
for k in /lib/modules/*; do
	[ "${k##*/}" = "$KV" ] || rm "$k/build"
done
unit disable
package 'upgrade while it runs' -i /root/perftop-test/new.deb
live 'the new version runs' "$NEW"
check '... by the unit' unit is-active
is '... which is not enabled by that' "$(unit is-enabled)" disabled
check 'DKMS has nothing else' test -d "/var/lib/dkms/perftop/$NEW" -a ! -e "/var/lib/dkms/perftop/$REAL"

from=$(ticks)
unit enable
package 'upgrade to a version that does not build' -i /root/perftop-test/bad.deb
says '... says that the build failed' "not built for kernel $KV_RE: the build failed: " 1
says '... and that the old one keeps running' "$NEW keeps running" 1
live 'the old one runs' "$NEW"
check '... with its counters' more_than "$from"
check '... by the unit' unit is-active
is '... which is as enabled as it was' "$(unit is-enabled)" enabled
configure 'top=9'
journal_mark
check 'reload, without a file that says what there is' unit reload
journal_says '... sets what is configured, and nothing else' '^applied: top=9$'

touch /run/t/keep
finish
