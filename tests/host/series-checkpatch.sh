#!/bin/bash
# The series tool runs the kernel's checkpatch on hunks, commit messages and new files.
# SERIES_SOURCE may name a kernel source tree; the lab's is the default.
set -u
. "$(dirname "$0")/series-made-up.inc"

source=${SERIES_SOURCE:-$("${series%/series/series}/lab/lab" source 2>/dev/null)}
if [ ! -f "$source/scripts/checkpatch.pl" ]; then
	echo 'no kernel source with checkpatch'
	exit 4
fi

# afresh_kernel: as afresh, but checkpatch accepts the made-up tree as a kernel and is the real one.
afresh_kernel()
{
	local file

	afresh
	mkdir -p "$upstream/scripts"
	for file in checkpatch.pl spelling.txt const_structs.checkpatch; do
		cp "$source/scripts/$file" "$upstream/scripts"
	done
	for file in COPYING CREDITS Kbuild MAINTAINERS README init/main.c; do
		mkdir -p "$upstream/$(dirname "$file")"
		: >"$upstream/$file"
	done
	mkdir -p "$upstream"/{Documentation,arch,fs,include,ipc,kernel,lib}
	printf '// SPDX-License-Identifier: GPL-2.0\n/* New */\nstatic const int new = 1;\n' \
		>"$repo/drivers/xen/new.c"
	printf '/* SPDX-License-Identifier: GPL-2.0 */\n/* New */\n' >"$repo/include/xen/new.h"
	sed -i 's/^Numbers are .*/&\nWords are easy to read: write the most frequent number in words./' \
		"$patches/0001-number.patch"
}

afresh_kernel
run check --only checkpatch
want_status 0

printf 'int newer(int a)\n{\n\treturn a ;\n}\n' >>"$repo/drivers/xen/new.c"
sed -i 's/^+ten/+if(ten)/' "$patches/0001-number.patch"
sed -i 's/^It is old.*/It is teh old file, and has a number of faults./' \
	"$patches/0002-new.patch"
caught checkpatch 'drivers/xen/new.c:6: WARNING:SPACING'
want_said '0001-number.patch:15: ERROR:SPACING'
want_said '0002-new.patch:3: WARNING:TYPO_SPELLING'
exit "$failed"
