# A whole Debian system to install in, to look at and to boot. Sourced by bash, after
# paths.sh and lib.sh. "system SUITE" is first; it needs a mount namespace of its own.
# shellcheck shell=bash
# shellcheck disable=SC2034,SC2154 # variables of those who source it

. "$TOP/tests/vm/qemu.sh"

# What the tests bring along; DKMS finds the modules of old and new there (tests/pkg/retree).
FIX=/root/perftop-test

# Run the script itself in a namespace whose mounts end with it.
own_namespace()
{
	[ "$(id -u)" -eq 0 ] || die "installing packages needs root"
	[ -n "${PERFTOP_NAMESPACE-}" ] || PERFTOP_NAMESPACE=1 exec unshare --mount "$0" "$@"
	unset PERFTOP_NAMESPACE
}

# system SUITE: sets ENTRY (tests/pkg/root), ROOT, KERNELS (versions, oldest first) and
# TMP. Nothing that is done in ROOT changes ENTRY.
system()
{
	ENTRY=$("$TOP/tests/pkg/root" "$1")
	exec 7<"$ENTRY"		# tests/pkg/root doesn't delete it meanwhile
	flock -s 7
	TMP=$(mktemp -d)
	ROOT=$TMP/root
	trap 'system_end' EXIT
	mapfile -t KERNELS < <(cut -d' ' -f2 "$ENTRY/kernels")
	mkdir -p "$ROOT" "$TMP/upper" "$TMP/work"
	mount -t overlay -o "lowerdir=$ENTRY/root,upperdir=$TMP/upper,workdir=$TMP/work" overlay "$ROOT"
	system_mounts
	mkdir -p "$ROOT$FIX"
	# No service is started in a chroot.
	printf '#!/bin/sh\nexit 101\n' >"$ROOT/usr/sbin/policy-rc.d"
	chmod +x "$ROOT/usr/sbin/policy-rc.d"
}

# DKMS 3.2 leaves a "sleep 3" of its progress behind, which keeps mounts busy: lazily, then. The namespace
# is ours alone.
system_end()
{
	umount --recursive "$ROOT" 2>/dev/null || umount --recursive --lazy "$ROOT" || :
	rm -rf --one-file-system "$TMP"
}

# system_mounts: what programs expect in a root
system_mounts()
{
	mount -t proc proc "$ROOT/proc"
	mount -t tmpfs -o mode=755 dev "$ROOT/dev"
	cp -a /dev/{null,zero,full,random,urandom,tty} "$ROOT/dev/"
	ln -s /proc/self/fd "$ROOT/dev/fd"
	ln -s pts/ptmx "$ROOT/dev/ptmx"
	mkdir "$ROOT/dev/pts" "$ROOT/dev/shm"
	mount -t devpts -o newinstance,ptmxmode=666 devpts "$ROOT/dev/pts"
}

# The version of each package: REAL, OLD, NEW, BAD; and PKGS, where they are.
packages()
{
	local name version
	PKGS=$("$TOP/tests/pkg/packages")
	while read -r name version; do
		declare -g "${name^^}=$version"
	done <"$PKGS/versions"
}

in_root()
{
	env -i PATH=/usr/sbin:/usr/bin:/sbin:/bin HOME=/root LC_ALL=C DEBIAN_FRONTEND=noninteractive PYTHONDONTWRITEBYTECODE=1 \
		chroot "$ROOT" "$@"
}

# apt ARGS...: in the root. What packages depend on is there, so it needs no mirror.
apt()
{
	in_root apt-get -q -y --no-install-recommends --allow-downgrades "$@"
}

# status VERSION KERNEL: what DKMS says of it; both forms, of 2.8 and of 3.0, as one word
status()
{
	in_root dkms status -m perftop -v "$1" -k "$2" 2>/dev/null | sed -n 's/^perftop.*: *\([a-z]*\).*/\1/p'
}

# module KERNEL: the path of its module, in the root; nothing if there's none
module()
{
	(cd "$ROOT" && find "lib/modules/$1/" -name 'perftop.ko*' -printf '/%p\n')
}

# built VERSION KERNEL: DKMS has installed it, the file is of that version and kernel
built()
{
	local f s
	f=$(module "$2")
	s=$(status "$1" "$2")
	[ "$s" = installed ] || { echo "dkms status: '$s'"; in_root dkms status; return 1; }
	[ "$(wc -w <<<"$f")" -eq 1 ] || { echo "not one module of kernel $2: '$f'"; return 1; }
	[ "$(in_root modinfo -F version "$f")" = "$1" ] && [[ $(in_root modinfo -F vermagic "$f") == "$2 "* ]] || {
		in_root modinfo "$f"
		return 1
	}
}

