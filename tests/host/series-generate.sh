#!/bin/bash
# `series generate` makes commits, mails and a tree. A repeated run rewrites only changed files. The
# pristine source does not change.
set -u
. "$(dirname "$0")/series-made-up.inc"
out=$repo/build/series/linux-1.2 tree=$repo/build/series/linux-1.2/tree
pristine=$(cd "$upstream" && find . -type f -exec sha256sum {} + | sort)

want_file() { [ "$(cat "$1" 2>&1)" = "$2" ] || wrong "$1 has '$(cat "$1" 2>&1)', expected '$2'"; }
want_in() { grep -qF -- "$2" "$1" || wrong "no '$2' in $1: $(cat "$1")"; }

run generate
want_status 0
want_file "$tree/drivers/xen/new.c" 'int new;'
want_in "$tree/drivers/xen/numbers.c" ten
[ ! -e "$tree/drivers/xen/old.c" ] || wrong 'old.c is not deleted'
[ "$(git -C "$tree" log --format=%s base..series | wc -l)" -eq 2 ] ||
	wrong 'the number of commits is not the number of patches'
[ "$(git -C "$tree" ls-tree -r base | wc -l)" -eq 2 ] ||
	wrong 'git tracks files that the series does not change'
want_in "$out/0000-cover-letter.patch" 'Subject: [PATCH 0/2] xen: make it new'
want_in "$out/0000-cover-letter.patch" 'What the series does.'
want_in "$out/0000-cover-letter.patch" '4 files changed'
want_in "$out/0001-xen-numbers-write-ten-in-words.patch" 'From: A Person <person@example.org>'
want_in "$out/0002-xen-new-replace-the-old-file.patch" \
	'Subject: [PATCH 2/2] xen/new: replace the old file'

# Only files with changed contents are written, because kernels are built in this tree.
before=$(stat -c %y "$tree/drivers/xen/numbers.c")
echo 'int newer;' >"$repo/drivers/xen/new.c"
run tree
want_status 0
want_said "$tree"
want_file "$tree/drivers/xen/new.c" 'int newer;'
[ "$(stat -c %y "$tree/drivers/xen/numbers.c")" = "$before" ] || wrong 'numbers.c was written again'

# Files that the series no longer changes are restored to upstream's contents.
printf '%s\n' '# base: 1.2.3' 0002-new.patch '	+ drivers/xen/new.c' >"$patches/series"
rm "$repo/include/xen/new.h"
run generate
want_status 0
want_file "$tree/drivers/xen/old.c" 'int old;'
cmp "$upstream/drivers/xen/numbers.c" "$tree/drivers/xen/numbers.c" || failed=1
[ ! -e "$tree/include/xen/new.h" ] || wrong 'new.h is still there'
[ "$(find "$out" -maxdepth 1 -name '*.patch' | wc -l)" -eq 2 ] || wrong 'old patches are left'

[ "$(cd "$upstream" && find . -type f -exec sha256sum {} + | sort)" = "$pristine" ] ||
	wrong 'the pristine source was changed'

# Without an identity, as in CI.
sed -i '/^From: /d' "$patches"/*.patch
HOME=$work GIT_CONFIG_GLOBAL=/dev/null GIT_CONFIG_NOSYSTEM=1 run generate
want_status 0
want_in "$out/0001-xen-new-replace-the-old-file.patch" 'From: nobody <nobody@localhost>'

# A directory that this tool did not make is not removed.
mkdir "$work/precious"
run tree --dir "$work/precious"
want_status 2
want_said 'was not made by this tool'
exit "$failed"
