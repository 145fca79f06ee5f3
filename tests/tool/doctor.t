#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-only
# perftop doctor on machines that are folders: one where all is well, and each thing that can be wrong.
set -euo pipefail
. "$(dirname "$0")/tap.sh"

KERNEL=6.12.99-test
KO=updates/dkms/perftop.ko

# A file that modinfo takes for a module: module_file FIELD=VALUE...
module_file()
{
	printf '%s\0' "$@" >"$T/modinfo"
	: | gcc -c -x c - -o "$T/empty.o"
	objcopy --add-section .modinfo="$T/modinfo" "$T/empty.o" "$R/lib/modules/$KERNEL/$KO"
}

# What kmod looks for at the end of a signed file: a signature without content, whose signer's name is "key".
sign() { cp "$R/lib/modules/$KERNEL/$KO" "$T/ko" && cat "$T/ko" "$T/signature" >"$R/lib/modules/$KERNEL/$KO"; }

put()
{
	mkdir -p "$R/$(dirname "$1")"
	echo "$2" >"$R/$1"
}

# A machine where all is well: in $R
machine()
{
	R=$T/root
	rm -rf "$R"
	mkdir -p "$R/lib/modules/$KERNEL/updates/dkms" "$R/dev"
	put proc/sys/kernel/osrelease $KERNEL
	put proc/sys/kernel/modules_disabled 0
	put proc/sys/kernel/random/boot_id this-boot
	put proc/cmdline 'root=/dev/sda1 quiet'
	put proc/self/mountinfo '31 22 0:28 / /sys/fs/cgroup rw - cgroup2 cgroup2 rw'
	put proc/kallsyms "$(printf '%s\n' '0000000000000000 t finish_task_switch.isra.0' '0000000000000000 D __tracepoint_sched_switch')"
	put sys/module/perftop/version 1.2.3
	put sys/module/perftop/parameters/hook kprobe
	put sys/module/module/parameters/sig_enforce N
	put sys/kernel/security/lockdown '[none] integrity confidentiality'
	put "lib/modules/$KERNEL/build/Makefile" ''
	put "lib/modules/$KERNEL/modules.dep" "$KO:"
	put usr/lib/perftop/dkms ''
	put etc/group "$(printf '%s\n' 'root:x:0:' 'perftop:x:4711:')"
	module_file version=1.2.3 "vermagic=$KERNEL SMP preempt mod_unload"
	mknod -m 640 "$R/dev/perftop" c 10 260
	chgrp 4711 "$R/dev/perftop"
}

# ... but perftop isn't loaded
unloaded() { machine; rm -r "$R/sys/module/perftop" "$R/dev/perftop"; }