# only VERSION: no other is known to DKMS or has sources
only()
{
	local all
	all=$({
		in_root dkms status -m perftop | sed -E 's|^perftop[/, ]+([0-9.]+).*|\1|'
		cd "$ROOT" && ls -d usr/src/perftop-* var/lib/dkms/perftop/[0-9]* 2>/dev/null | sed 's|.*[/-]||'
	} | sort -u | xargs)
	[ "$all" = "$1" ] || { echo "'$all'"; return 1; }
}

# left: files that are there and were not, or were and are not, since the root was new.
# But: what dpkg, apt, rpm and DKMS keep for themselves (DKMS its signing key), and who
# had the group.
left()
{
	(cd "$TMP/upper" && find . -mindepth 1 -printf '%y %P\n') |
	while read -r type f; do
		[ "$type" = c ] && [ ! -e "$ENTRY/root/$f" ] && continue
		[ "$type" = c ] && { echo "deleted: $f"; continue; }
		[ -e "$ENTRY/root/$f" ] || [ -L "$ENTRY/root/$f" ] || echo "$f"
	done | grep -vE '^(deleted: lib/modules/[^/]*/build$|var/lib/(dpkg|apt|rpm|systemd/deb-systemd-helper-enabled$)|var/cache/|var/log/|tmp/|run/|dev/|proc/|root/|var/lib/dkms/(mok\.(key|pub)|dkms_dbversion)$|usr/sbin/policy-rc\.d|usr/lib/python3/dist-packages/__pycache__|etc/g?(group|shadow)-?$|etc/\.pwd\.lock)' || :
}

# built_everywhere WHEN VERSION: for all kernels, and no other version
built_everywhere()
{
	local k
	for k in "${KERNELS[@]}"; do
		check "$1: $2 is built for $k" built "$2" "$k"
	done
	check "$1: no other version is left" only "$2"
}

# regex TEXT: for a regular expression
regex()
{
	sed 's/[.+]/\\&/g' <<<"$1"
}

# one_kernel: from now on only the newest has headers
one_kernel()
{
	local k
	for k in "${KERNELS[@]:0:${#KERNELS[@]}-1}"; do
		rm "$ROOT/lib/modules/$k/build"
	done
	KERNELS=("${KERNELS[-1]}")
}

# says_failed KERNEL: one line of $OUT does
says_failed()
{
	says "one line says that the build for $1 failed" "not built for kernel $(regex "$1"): the build failed: " 1
	is "... and no module of another version is left" "$(module "$1")" ''
}

# What old and new will "build": the module that is there for each kernel.
fixtures()
{
	local k version
	for k in "${KERNELS[@]}"; do
		for version in "$OLD" "$NEW"; do
			fixture "$version" "$k" "$ROOT$(module "$k")" || die "$k: no module of $version"
		done
	done
}

# reversion FILE VERSION: the same module of another version of the same length, unsigned
reversion()
{
	OLD=$(modinfo -F version "$1") NEW=$2 perl -0777 -pi -e '
		length($ENV{OLD}) == length($ENV{NEW}) or die "versions $ENV{OLD} and $ENV{NEW} are not as long\n";
		s/(\0|\0version=)\Q$ENV{OLD}\E\0/$1$ENV{NEW}\0/g' "$1" &&
	strip -g "$1" &&
	[ "$(modinfo -F version "$1")" = "$2" ]
}

# unpack FILE.ko[.*] TO
unpack()
{
	case $1 in
	*.xz) xz -dc "$1" ;;
	*.zst) zstd -dqc "$1" ;;
	*) cat "$1" ;;
	esac >"$2"
}

# fixture VERSION KERNEL FILE: what DKMS will find for a version, made of the module FILE
fixture()
{
	local ko=$ROOT$FIX/$1/$2.ko
	mkdir -p "${ko%/*}"
	unpack "$3" "$ko"
	reversion "$ko" "$1"
}

