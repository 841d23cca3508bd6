#!/bin/bash
# limit: 850
# boots
# The command xen-dmabuf shares a test card from the guest with Dom0, and a file from Dom0 with the
# guest. What is received is what was shared, errors have their exit codes, and no name stays.
set -u
. "$(dirname "$0")/command.inc"

cat >"$work/in-dom0" <<'END'
as received xen-dmabuf receive --domain "$DOMU_ID" card --output /out/card.png
head -c 1234567 /dev/urandom >/tmp/file
echo "file $(md5sum </tmp/file)"
as shared xen-dmabuf share --domain "$DOMU_ID" --file /tmp/file --name file --timeout 60
as 'own domain' xen-dmabuf share --domain 0 --card --name own
as 'not taken' xen-dmabuf share --domain "$DOMU_ID" --card --name not-taken --timeout 1
as 'no name' xen-dmabuf receive --domain "$DOMU_ID" no-name --timeout 1
as 'no domain' xen-dmabuf share --card
as 'long name' xen-dmabuf receive --domain "$DOMU_ID" name-of-17-chars- --timeout 1
for domain in 0 "$DOMU_ID"; do
	xenstore-ls "/local/domain/$domain/data/xen-dmabuf" | sed 's/^/node /'
done
END
cat >"$work/in-domu" <<'END'
as shared xen-dmabuf share --domain 0 --card --name card --timeout 60
receive() { xen-dmabuf receive --domain 0 file --output - >/tmp/file 2>/dev/null; }
as received try receive
echo "file $(md5sum </tmp/file)"
END
run_command

for domain in dom0 domu; do
	want_end $domain shared 0
	want_end $domain received 0
done
want_end dom0 'own domain' 1
want_end dom0 'not taken' 3
want_end dom0 'no name' 3
want_end dom0 'no domain' 2
want_end dom0 'long name' 2
sums=$(sed -n 's/^dom[0u]| file //p' "$work/out" | sort -u)
[[ "$sums" =~ ^[0-9a-f]{32}\ *-$ ]] || wrong "other content was received: $sums"
! grep -q "^dom0| node .*\(card\|file\|taken\)" "$work/out" || wrong "a name stays"
printf '\x89PNG\r\n\x1a\n' | cmp -s -n 8 - "$pictures/card.png" || wrong "the picture is no PNG"
show

exit "$failed"
