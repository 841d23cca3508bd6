#!/bin/bash
# limit: 850
# boots
# The display backend displd shows the frames of a guest's own DRM driver without a copy: each
# picture that it writes is the one that the guest has painted. The buffers are the guest's
# (be-alloc=0), then the backend's (be-alloc=1). modetest, a program of others, runs as well.
set -u
. "$(dirname "$0")/lab-boot.inc"
. "$(dirname "$0")/display.inc"

cat >"$work/in-dom0" <<'END'
. /opt/lab/display-dom0
start_displd --output files:/out,keep=50
for alloc in 0 1; do
	attach "be-alloc=$alloc,connectors=own$alloc:1280x720"
	wait_for "picture with be-alloc=$alloc" "[ -e /out/dom$DOMU_ID-own$alloc-000005.png ]"
	compare_frames "own$alloc" 5
done
# Guests that die: displd notices.
destroy_domu
end_displd
END
cat >"$work/in-domu" <<'END'
. /opt/lab/display-domu
for device in 0 1; do
	card=/dev/dri/$(wait_display "vdispl-$device")
	display-client "$card"
	run_modetest "$card"
done
sleep 1000
END
display_boot --in-dom0 'sh /opt/lab/in-dom0' --in-domu 'sh /opt/lab/in-domu'
want_status 0
[ "$(grep -c '^domu| display-client: 1 turns of 5 frames$' "$work/out")" -eq 2 ] ||
	wrong "the client: $(cat "$work/out")"
[ "$(grep -c '^domu| modetest done$' "$work/out")" -eq 2 ] || wrong "modetest: $(cat "$work/out")"
[ "$(grep -c '^dom0| same: 5 frames$' "$work/out")" -eq 2 ] || wrong "frames: $(cat "$work/out")"
want_clean

exit "$failed"
