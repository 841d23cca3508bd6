#!/bin/bash
# The series for Xen 4.20 applies, each commit builds, the library has the symbols of its map, and a
# program runs with it. If the archive does not deliver the source, the new files are compiled and
# linked with the headers and the library of Xen 4.20's packages, which is less: the hunks are not
# checked.
set -eu
# shellcheck source=tests/host/series-xen.inc
. "$(dirname "$0")/series-xen.inc"

if source_of 4.20; then
	"$series" check --xen 4.20 --source "$source"
	exit
fi

# The new files are the same for all versions of Xen, and so is the map.
root=$("$lab" root --arch x86_64 --xen 4.20)
tree=$("$series" tree --xen 4.17 --dir "$out/tree")
gnttab=$tree/tools/libs/gnttab libraries=$root/usr/lib/x86_64-linux-gnu
mkdir -p "$out/include/xen/sys"
cp "$tree"/tools/include/xengnttab_dmabuf*.h "$out/include"
cp "$tree/tools/include/xen-sys/Linux/gntdev_dmabuf.h" "$out/include/xen/sys"
compile() { "$lab" cc --arch x86_64 --xen 4.20 -O2 -Wall -Werror -I"$out/include" "$@"; }

for file in "$gnttab"/dmabuf_*.c; do
	case $file in
	*_unimp.c) continue ;;
	esac
	compile -std=gnu99 -Wmissing-prototypes -Wdeclaration-after-statement -c "$file" \
		-o "$out/$(basename "$file").o"
done
compile -std=c99 -static -no-pie "$repo/tools/series/xen-client.c" "$out"/*.o \
	"$libraries"/libxen{gnttab,toollog,toolcore}.a -o "$out/client"
"$out/client"
diff <(nm -D --defined-only "$libraries/libxengnttab.so.1" |
	sed -nE 's/.* T (.*)@@(.*)/\2 \1/p' | sort) \
	<(awk '/^VERS_/ { node = $1 }
	       node != "VERS_1.3" && /xen[a-z_]*;/ { sub(";", ""); print node, $1 }' \
		"$gnttab/libxengnttab.map" | sort) || {
	echo "the package has other symbols (<) than the map without its new node (>)"
	exit 1
}
skip 'the archive has no source of Xen 4.20; checked with the headers and library of its packages'
