#!/bin/bash
# limit: 850
# boots
# long
# displd runs in a DomU (a driver domain), and serves the display of another DomU: with the memory
# of the guest, and of the driver domain. Each picture that it writes is the one that the client
# has painted.
set -u
. "$(dirname "$0")/display.inc"

# The commands of Dom0 and the driver domain tell each other in xenstore how far they are.
cat >"$work/in-dom0" <<'END'
. /opt/lab/dom0.sh
driver=${DOMU_IDS% *} guest=${DOMU_IDS#* }
wait_for 'displd in the driver domain' "xenstore-exists /local/domain/$driver/data/ready"
for alloc in 0 1; do
	xl vdispl-attach "$guest" "backend=$driver" "be-alloc=$alloc" "connectors=own$alloc:1280x720" ||
		give_up vdispl-attach
	wait_for "pictures with be-alloc=$alloc" "xenstore-exists /local/domain/$driver/data/same$alloc"
done
lab-domu destroy 2
wait_for 'end of displd' "xenstore-exists /local/domain/$driver/data/ended"
END
cat >"$work/in-domu" <<'END'
. /opt/lab/domu.sh
if [ "$LAB_DOMU" = 2 ]; then
	for device in 0 1; do display-client "/dev/dri/$(wait_display "vdispl-$device")"; done
	sleep 1000
fi
. /opt/lab/dom0.sh
start_displd --output files:/out,keep=50
xenstore-write data/ready 1
for alloc in 0 1; do
	wait_for "pictures with be-alloc=$alloc" "ls /out/*-own$alloc-000004.png 2>/dev/null"
	# The domain of the pictures is the other guest.
	DOMU_ID=$(basename /out/*-own$alloc-000004.png | grep -o '^dom[0-9]*' | tr -d a-z)
	compare_frames "own$alloc" 5
	xenstore-write "data/same$alloc" 1
done
wait_for 'end of the displays' '[ "$(grep -c disconnected /tmp/displd.log)" -eq 2 ]'
end_displd
xenstore-write data/ended 1
END
# On Arm, Xen's default is a policy (silo) that forbids guests to talk to each other.
display_boot --domus 2 --xen-opt xsm=dummy
want_status 0
[ "$(grep -c '^domu| same: 5 frames$' "$work/out")" -eq 2 ] || wrong "frames: $(cat "$work/out")"
want_line 'domu| displd ended with 0'
! grep '^domu| held: ' "$work/out" || wrong "displd still held buffers"

exit "$failed"
