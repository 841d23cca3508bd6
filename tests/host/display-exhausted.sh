#!/bin/bash
# limit: 850
# boots
# long
# A guest whose imports take all that they may, half of its grant table, still has a display: the
# other half is kept for frontends. Its frames are shown, with buffers of the guest and of the
# backend, and one more import is refused until the others have ended.
set -u
. "$(dirname "$0")/display.inc"

make -s -C "$root" command ARCH=arm64 >"$work/make" 2>&1 || wrong "make command: $(cat "$work/make")"

cat >"$work/in-dom0" <<'END'
. /opt/lab/dom0.sh
start_displd --output files:/out,keep=50
wait_for 'guest whose imports are at their limit' \
	"xenstore-exists /local/domain/$DOMU_ID/data/exhausted"
for alloc in 0 1; do
	attach be-alloc=$alloc,connectors=own$alloc:1280x720
	wait_for "picture with be-alloc=$alloc" "[ -e /out/dom$DOMU_ID-own$alloc-000004.png ]"
	compare_frames own$alloc 5
done
wait_for 'end of the guest' "xenstore-exists /local/domain/$DOMU_ID/data/ended"
destroy_domu
end_displd
END
cat >"$work/in-domu" <<'END'
. /opt/lab/domu.sh
in_use=/sys/class/misc/xen!gntdev/dmabuf
limit=$(cat "$in_use/import_limit")
share_page() { xen-dmabuf share --domain 0 --size 4K --name page --timeout 1; echo "$1: status $?"; }

for pages in $((limit / 2)) $((limit - limit / 2)); do
	xen-dmabuf share --domain 0 --size $((pages * 4))K --name "part${sharing:+2}" --timeout 1000 &
	sharing="${sharing:-} $!"
done
until [ "$(cat "$in_use/imported_pages")" = "$limit" ]; do sleep 0.5; done
share_page 'at the limit'
xenstore-write data/exhausted 1
for device in 0 1; do display-client "/dev/dri/$(wait_display "vdispl-$device")"; done
share_page 'still at the limit'
kill $sharing
wait $sharing
share_page 'below the limit'
xenstore-write data/ended 1
sleep 1000
END
display_boot --add "$root/build/xen-dmabuf-arm64/xen-dmabuf"
want_status 0
[ "$(grep -c '^domu| display-client: 1 turns of 5 frames$' "$work/out")" -eq 2 ] ||
	wrong "the client: $(cat "$work/out")"
[ "$(grep -c '^dom0| same: 5 frames$' "$work/out")" -eq 2 ] || wrong "frames: $(cat "$work/out")"
want_line 'domu| at the limit: status 1'
want_line 'domu| still at the limit: status 1'
# Nobody receives it before its time is over.
want_line 'domu| below the limit: status 3'
want_clean

exit "$failed"
