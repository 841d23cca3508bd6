#!/bin/bash
# limit: 300
# libgnttab-dmabuf builds and installs, has no global name but those of its headers, and a program
# is compiled against it by pkg-config alone. The headers can be used from C++. Each function has a
# man page.
set -eu
cd "$(dirname "$0")/../.."
lab=$PWD/tools/lab/lab
out=$(mktemp -d)
trap 'rm -rf "$out"' EXIT
root=$("$lab" root --arch x86_64 --xen "${XEN:-4.20}")
headers="xengnttab_dmabuf xengnttab_dmabuf_cache xengnttab_dmabuf_stream xengnttab_dmabuf_v2"

fail() { echo "$*"; exit 1; }

# libxengnttab as in the domains.
pkg_config()
{
	PKG_CONFIG_SYSROOT_DIR='' PKG_CONFIG_PATH="$out/root/opt/lib/pkgconfig" \
		PKG_CONFIG_LIBDIR="$root/usr/lib/x86_64-linux-gnu/pkgconfig" pkg-config "$@"
}

make -s -C tools/libgnttab-dmabuf OUT="$out/build" CC="$lab cc --xen ${XEN:-4.20}" \
	CFLAGS='-O2 -Werror' PREFIX=/opt DESTDIR="$out/root" install
find "$out/root" \( -type f -o -type l \) ! -path '*/man3/*' | sed "s,$out/root/,," | sort

# The names that the headers declare, but for the inline functions.
for header in $headers; do
	[ "$header" = xengnttab_dmabuf_v2 ] || cat "tools/libgnttab-dmabuf/include/$header.h"
done | tr '\n' ' ' | sed 's,/\*[^*]*\**\([^/*][^*]*\*\**\)*/, ,g' |
	grep -o '\bxengnttab_dmabuf_[a-z_]*(' | tr -d '(' | sort -u >"$out/declared"
nm -D --defined-only "$out/root/opt/lib/libgnttab-dmabuf.so" |
	sed -n 's/.* T \(.*\)@@VERS_.*/\1/p' | sort >"$out/shared"
nm -g --defined-only "$out/root/opt/lib/libgnttab-dmabuf.a" |
	sed -n 's/.* T //p' | sort >"$out/static"
diff "$out/declared" "$out/shared" || fail "the shared library has other names"
diff "$out/declared" "$out/static" || fail "the static library has other names"
echo "$(wc -l <"$out/declared") functions"

# Each has a man page, and groff has nothing to say against any.
while read -r name; do
	[ -s "$out/root/opt/share/man/man3/$name.3" ] || fail "$name has no man page"
done <"$out/declared"
for page in tools/libgnttab-dmabuf/man/*; do
	! command -v groff >/dev/null || groff -mdoc -Tutf8 -ww -z "$page"
done 2>"$out/groff"
[ ! -s "$out/groff" ] || fail "$(cat "$out/groff")"

cat >"$out/program.c" <<'END'
#include <stddef.h>

#include <xengnttab_dmabuf_stream.h>

int main(void)
{
	xengnttab_handle *xgt = xengnttab_open(NULL, 0);
	uint32_t caps;

	return !xgt || xengnttab_dmabuf_capabilities(xgt, &caps);
}
END
# The installed files are not where they will be, which is all that the changes here are for.
sed -i "s,=/opt,=$out/root/opt," "$out/root/opt/lib/pkgconfig/libgnttab-dmabuf.pc"
# shellcheck disable=SC2046 # words
"$lab" cc --xen "${XEN:-4.20}" "$out/program.c" -o "$out/program" \
	$(pkg_config --cflags --libs libgnttab-dmabuf) || fail "pkg-config does not do"

# Only these of the other root's headers: its C library is not this machine's.
mkdir -p "$out/xen"
cp -r "$root"/usr/include/{xengnttab.h,xentoollog.h,xen} "$out/xen"
for header in $headers; do
	echo "#include <$header.h>" >"$out/header.c"
	gcc -std=c99 -pedantic -Wall -Wextra -Werror -fsyntax-only -isystem "$out/xen" \
		-Itools/libgnttab-dmabuf/include "$out/header.c" || fail "$header.h is not C99"
	command -v g++ >/dev/null || continue
	g++ -x c++ -std=c++11 -pedantic -Wall -Wextra -Werror -fsyntax-only \
		-isystem "$out/xen" -Itools/libgnttab-dmabuf/include "$out/header.c" ||
		fail "$header.h is not C++"
done
