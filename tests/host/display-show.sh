#!/bin/bash
# limit: 850
# boots
# The display backend displd shows the frames of a guest's own DRM driver without a copy: each
# picture that it writes is the one that the guest has painted. The buffers are the guest's
# (be-alloc=0), then the backend's (be-alloc=1). modetest, a program of others, also shows
# its picture on the guest's device.
set -u
. "$(dirname "$0")/display.inc"

cat >"$work/in-dom0" <<'END'
. /opt/lab/dom0.sh
start_displd --output files:/out,keep=50
attach be-alloc=0,connectors=own0:1280x720
# Five of the client, one of modetest.
wait_for 'picture with be-alloc=0' "[ -e /out/dom$DOMU_ID-own0-000005.png ]"
compare_frames own0 5
attach be-alloc=1,connectors=own1:1280x720
wait_for 'picture with be-alloc=1' "[ -e /out/dom$DOMU_ID-own1-000004.png ]"
compare_frames own1 5
# Guests that die: displd notices.
destroy_domu
end_displd
END
cat >"$work/in-domu" <<'END'
. /opt/lab/domu.sh
display-client "/dev/dri/$(wait_display vdispl-0)"
run_modetest </dev/null
display-client "/dev/dri/$(wait_display vdispl-1)"
sleep 1000
END
display_boot --in-dom0 'sh /opt/lab/in-dom0' --in-domu 'sh /opt/lab/in-domu'
want_status 0
[ "$(grep -c '^domu| display-client: 1 turns of 5 frames$' "$work/out")" -eq 2 ] ||
	wrong "the client: $(cat "$work/out")"
want_line 'domu| modetest done'
[ "$(grep -c '^dom0| same: 5 frames$' "$work/out")" -eq 2 ] || wrong "frames: $(cat "$work/out")"
want_clean

exit "$failed"