# image: ROOT as it is now, to boot from, without compilers and headers.
image()
{
	mksquashfs "$ROOT" "$TMP/image" -comp zstd -Xcompression-level 1 -noappend -no-xattrs -no-progress -quiet -wildcards \
		-e 'proc/*' 'dev/*' 'run/*' 'tmp/*' 'var/cache/apt/*' 'var/lib/apt/*' usr/sbin/policy-rc.d \
		'usr/lib/gcc/*' 'usr/include/*' 'usr/src/linux-headers-*/include/*' 'usr/src/linux-headers-*/arch' \
		boot >&2
	# What boots change is kept for the next one.
	truncate -s 512M "$TMP/disk"
	mke2fs -q -t ext4 "$TMP/disk"
}

# initramfs KERNEL: what gets it from the image's start to systemd
initramfs()
{
	local dir=$TMP/initramfs-$1 f n=100
	[ ! -d "$dir" ] || return 0
	mkdir -p "$dir"/{bin,k,t}
	cp "$(command -v busybox)" "$dir/bin/busybox"
	ln -s busybox "$dir/bin/sh"
	cp "$TOP/tests/pkg/init" "$dir/init"
	# What isn't there is built in.
	for f in virtio_pci virtio_blk squashfs overlay crc32c_generic ext4; do
		modprobe -d "$ENTRY/root" -S "$1" --show-depends "$f" 2>/dev/null || :
	done | sed -n 's/^insmod \([^ ]*\).*/\1/p' | awk '!seen[$0]++' >"$dir.list"
	while read -r f; do
		n=$((n + 1))
		unpack "$f" "$dir/k/$n.ko"
	done <"$dir.list"
}

# boot NAME KERNEL APPEND STAGE...: a test: it boots and runs tests/pkg/stages/STAGE.t, with
# what is in the array BOOT_ARGS for QEMU. What is true of the system is told to them in
# the file $TMP/env. BOOT_END is what the console says after the last stage, if the machine
# is to be reset then (see tests/pkg/driver).
BOOT_END=
boot()
{
	local log=$BUILD/logs/pkg-$1 name=$1 kernel=$2 append=$3 limit=300 dir qemu args clock status=0 t
	shift 3
	qemu=$("$TOP/tests/vm/qemu") || { not_ok "boot: $name" <<<"no QEMU"; return; }
	dir=$TMP/initramfs-$kernel
	initramfs "$kernel"
	rm -f "$dir/t"/*
	cp "$TOP"/tests/pkg/{driver,lib.sh,stages.sh} "$TMP/env" "$dir/t/"
	for t; do
		cp "$TOP/tests/pkg/stages/$t.t" "$dir/t/"
		echo "$t.t 1200" >>"$dir/t/stages"
		limit=$((limit + 1200))
	done
	(cd "$dir" && find . -print0 | LC_ALL=C sort -z |
		busybox cpio -0 -o -H newc -R 0:0 2>/dev/null) >"$TMP/initrd"
	args=(-M q35 -smp 1 -m 1024)
	guest_accel single qemu64,-svm
	clock=$(guest_clock "$(sed -n 's/^CONFIG_HZ=//p' "$ENTRY/root/boot/config-$kernel")")
	mkdir -p "$BUILD/logs"
	guest_boot "$log" "$limit" "$clock mitigations=off audit=0 selinux=0 apparmor=0 systemd.show_status=0 \
systemd.mask=getty.target systemd.mask=systemd-logind.service systemd.mask=timers.target systemd.condition-needs-update=no $append" \
		"${args[@]}" "${BOOT_ARGS[@]}" -kernel "$ENTRY/root/boot/vmlinuz-$kernel" -initrd "$TMP/initrd" \
		-drive "if=virtio,format=raw,readonly=on,file=$TMP/image" -drive "if=virtio,format=raw,file=$TMP/disk" || status=$?
	if [ -n "$BOOT_END" ] && [ $status -eq 0 ] && sed '1,/perftop-test: end/d' "$log.con" | grep -qE "$BOOT_END"; then
		cp "$log.con" "$log.end"
		sed -i '/perftop-test: end/q' "$log.con"
		status=1
	fi
	if "$TOP/tests/vm/verdict" "$log" "$status" "$limit" "${@/%/.t}" >"$TMP/verdict"; then
		sed 's/^/    /' "$TMP/verdict"
		ok "boot: $name ($kernel)"
	else
		sed 's/^/    /' "$TMP/verdict"
		COUNT=$((COUNT + 1)) FAILED=$((FAILED + 1))
		echo "not ok $COUNT - boot: $name ($kernel)"
	fi
}
