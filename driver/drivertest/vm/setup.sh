#!/bin/sh
# setup.sh: fetch what the tests in a virtual machine need, on Debian or Ubuntu.
#
# QEMU comes from the system's packages (installed if we may), the kernel is
# Debian's generic one, downloaded and unpacked but not installed: about 75 MB,
# once, into ${XDG_CACHE_HOME:-~/.cache}/tillgate-e2e.
set -eu
dir=${TILLGATE_E2E_DIR:-${XDG_CACHE_HOME:-$HOME/.cache}/tillgate-e2e}

missing=
command -v qemu-system-x86_64 >/dev/null || missing="$missing qemu-system-x86"
command -v xz >/dev/null || missing="$missing xz-utils"
[ -x /sbin/mke2fs ] || missing="$missing e2fsprogs"
if [ -n "$missing" ]; then
	if [ "$(id -u)" = 0 ]; then
		apt-get update -qq
		apt-get install -qqy --no-install-recommends $missing
	else
		echo "setup.sh: please install:$missing" >&2
		exit 1
	fi
fi

[ -s "$dir/vmlinux" ] && [ -s "$dir/vmlinuz" ] && [ -d "$dir/modules/fs/ext4" ] && [ -d "$dir/modules/drivers/media" ] && exit 0
mkdir -p "$dir"
work=$(mktemp -d "$dir/new.XXXXXX")
trap 'rm -rf "$work"' EXIT
cd "$work"
kernel=$(apt-cache depends linux-image-amd64 | sed -n 's/.*Depends: \(linux-image-.*-amd64\)$/\1/p' | head -n 1)
[ -n "$kernel" ] || { echo "setup.sh: apt knows no package linux-image-amd64: run apt-get update" >&2; exit 1; }
apt-get download -q "$kernel"
dpkg-deb --fsys-tarfile "$kernel"_*.deb | tar x --wildcards './boot/vmlinuz-*' \
	'./lib/modules/*/kernel/drivers/usb' './lib/modules/*/kernel/drivers/hid' './lib/modules/*/kernel/drivers/input' \
	'./lib/modules/*/kernel/drivers/media/common' './lib/modules/*/kernel/drivers/media/test-drivers/vivid' './lib/modules/*/kernel/drivers/media/v4l2-core' \
	'./lib/modules/*/kernel/drivers/media/mc' './lib/modules/*/kernel/drivers/media/cec' './lib/modules/*/kernel/drivers/media/rc/rc-core.ko' \
	'./lib/modules/*/kernel/net/9p' './lib/modules/*/kernel/fs/9p' './lib/modules/*/kernel/fs/netfs' './lib/modules/*/kernel/fs/fscache' \
	'./lib/modules/*/kernel/fs/ext4' './lib/modules/*/kernel/fs/jbd2' './lib/modules/*/kernel/fs/mbcache.ko' './lib/modules/*/kernel/lib' \
	'./lib/modules/*/kernel/crypto' './lib/modules/*/kernel/drivers/block' './lib/modules/*/kernel/drivers/virtio' './lib/modules/*/kernel/drivers/char' './lib/modules/*/kernel/drivers/leds' 2>/dev/null || true
# The kernel proper lies in vmlinuz behind its unpacker; unpacked, it starts some
# seconds sooner. The packed one is for machines that sleep (see Options.Sleeps).
at=$(LC_ALL=C grep -abo "$(printf '\375')7zXZ" boot/vmlinuz-* | head -n 1 | cut -d: -f1)
tail -c +$((at + 1)) boot/vmlinuz-* | xz -dc --single-stream >vmlinux
rm -rf "$dir/modules"
mv lib/modules/*/kernel "$dir/modules"
mv boot/vmlinuz-* "$dir/vmlinuz"
mv vmlinux "$dir/vmlinux"
