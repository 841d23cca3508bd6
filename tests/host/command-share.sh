#!/bin/bash
# limit: 850
# boots
# The command xen-dmabuf shares a test card from the guest with Dom0, and a file from Dom0 with the
# guest. What is received is what was shared, errors have their exit codes, and no name stays.
set -u
. "$(dirname "$0")/lab-boot.inc"

cat >"$work/in-dom0" <<'END'
status() { "$@"; echo "status $?"; }

mkdir /tmp/shared
status xen-dmabuf receive --domain "$DOMU_ID" card --output /out/card.png
head -c 1234567 /dev/urandom >/tmp/shared/file
echo "file $(md5sum </tmp/shared/file)"
status xen-dmabuf share --domain "$DOMU_ID" --file /tmp/shared/file --name file --timeout 60
echo 'own domain:'
status xen-dmabuf share --domain 0 --card --name own
echo 'not taken:'
status xen-dmabuf share --domain "$DOMU_ID" --card --name not-taken --timeout 1
echo 'no name:'
status xen-dmabuf receive --domain "$DOMU_ID" no-name --timeout 1
echo 'no domain:'
status xen-dmabuf share --card
for domain in 0 "$DOMU_ID"; do
	xenstore-ls "/local/domain/$domain/data/xen-dmabuf" | sed 's/^/node /'
done
END
cat >"$work/in-domu" <<'END'
xen-dmabuf share --domain 0 --card --name card --timeout 60
echo "status $?"
for second in $(seq 60); do
	xen-dmabuf receive --domain 0 file --output - >/tmp/file 2>/dev/null && break
	sleep 1
done
echo "file $(md5sum </tmp/file)"
END

make -s -C "$root" command ARCH=arm64 >"$work/make" 2>&1 || wrong "make command: $(cat "$work/make")"
command=$root/build/xen-dmabuf-arm64/xen-dmabuf
mkdir "$work/pictures"
lab_exec_again --wait-domu --add "$command" --out "$work/pictures" \
	--add "$work/in-dom0:/opt/lab/in-dom0" --add "$work/in-domu:/opt/lab/in-domu" \
	--in-dom0 'sh /opt/lab/in-dom0' --in-domu 'sh /opt/lab/in-domu'
want_status 0

# after LINE: the number of the status that is printed first after the line.
after() { sed -n "/^dom0| $1\$/,\$s/^dom0| status //p" "$work/out" | head -n 1; }

sums=$(sed -n 's/^dom[0u]| file //p' "$work/out" | sort -u)
[[ "$sums" =~ ^[0-9a-f]{32}\ *-$ ]] || wrong "other content was received: $sums"
[ "$(grep -c '^dom0| status 0$' "$work/out")" -eq 2 ] || wrong "Dom0: $(cat "$work/out")"
want_line 'domu| status 0'
[ "$(after 'own domain:')" = 1 ] || wrong "share with the own domain: $(cat "$work/out")"
[ "$(after 'not taken:')" = 3 ] || wrong "a share that is not taken: $(cat "$work/out")"
[ "$(after 'no name:')" = 3 ] || wrong "a name that does not exist: $(cat "$work/out")"
[ "$(after 'no domain:')" = 2 ] || wrong "no domain is named: $(cat "$work/out")"
! grep -q "^dom0| node .*\(card\|file\|taken\)" "$work/out" || wrong "a name stays"
printf '\x89PNG\r\n\x1a\n' | cmp -s -n 8 - "$work/pictures/card.png" || wrong "the picture is no PNG"

exit "$failed"
