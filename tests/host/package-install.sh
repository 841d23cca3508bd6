#!/bin/bash
# limit: 800
# long
# `make install` installs the library and the command on a machine that has their dependencies, so
# that a client is compiled by pkg-config alone. `make uninstall` removes all that it installed.
set -eu
. "$(dirname "$0")/package.inc"
. tools/package/tree.sh

copy_tree "$root" "$work/source"

cat >"$work/in-debian" <<'END'
. /mnt/in-debian.inc
cd source
make -s native
everything ! -type d >/tmp/before
make -s install
cc -Wall -Werror ../program.c -o /tmp/program $(pkg-config --cflags --libs libgnttab-dmabuf)
ldd /tmp/program | grep /usr/local/lib/libgnttab-dmabuf.so.1
/tmp/program
xen-dmabuf --version
make -s uninstall | grep -c removed
everything ! -type d | diff /tmp/before - || { echo "make uninstall leaves files"; exit 1; }

make -s install DESTDIR=there PREFIX=/opt/x LIBDIR=/opt/x/lib64
find there ! -type d | grep -v man3 | sort
make -s uninstall DESTDIR=there PREFIX=/opt/x LIBDIR=/opt/x/lib64 >/dev/null
[ -z "$(find there ! -type d)" ] || { echo "make uninstall leaves files"; exit 1; }

# A library that is missing is named, before anything is compiled.
make -s install PKG_CONFIG=false 2>&1 | grep 'apt-get install'
END
in_build_tree "$root" "$work" sh /mnt/in-debian
