# shellcheck shell=dash disable=SC1091,SC2154
# perftop.disable is on the kernel's command line, and perftop is enabled. The package
# is removed while somebody reads.
. /run/t/stages.sh

gone 'it is not loaded at boot'
is 'it is enabled' "$(unit is-enabled)" enabled
journal_says 'the journal says why' 'perftop\.disable'
is 'the system is not degraded by it' "$(systemctl --failed --no-legend --plain)" ''
journal_mark
fails 'start by hand is refused, too' unit start
journal_says '... and says why' 'perftop\.disable'
gone 'it is not loaded'

check 'it is loaded all the same' insmod "/root/perftop-test/$NEW/$KV.ko"
hold /proc/perftop
package 'remove while somebody reads' -r perftop-dkms
says '... says that it is still loaded' 'still loaded' 1
is '... which is so' "$(version)" "$NEW"
let_go
check '... and it goes with the reader' rmmod perftop
gone 'nothing is left of it'
is 'no unit is left' "$(systemctl list-unit-files --no-legend perftop.service | grep -v masked)" ''
finish
