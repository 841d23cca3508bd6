#!/bin/bash
# limit: 1500
# long
# The package of the module builds for the kernel of Debian 13, without a warning, and modprobe
# prefers the result to Debian's own module. When it is purged, nothing of it stays. Debian's kernel
# with this module shares a file between Dom0 and a guest, in both directions.
set -eu
. "$(dirname "$0")/package.inc"
[ "$(dpkg --print-architecture)" = amd64 ] || skip "the module is for amd64"

make -s deb BUILD="$work" >/dev/null

cat >"$work/in-debian" <<'END'
. /mnt/in-debian.inc
kernel=$(ls /lib/modules)
everything >/tmp/before
quiet apt-get update
quiet apt-get install -y --no-install-recommends ./deb/gntdev-dmabuf-dkms_*.deb
dkms status
module=$(modinfo -k "$kernel" -n xen-gntdev)
echo "$module"
case $module in
*/updates/dkms/*) ;;
*) echo "modprobe takes Debian's module"; exit 1 ;;
esac
if grep -i warning /var/lib/dkms/gntdev-dmabuf/*/"$kernel"/*/log/make.log; then exit 1; fi

# What boots: Debian's kernel, and its modules for Xen, for a modprobe that knows no compression.
cp "/boot/vmlinuz-$kernel" kernel
modules=modules/lib/modules/$kernel
mkdir -p "$modules"
cp -r "/lib/modules/$kernel/kernel/drivers/xen" "/lib/modules/$kernel/updates" \
	/lib/modules/"$kernel"/modules.builtin* "/lib/modules/$kernel/modules.order" "$modules"
find modules -name '*.xz' -exec xz -d {} +
depmod -b modules "$kernel"

quiet apt-get purge -y gntdev-dmabuf-dkms
everything | diff /tmp/before - || { echo "the package leaves files"; exit 1; }
echo "nothing is left"
END

"$lab" debian --share "$work" \
	--packages "dkms kmod xz-utils linux-image-amd64 linux-headers-amd64" sh /mnt/in-debian

cat >"$work/in-dom0" <<'END'
xen-dmabuf receive --domain "$DOMU_ID" file --output - --timeout 100 >/tmp/file && md5sum </tmp/file
xen-dmabuf share --domain "$DOMU_ID" --file /tmp/file --name file --timeout 100
[ -e '/sys/class/misc/xen!gntdev/dmabuf' ] && uname -r
END
cat >"$work/in-domu" <<'END'
mkdir /tmp/shared
head -c 1234567 /dev/urandom >/tmp/shared/file
xen-dmabuf share --domain 0 --file /tmp/shared/file --name file --timeout 200
md5sum </tmp/shared/file
for second in $(seq 100); do
	xen-dmabuf receive --domain 0 file --output - >/tmp/file 2>/dev/null && break
	sleep 1
done
md5sum </tmp/file
END
make -s command ARCH=x86_64 >"$work/make" 2>&1 || { cat "$work/make"; exit 1; }
"$lab" exec --arch x86_64 --limit 400 --kernel "$work/kernel" --modules "$work/modules" \
	--wait-domu --add build/xen-dmabuf-x86_64/xen-dmabuf --add "$work/in-dom0:/opt/lab/in-dom0" \
	--add "$work/in-domu:/opt/lab/in-domu" --log "$work/log" \
	--in-dom0 'sh /opt/lab/in-dom0' --in-domu 'sh /opt/lab/in-domu' >"$work/out" 2>&1 || {
	cat "$work/out"
	exit 1
}
sed -n '/^dom[0u]| /p' "$work/out"
sums=$(sed -nE 's/^dom[0u]\| ([0-9a-f]{32}) .*/\1/p' "$work/out")
if [ "$(wc -l <<<"$sums")" -ne 3 ] || [ "$(sort -u <<<"$sums" | wc -l)" -ne 1 ]; then
	echo "what is received is not what was shared"
	exit 1
fi
grep -q 'dom0| .*-amd64$' "$work/out" || { echo "the module of the package is not in use"; exit 1; }