# says NAME STATUS REGEX [REGEX]: doctor's exit status, a line of it, and a line of what to do
says()
{
	local status=0 said
	said=$("$PERFTOP" doctor --root="$R" 2>&1) || status=$?
	if [ $status -ne "$2" ]; then
		not_ok "$1" <<<"status $status; $said"
	elif ! grep -Eq -- "$3" <<<"$said"; then
		not_ok "$1" < <(printf 'wanted: %s\ngot:\n%s\n' "$3" "$said")
	elif [ $# -gt 3 ] && ! grep -Eq -- "^ +do: +$4" <<<"$said"; then
		not_ok "$1" < <(printf 'wanted to do: %s\ngot:\n%s\n' "$4" "$said")
	elif [ "$2" -ne 0 ] && [ "$(grep -c ^WRONG <<<"$said")" -ne "${WRONG:-1}" ]; then
		not_ok "$1: nothing else is wrong" <<<"$said"
	else
		ok "$1"
	fi
}

machine
says 'all is well' 0 '^All is well'
says '... of this version' 0 '^ok +module +version 1\.2\.3 is built for this kernel'

# As README.md's "make load" has it: no package, no rule for the device, and root reads it. Fails if: what works is called wrong.
rm -r "$R/usr/lib/perftop" "$R/lib/modules/$KERNEL/$KO"
: >"$R/lib/modules/$KERNEL/modules.dep"
chgrp 0 "$R/dev/perftop"
says 'loaded from the sources' 0 '^It works'
says '... the module' 0 '^note +module +none is built .* loaded by hand' 'install the package perftop-dkms'
says '... the device' 0 '^note +device .*group root, not to perftop; you may read it' 'udevadm'
chmod 755 "$T" "$T/root"
said=$(setpriv --reuid=65534 --regid=65534 --clear-groups "$PERFTOP" doctor --root="$R") && status=0 || status=$?
is '... and for a user who may not read it: the status' $status 1
like '... is told why' "$said" '^WRONG +device .*group root, not to perftop$'
# What only the next load minds.
for what in proc/cmdline:perftop.disable etc/perftop/disabled: 'proc/cmdline:module_blacklist=perftop' \
	'etc/modprobe.d/x.conf:blacklist perftop' 'var/lib/perftop/loaded:another-boot\nrefused it crashed'; do
	machine; put "${what%%:*}" "$(printf '%b' "${what#*:}")"
	says "loaded all the same, with $what" 0 '^note +(switched off|crash guard) '
done
machine; put sys/module/module/parameters/sig_enforce Y
says 'loaded, and what is installed has no signature' 0 '^note +signature .*module\.sig_enforce'
machine; rm -r "$R/lib/modules/$KERNEL/build"; : >"$R/lib/modules/$KERNEL/modules.dep"
says 'loaded, and modprobe does not know what is installed' 0 '^note +module .*modprobe'
machine; put sys/module/perftop/version 1.2.2
says 'loaded, in another version than what is installed' 0 '^note +loaded .*1\.2\.2 is loaded, but 1\.2\.3' 'systemctl restart'
machine; put proc/kallsyms '0000000000000000 t other'
says 'loaded, and the hook has another name' 0 '^note +hook .*finish_task_switch'

for other in finish_task_switch finish_task_switch.constprop.0 finish_task_switch.isra.0.constprop.0; do
	machine; put proc/kallsyms "0000000000000000 T $other"
	says "the hook is $other" 0 "^ok +hook +kprobe $other"
done

# ---- the build

unloaded; rm "$R/lib/modules/$KERNEL/$KO"; : >"$R/lib/modules/$KERNEL/modules.dep"
WRONG=2 says 'no module: what DKMS says' 1 '^WRONG +module +none is built' "/usr/lib/perftop/dkms update"
# What packaging/dkms notes. Fails if: the reason isn't told, or not what to do.
put "var/lib/perftop/not-built-$KERNEL" "$(printf '%s\n' 'the build failed: gcc-99: not found (/a.log)' 'mend that')"
WRONG=2 says 'no module, as the build failed' 1 '^WRONG +module +none is built for this kernel: the build failed: gcc-99: not found \(/a\.log\)$' 'mend that$'
put "var/lib/perftop/not-built-$KERNEL" "$(printf '%s\n' 'perftop 1.2.3 is tested on Linux 5.10 to 6.11, and not tried on others' 'boot one')"
WRONG=2 says 'no module, as the kernel is too new' 1 '^WRONG +module .*: perftop 1\.2\.3 is tested on Linux 5\.10 to 6\.11, and not tried on others$' 'boot one$'
put "var/lib/perftop/not-built-$KERNEL" 'half a note'
WRONG=2 says 'no module, and a note that was cut off' 1 '^WRONG +module .*: half a note$' '/usr/lib/perftop/dkms update$'
rm -r "$R/usr/lib/perftop" "$R/var/lib/perftop"
WRONG=2 says 'no module, as nothing is installed' 1 '^WRONG +module ' 'install the package perftop-dkms'
rm -r "$R/lib/modules/$KERNEL/build"
WRONG=3 says 'no headers' 1 '^WRONG +headers' "/usr/lib/perftop/dkms headers $KERNEL, .*names their package"
machine; rm -r "$R/lib/modules/$KERNEL/build"
says 'no headers, but a module' 0 '^ok +headers .*not needed'
unloaded; : >"$R/lib/modules/$KERNEL/modules.dep"
WRONG=2 says 'a module that modprobe does not know' 1 '^WRONG +module .*modprobe' "depmod $KERNEL"
unloaded; module_file version=1.2.3 'vermagic=6.1.0-other SMP'
WRONG=2 says 'a module for another kernel' 1 '^WRONG +module .*built for the kernel 6\.1\.0-other' '/usr/lib/perftop/dkms update'
unloaded; rm "$R/lib/modules/$KERNEL/$KO"
WRONG=2 says 'a module that is indexed, but gone' 1 '^WRONG +module .*No such file' '/usr/lib/perftop/dkms update'

# ---- signature

unloaded; put sys/module/module/parameters/sig_enforce Y
WRONG=2 says 'no signature, where one is enforced' 1 '^WRONG +signature .*module\.sig_enforce' '.*SECURE BOOT'
unloaded; put sys/kernel/security/lockdown 'none [integrity] confidentiality'
WRONG=2 says 'no signature, where the kernel is locked down' 1 '^WRONG +signature .*locked down' '.*SECURE BOOT'
machine; mkdir -p "$R/sys/firmware/efi/efivars"
printf '\x06\0\0\0\x01' >"$R/sys/firmware/efi/efivars/SecureBoot-8be4df61-93ca-11d2-aa0d-00e098032b8c"
says 'Secure Boot is seen' 0 'Secure Boot is on'
# As the kernel's sign-file does it, with a key of our own.
openssl req -new -x509 -newkey rsa:2048 -nodes -keyout "$T/key" -out "$T/cert" -subj '/CN=A key of mine/' -days 2 2>"$T/openssl"
machine; put sys/module/module/parameters/sig_enforce Y
openssl smime -sign -binary -noattr -in "$R/lib/modules/$KERNEL/$KO" -signer "$T/cert" -inkey "$T/key" -outform DER -md sha256 -nocerts >"$T/pkcs7"
size=$(stat -c %s "$T/pkcs7")
{
	cat "$T/pkcs7"
	printf '\0\0\x02\0\0\0\0\0\0\0'
	# shellcheck disable=SC2059 # it makes the bytes of the size
	printf "$(printf '\\x%02x\\x%02x' $((size >> 8)) $((size & 255)))"
	echo '~Module signature appended~'
} >"$T/signature"
sign
says 'a signature, and it is loaded: so the key is trusted' 0 '^ok +signature +by "A key of mine"'
rm -r "$R/sys/module/perftop" "$R/dev/perftop"
says 'a signature, but nobody knows whether the key is trusted' 1 '^\? +signature +by "A key of mine".*trusts' '.*mokutil --test-key'

# ---- switches

unloaded; put proc/cmdline 'quiet perftop.disable'
WRONG=2 says 'perftop.disable' 1 '^WRONG +switched off +perftop.disable' 'take it out'
machine; put proc/cmdline 'quiet notperftop.disable perftop.disabled=1'
says 'words like it' 0 '^ok +switches'
unloaded; put etc/perftop/disabled ''
WRONG=2 says '/etc/perftop/disabled' 1 '^WRONG +switched off .*/etc/perftop/disabled' 'rm /etc/perftop/disabled'
machine; put proc/sys/kernel/modules_disabled 1
says 'modules_disabled after it was loaded' 0 '^All is well'
rm -r "$R/sys/module/perftop" "$R/dev/perftop"
WRONG=2 says 'modules_disabled before that' 1 '^WRONG +switched off +kernel.modules_disabled'
put etc/sysctl.d/80-lock.conf "$(printf '# locked\n kernel/modules_disabled=1')"
WRONG=2 says '... and which file sets it' 1 'the next boot; /etc/sysctl\.d/80-lock\.conf:2: kernel/modules_disabled=1$'

# Whoever forbids it is named. Fails if: modprobe.d isn't looked at, or a word that is another's is taken for ours.
for word in module_blacklist=perftop modprobe.blacklist=a,perftop,b; do
	unloaded; put proc/cmdline "quiet $word ro"
	WRONG=2 says "$word" 1 "^WRONG +switched off +$word is on the kernel's command line" 'take perftop out'
done
for line in 'install perftop /bin/false' 'blacklist perftop' 'alias perf* off' 'install *top /bin/true'; do
	unloaded; put usr/lib/modprobe.d/fleet.conf "$(printf '# fleet\\\nstill\n\n%s' "$line")"
	WRONG=2 says "modprobe.d: $line" 1 "^WRONG +switched off +/usr/lib/modprobe\.d/fleet\.conf:4: ${line//\*/\\*}\$" 'see why'
	put etc/modprobe.d/fleet.conf ''
	says '... in a file that another one hides' 1 '^ok +switches'
done
machine; put proc/cmdline 'module_blacklist=perftop2,xperftop blacklist=perftop'
put etc/modprobe.d/other.conf "$(printf '%s\n' '#install perftop /bin/false' 'blacklist perftop2' 'alias perftop-2 off' \
	'install perftop modprobe --ignore-install perftop && logger it is' 'options perftop top=3')"
says 'words and lines like these' 0 '^ok +switches'

mark='another-boot\nmachine m\nearly 3\nseen 1-2'
unloaded; put var/lib/perftop/loaded "$(printf '%b\nrefused 3 boots in a row' "$mark")"
WRONG=2 says 'the crash guard has refused' 1 '^WRONG +crash guard +not loaded at boot: 3 boots in a row$' 'systemctl start perftop'
put etc/perftop/guard.conf "$(printf '# mine\n CRASH_GUARD="off" ')"
says '... and is off since' 1 '^ok +crash guard +is off'
machine; put etc/perftop/guard.conf CRASH_GUARD=of
says 'a mode that there is none' 0 '^note +crash guard +.*guard\.conf: accepted are' 'mend'
put etc/perftop/guard.conf "$(printf 'CRASH_GUARD=off\nNOTHING=1')"
says '... nor a line' 0 '^note +crash guard'
for mode in any panic; do
	put etc/perftop/guard.conf "CRASH_GUARD=$mode"
	says "$mode is one" 0 '^ok +switches'
done
machine; put var/lib/perftop/loaded "$(printf '%b' "$mark")"
says 'a mark that nothing came of' 0 '^ok +switches'

# Fails if: what it could not see is taken for what is not there.
chmod 600 "$R/var/lib/perftop/loaded"
chmod 711 "$T"
# Where everybody may come.
cp "$PERFTOP" "$T/perftop"
unseen=$(setpriv --reuid=65534 --regid=65534 --clear-groups "$T/perftop" doctor --root="$R" 2>&1) || :
like 'whoever may not read the mark is told so' "$unseen" '^\? +crash guard +only root'
is '... and nothing else of it' "$(grep -c '^ok *switches' <<<"$unseen")" 0

# ---- the hook

unloaded; put proc/kallsyms "$(printf '%s\n' '0000000000000000 T finish_task_switch_other' '0 t finish_task_switch	[mod]')"
WRONG=2 says 'no function to hook' 1 '^WRONG +hook .*finish_task_switch' '.*hook=tracepoint'
put etc/modprobe.d/perftop.conf 'options perftop top=30 hook=tracepoint'
put proc/kallsyms '0000000000000000 D __tracepoint_sched_switch'
says 'a tracepoint by the configuration' 1 '^ok +hook +tracepoint sched_switch'
machine; put sys/kernel/debug/kprobes/enabled 0
says 'kprobes are switched off' 1 '^WRONG +hook +kprobes' 'echo 1'
machine; put proc/sys/kernel/ftrace_enabled 0
says 'ftrace is switched off' 1 '^WRONG +hook .*ftrace_enabled' 'sysctl'
put sys/module/perftop/parameters/hook tracepoint
says '... which a tracepoint does not mind' 0 '^ok +hook +tracepoint'

# ---- loaded, device

unloaded
says 'not loaded' 1 '^WRONG +loaded ' 'systemctl start perftop'
machine; rm "$R/dev/perftop"
says 'no device' 1 '^WRONG +device .*there is no' '.*devtmpfs'
machine; rm "$R/dev/perftop"; : >"$R/dev/perftop"
says 'a file in its place' 1 '^WRONG +device .*not a device' 'remove it'
machine; chmod 644 "$R/dev/perftop"
says 'everybody may try' 0 '^note +device .*everybody' '.*0640'
machine; chmod 755 "$T" "$T/root"
status=0
said=$(setpriv --reuid=12345 --regid=12345 --clear-groups "$PERFTOP" doctor --root="$R") || status=$?
is 'not a member: the status' $status 1
like '... is told how to become one' "$said" '^ +do: +become a member: usermod -aG perftop'
said=$(setpriv --reuid=12345 --regid=12345 --groups=4711 "$PERFTOP" doctor --root="$R") || said="failed: $said"
like 'a member may read it' "$said" '^All is well'
rm -r "$R"; mkdir "$R"
status=0
said=$("$PERFTOP" doctor --root="$R" 2>&1) || status=$?
is 'an empty machine: the status' $status 1
unlike '... is no reason to complain of errors' "$said" '^perftop:'

# ---- cgroups

V1='32 31 0:29 / /sys/fs/cgroup/cpu rw - cgroup cgroup rw,cpu'
V2='33 31 0:30 / /sys/fs/cgroup/unified rw - cgroup2 cgroup2 rw'
machine
says 'cgroup v2' 0 '^ok +cgroups +v2$'
put proc/self/mountinfo "$(printf '%s\n' "$V1" "$V2")"
says 'v1 and v2' 0 '^ok +cgroups .*hybrid'
put proc/self/mountinfo "$V1"
says 'cgroup v1 alone' 0 '^note +cgroups +only v1 is in use' '.*unified_cgroup_hierarchy'
put proc/self/mountinfo '22 1 8:1 / / rw - ext4 /dev/sda1 rw'
says 'no cgroups' 0 '^note +cgroups +none are mounted' 'mount -t cgroup2'
rm "$R/proc/self/mountinfo"
says 'no /proc/self/mountinfo' 0 '^\? +cgroups'

# What the device says: a file in its place, in a namespace where the module is loaded.
python3 - "$TOP/tests/tool" "$T" <<'END'
import sys
sys.path.insert(0, sys.argv[1])
from snapshot import CGROUPS, Snapshot
for name, flags in ('followed', CGROUPS), ('unfollowed', 0):
    open('%s/%s' % (sys.argv[2], name), 'wb').write(Snapshot(flags=0x6c | flags).bytes())
END
cat >"$T/loaded" <<'END'
mount -t tmpfs none /sys/module
mkdir /sys/module/perftop
echo 1.2.3 >/sys/module/perftop/version
mount -t tmpfs none /dev
cp "$1" /dev/perftop
exec "$2" doctor
END
loaded() { unshare -m bash "$T/loaded" "$T/$1" "$PERFTOP" || :; }
like 'a module that does not follow cgroups' "$(loaded unfollowed)" '^note +cgroups +not followed'
unlike '... and one that does' "$(loaded followed)" '^note +cgroups +not followed'

# User stacks. Fails if: the service is advised where it runs or most stacks are whole, or isn't where it would help.
python3 - "$TOP/tests/tool" "$T" <<'END'
import sys
sys.path.insert(0, sys.argv[1])
from snapshot import CGROUPS, USER_CUT, Snapshot
def make(name, cut, flags=0x6c, **how):
    s = Snapshot(flags=flags | CGROUPS)
    if how:
        s.user_stacks(**how)
    s.cpu(elapsed=1000)
    u = s.user(s.object(b'/bin/program'), 1)
    s.stack(cut, [], [u], flags=USER_CUT)
    s.stack(100 - cut, [], [u])
    s.stack(5000, [s.kernel(b'kthread')], tgid=0, program=0)
    open('%s/%s' % (sys.argv[2], name), 'wb').write(s.bytes())
make('early', 51, active=0)
make('whole', 50, active=0)
make('served', 90, active=1, tables=7, wanted=3)
make('off', 90, active=0, most=0)
make('kernel', 90, flags=0x2c, active=0)
make('old', 90)
END
if [ "$(uname -m)" = x86_64 ]; then
	said=$(loaded early)
	like 'most user stacks end early' "$said" '^note +user stacks +nobody loads unwind tables; 51 % of'
	like '... and what helps' "$said" '^ +do: +systemctl start perftop-unwind \(package perftop\); see perftop-unwind\(8\)$'
	like 'most do not' "$(loaded whole)" '^ok +user stacks +by frame pointers; 50 % of'
	like 'the service loads tables' "$(loaded served)" '^ok +user stacks +7 files have unwind tables, those of 3 are wanted; 90 % of'
	said=$(loaded off)
	like 'unwind_mb=0' "$said" '^note +user stacks +unwind tables are off \(unwind_mb=0\); 90 % of'
	like '... and how to turn it on' "$said" '^ +do: +"options perftop unwind_mb=32"'
fi
unlike 'no user stacks are taken' "$(loaded kernel)" 'user stacks'
unlike 'a module that does not tell' "$(loaded old)" 'user stacks'

# ---- the unit: of this machine's systemd, or what stands for it

mkdir "$T/bin"
cat >"$T/bin/systemctl" <<'END'
#!/bin/sh
echo "ActiveState=$FAKE"
echo "Result=exit-code"
END
cat >"$T/bin/journalctl" <<'END'
#!/bin/sh
echo 'loaded perftop 1.2.2'
printf 'not loaded: Key was \033rejected\n'
END
chmod +x "$T/bin"/*
unit() { PATH="$T/bin:$PATH" FAKE=$1 "$PERFTOP" doctor | grep -A1 '[^ ]  *unit  *' || :; }
like 'the unit is active' "$(unit active)" '^ok +unit +perftop\.service is active'
like 'the unit has failed: what its last line was' "$(unit failed)" '^WRONG +unit +perftop\.service has failed: not loaded: Key was \\x1brejected$'
like '... and what to do' "$(unit failed)" '^ +do: +journalctl -u perftop'
like 'the unit was never started' "$(unit inactive)" '^ok +unit .*not active'
is 'valgrind has nothing to say' "$(machine; valgrind -q --leak-check=full --errors-for-leak-kinds=definite,possible "$PERFTOP" doctor --root="$R" 2>&1 >"$T/said")" ''
tap_done
