#!/bin/bash
# long
# The checks of the series for Xen find the faults that they are for.
set -eu
# shellcheck source=tests/host/series-xen.inc
. "$(dirname "$0")/series-xen.inc"

failed=0
copy=$out/repo library=$out/repo/tools/libgnttab-dmabuf stubs=$out/repo/tools/libs/gnttab
patches=$out/repo/patches/xen/4.17
source_of 4.17 || skip 'the archive has no source of Xen 4.17'

# afresh: a repository of what the series is made from, without faults.
afresh()
{
	rm -rf "$copy"
	mkdir -p "$copy/include/uapi"
	(cd "$repo" && cp -r --parents patches/xen tools/libgnttab-dmabuf tools/libs \
		include/uapi/xen "$copy")
}

# caught CHECK PHRASE...: the check fails and prints each PHRASE. Then the repository is made afresh.
caught()
{
	local check=$1 phrase

	shift
	"$series" check --xen 4.17 --root "$copy" --source "$source" --work "$out/work" \
		--only "$check" >"$out/result" 2>&1 || true
	for phrase in "not ok 1 - series/$check-4.17" "$@"; do
		if ! grep -qF -- "$phrase" "$out/result"; then
			echo "$check: no '$phrase' in:"
			cat "$out/result"
			failed=1
		fi
	done
	afresh
}

afresh
echo 'int forgotten;' >"$library/src/forgotten.c"
sed -i '/src\/wire.c/d' "$patches/series"
caught xen-listed 'makes a file from tools/libgnttab-dmabuf/src/forgotten.c' \
	'makes a file from tools/libgnttab-dmabuf/src/wire.c'

sed -i 's/^    return buffer;/\treturn buffer;/' "$stubs/dmabuf_unimp.c"
caught xen-style 'dmabuf_unimp.c is not in'

# The prefix of a function's name gets into a string.
sed -i 's/^uint64_t now_ns(void);/&\nint users(void);/' "$library/src/kernel.h"
sed -i 's/buffer->users = 1;/buffer->users = sizeof("users");/' "$library/src/buffer.c"
caught xen-same 'tools/libs/gnttab/dmabuf_buffer.c is not the same code'

sed -i 's/^static int take_name/int take_name/' "$library/src/old.c"
caught xen-steps "no previous prototype for 'take_name'"

# The cache is in no library before its commit, so the commit before it must not use it.
sed -i 's/^#include "private.h"/&\n#include <xengnttab_dmabuf_cache.h>/' "$library/src/export.c"
caught xen-steps 'at "tools/libs/gnttab: share dma-bufs by handles"'

sed -i 's/xengnttab_dmabuf_cache_pages;/xengnttab_dmabuf_cache_papers;/' "$patches"/0003-*.patch
sed -i '/xengnttab_dmabuf_wait;/d' "$library/libgnttab-dmabuf.map"
sed -i 's/^uint64_t now_ns/uint64_t now_too(void);\nuint64_t now_too(void)\n{\n\treturn 0;\n}\n\n&/' \
	"$library/src/kernel.c"
caught xen-symbols '< xengnttab_dmabuf_cache_papers@VERS_1.3' '> xengnttab_dmabuf_wait' \
	'now_too is visible in the static library'

sed -i 's/EMSGSIZE/EPROTO/' "$library/src/stream-receive.c"
caught xen-client 'errno == EMSGSIZE'

sed -i 's/EOPNOTSUPP/ENOSYS/' "$stubs/dmabuf_cache_unimp.c"
caught xen-stubs 'not so: !xengnttab_dmabuf_cache_open'

sed -i 's/xengnttab_dmabuf_stream_flush/xengnttab_dmabuf_stream_fresh/' \
	"$stubs/dmabuf_stream_unimp.c"
caught xen-stubs 'xengnttab_dmabuf_stream_fresh'

exit "$failed"
