#!/bin/bash
# `series check` passes a correct series. Each fault fails its own check with an explanation.
set -u
. "$(dirname "$0")/series-made-up.inc"

# The checks that need no kernel.
run check --only patches,listed,new-files,hunks-only,messages,sign-off,apply,am
want_status 0
want_said '1..8'
want_said '8 passed, 0 failed'

cat >>"$patches/0002-new.patch" <<'EOF'
diff --git a/drivers/xen/made.c b/drivers/xen/made.c
new file mode 100644
--- /dev/null
+++ b/drivers/xen/made.c
@@ -0,0 +1 @@
+int made;
EOF
caught hunks-only '0002-new.patch creates drivers/xen/made.c by a hunk'

afresh
cat >>"$patches/0002-new.patch" <<'EOF'
diff --git a/drivers/xen/old.c b/drivers/xen/old.c
deleted file mode 100644
--- a/drivers/xen/old.c
+++ /dev/null
@@ -1 +0,0 @@
-int old;
EOF
caught hunks-only '0002-new.patch deletes drivers/xen/old.c by a hunk'

afresh
echo 'int new;' >"$upstream/drivers/xen/new.c"
caught new-files 'drivers/xen/new.c exists in linux 1.2.3'

afresh
rm "$upstream/drivers/xen/old.c"
caught new-files 'drivers/xen/old.c is deleted and is not in linux 1.2.3'

afresh
cp "$patches/0001-number.patch" "$patches/0003-forgotten.patch"
caught patches '0003-forgotten.patch is not in'

afresh
echo 0003-gone.patch >>"$patches/series"
caught patches '0003-gone.patch is listed and does not exist'

afresh
sed -i '/base:/d' "$patches/series"
caught patches 'does not record the release'

afresh
mkdir -p "$repo/Documentation"
echo text >"$repo/Documentation/forgotten.rst"
caught listed 'adds Documentation/forgotten.rst'

afresh
echo '    + drivers/xen/new.c' >>"$patches/series"
caught listed 'adds drivers/xen/new.c more than once'

afresh
rm "$repo/drivers/xen/new.c"
caught listed 'adds drivers/xen/new.c, which is not in'

# The message names both releases, the patch and the file.
afresh
sed -i 's/^8$/eight/' "$upstream/drivers/xen/numbers.c"
caught apply '0001-number.patch: the hunk for line 7 of drivers/xen/numbers.c does not apply'
want_said 'linux 1.2.3, the patches were last refreshed against 1.2.1'
run check --only am
want_status 1
want_said 'not run: the series does not apply'

afresh
rm "$upstream/drivers/xen/numbers.c"
caught apply 'drivers/xen/numbers.c: does not exist'

afresh
sed -i '/^diff/,$d' "$patches/0001-number.patch"
caught apply '0001-number.patch changes nothing'

# The tag is split, so that no line of this file is a sign-off.
afresh
sed -i "s/^---\$/Signed-off-""by: A Person <person@example.org>\n&/" "$patches/0002-new.patch"
caught sign-off '0002-new.patch holds a sign-off'

afresh
sed -i 's/^Subject: .*/Subject: Make it new/' "$patches/0002-new.patch"
caught messages "0002-new.patch: the subject is not 'area: what it does'"

afresh
sed -i 's/^Subject: .*/&, and say so at a length that nobody wants to read in a list/' \
	"$patches/0002-new.patch"
caught messages '75 is the limit'

afresh
sed -i '/^It is old/d' "$patches/0002-new.patch"
caught messages '0002-new.patch: the message says nothing'

# git am does not reproduce this subject: it drops a [tag].
afresh
sed -i 's/^Subject: .*/Subject: [stable] &/; s/stable. Subject: /stable] /' \
	"$patches/0002-new.patch"
caught am 'git am makes other commits'

# Without a kernel configuration, the build check fails and names the reason.
afresh
caught build 'no kernel configuration'
exit "$failed"
