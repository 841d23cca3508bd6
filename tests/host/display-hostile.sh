#!/bin/bash
# limit: 850
# boots
# long
# A frontend that lies gets an error for each lie, and a broken ring costs it its display. displd,
# which is compiled with ASan and UBSan, goes on: then the guest's own driver shows a picture.
set -u
. "$(dirname "$0")/display.inc"

DISPLD_FLAGS=("${DISPLD_SANITIZED[@]}")

cat >"$work/in-dom0" <<'END'
. /opt/lab/dom0.sh
start_displd --output files:/out,keep=50 --max-memory 16
wait_for 'guest that is ready' 'xenstore-exists "/local/domain/$DOMU_ID/data/ready"'
attach be-alloc=0,connectors=own:1280x720
# Each connection begins with the name 000000.
mkdir /tmp/card
card-png /tmp/card 1
wait_for 'picture of the driver' "cmp -s /tmp/card/0.png /out/dom$DOMU_ID-own-000000.png"
lab-domu destroy
# displd has left out messages, so they are not counted.
wait_for 'end of the display' 'tail -n 1 /tmp/displd.log | grep -q disconnected'
end_displd
END
cat >"$work/in-domu" <<'END'
. /opt/lab/domu.sh
be_hostile
display-client "/dev/dri/$(wait_display vdispl-0)" 1
sleep 1000
END
display_boot
want_status 0
while IFS= read -r line; do
	want_line "domu| $line"
done <<'END'
unknown operation: EOPNOTSUPP
cookie 0: EINVAL
no width: EINVAL
odd bpp: EINVAL
too short: EINVAL
offset beyond the end: EINVAL
4 GiB: ENOSPC
directory that is not shared: EINVAL
unknown flag: EINVAL
allocation out of shape: EINVAL
the same with an offset: EINVAL
destroy of nothing: ENOENT
attach to nothing: ENOENT
flip to nothing: ENOENT
reference that is not shared: EREMOTEIO
list without an end: EREMOTEIO
list that is too short: EINVAL
create: 0
the same cookie: EEXIST
frame wider than its buffer: EINVAL
unknown format: EINVAL
attach: 0
attach again: EEXIST
position outside: EINVAL
area outside: EINVAL
area without width: EINVAL
show: 0
flip: 0
destroy while shown: 0
too many frames: ENOSPC
destroy with frames: 0
short EDID buffer: EINVAL
EDID to nowhere: EINVAL
EDID: 0
EDID: 128 bytes, sum 0, width 1280
flood: 3000 of 3000 answered
after many connections: EOPNOTSUPP
too many buffers: ENOSPC
ring with 1000 requests too many: closed
ring that is not shared: closed
hostile: done
hostile ended with 0
display-client: 1 turns of 1 frames
END
want_line "dom0| log: displd: domain 1 display 0: connected, 1 connectors"
! grep -E 'connected, [2-9]' "$work/out" || wrong "a connector that the guest has made was taken"
want_sanitized
want_clean

exit "$failed"
