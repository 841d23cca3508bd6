#!/bin/bash
# What is generated: commits, mails and a tree, made again cheaply, the pristine source untouched.
set -u
. "$(dirname "$0")/series-made-up.inc"
out=$repo/build/series/linux-1.2 tree=$repo/build/series/linux-1.2/tree
pristine=$(cd "$upstream" && find . -type f -exec sha256sum {} + | sort)

want_file() { [ "$(cat "$1" 2>&1)" = "$2" ] || wrong "$1 holds '$(cat "$1" 2>&1)', wanted '$2'"; }
want_in() { grep -qF -- "$2" "$1" || wrong "no '$2' in $1: $(cat "$1")"; }

run generate
want_status 0
want_file "$tree/drivers/xen/new.c" 'int new;'
want_in "$tree/drivers/xen/numbers.c" ten
[ ! -e "$tree/drivers/xen/old.c" ] || wrong 'old.c is not deleted'
[ "$(git -C "$tree" log --format=%s base..series | wc -l)" -eq 2 ] || wrong 'not one commit a patch'
[ "$(git -C "$tree" ls-tree -r base | wc -l)" -eq 2 ] ||
	wrong 'more is tracked than the series touches'
want_in "$out/0000-cover-letter.patch" 'Subject: [PATCH 0/2] xen: make it new'
want_in "$out/0000-cover-letter.patch" 'What the series does.'
want_in "$out/0000-cover-letter.patch" '4 files changed'
want_in "$out/0001-xen-numbers-write-ten-in-words.patch" 'From: A Person <person@example.org>'
want_in "$out/0002-xen-new-replace-the-old-file.patch" \
	'Subject: [PATCH 2/2] xen/new: replace the old file'

# A content that changes is written, and nothing else: kernels are built in such a tree.
before=$(stat -c %y "$tree/drivers/xen/numbers.c")
echo 'int newer;' >"$repo/drivers/xen/new.c"
run tree
want_status 0
want_said "$tree"
want_file "$tree/drivers/xen/new.c" 'int newer;'
[ "$(stat -c %y "$tree/drivers/xen/numbers.c")" = "$before" ] || wrong 'numbers.c was written again'

# What the series no longer touches is upstream's again.
printf '%s\n' '# base: 1.2.3' 0002-new.patch '	+ drivers/xen/new.c' >"$patches/series"
rm "$repo/include/xen/new.h"
run generate
want_status 0
want_file "$tree/drivers/xen/old.c" 'int old;'
cmp "$upstream/drivers/xen/numbers.c" "$tree/drivers/xen/numbers.c" || failed=1
[ ! -e "$tree/include/xen/new.h" ] || wrong 'new.h is still there'
[ "$(find "$out" -maxdepth 1 -name '*.patch' | wc -l)" -eq 2 ] || wrong 'patches of before are left'

[ "$(cd "$upstream" && find . -type f -exec sha256sum {} + | sort)" = "$pristine" ] ||
	wrong 'the pristine source was changed'

# Without an identity, as in CI.
sed -i '/^From: /d' "$patches"/*.patch
HOME=$work GIT_CONFIG_GLOBAL=/dev/null GIT_CONFIG_NOSYSTEM=1 run generate
want_status 0
want_in "$out/0001-xen-new-replace-the-old-file.patch" 'From: nobody <nobody@localhost>'

# A tree that is not ours is not removed.
mkdir "$work/precious"
run tree --dir "$work/precious"
want_status 2
want_said 'was not made by this tool'
exit "$failed"
