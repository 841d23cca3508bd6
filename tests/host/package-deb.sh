#!/bin/bash
# limit: 1000
# long
# `make deb` makes packages that install on Debian 13 with what they depend on. There a client is
# compiled by pkg-config alone, and the command runs. When they are purged, no file of theirs stays.
set -eu
. "$(dirname "$0")/package.inc"

make -s deb BUILD="$work" | sed 's,.*/,,'

cat >"$work/in-debian" <<'END'
. /mnt/in-debian.inc
everything >/tmp/before
quiet apt-get update
quiet apt-get install -y --no-install-recommends ./deb/libgnttab-dmabuf1_*.deb \
	./deb/libgnttab-dmabuf-dev_*.deb ./deb/xen-dmabuf_*.deb ./deb/displd_*.deb
dpkg --verify libgnttab-dmabuf1 libgnttab-dmabuf-dev xen-dmabuf displd

version=$(dpkg-query -W -f '${Version}' xen-dmabuf)
[ "$(xen-dmabuf --version)" = "xen-dmabuf $version" ] || { echo "wrong version"; exit 1; }
xen-dmabuf --help | grep share
displd --help | grep wayland
grep ExecStart=/usr/sbin/displd /usr/lib/systemd/system/displd.service
[ ! -e /etc/systemd/system/multi-user.target.wants/displd.service ]
bash -c '. /usr/share/bash-completion/completions/xen-dmabuf
	COMP_WORDS=(xen-dmabuf sh) COMP_CWORD=1
	_xen_dmabuf
	[ "${COMPREPLY[*]}" = share ]' || { echo "no completion"; exit 1; }
for page in man1/xen-dmabuf.1 man8/displd.8 man3/xengnttab_dmabuf_export.3 man7/xengnttab_dmabuf.7; do
	gzip -t "/usr/share/man/$page.gz"
done

cc -Wall -Werror program.c -o /tmp/program $(pkg-config --cflags --libs libgnttab-dmabuf)
ldd /tmp/program | grep libgnttab-dmabuf.so.1
/tmp/program

quiet apt-get purge -y --autoremove libgnttab-dmabuf1 libgnttab-dmabuf-dev xen-dmabuf displd
everything >/tmp/after
diff /tmp/before /tmp/after || { echo "the packages leave files"; exit 1; }
echo "nothing is left"
END
"$lab" debian --packages "gcc libc6-dev pkgconf" --share "$work" sh /mnt/in-debian
