#!/bin/bash
# limit: 1100
# boots
# long
# displd shows guests in windows of a Wayland compositor: cage, of Debian, whose pictures grim, of
# Debian, takes. They are the guest's, with its own buffers and with those of the backend. Then a
# frontend that lies does not end the connection: after it, a guest's picture is shown again.
set -u
. "$(dirname "$0")/display.inc"

DISPLD_FLAGS=("${DISPLD_SANITIZED[@]}")

cat >"$work/in-dom0" <<'END'
. /opt/lab/dom0.sh
start_windows
attach be-alloc=0,connectors=own0:1280x720
wait_for "guest's picture" 'shows 0'
echo 'picture: be-alloc=0'
xenstore-write /local/domain/$DOMU_ID/data/next 1
wait_for 'end of the client' 'xenstore-exists /local/domain/$DOMU_ID/data/flips'
attach be-alloc=1,connectors=own1:1280x720
wait_for "backend's picture" 'shows 3'
echo 'picture: be-alloc=1'
destroy_domu
lab-domu create || give_up 'lab-domu create'
DOMU_ID=$(cat /run/lab/domu-id)
wait_for 'guest that is ready' 'xenstore-exists "/local/domain/$DOMU_ID/data/ready"'
attach be-alloc=0,connectors=own2:1280x720
wait_for 'picture after the lies' 'shows 0'
echo 'picture: after the lies'
destroy_domu
check_compositor
end_displd
END
cat >"$work/in-domu" <<'END'
. /opt/lab/domu.sh
if [ "$(xenstore-read domid)" -gt 1 ]; then
	be_hostile
	display-client "/dev/dri/$(wait_display vdispl-0)" 1 100000
fi
display-client "/dev/dri/$(wait_display vdispl-0)" 1 100000 &
until [ "$(xenstore-read data/next 2>/dev/null)" = 1 ]; do sleep 0.1; done
kill $!
wait $!
# Flips that a compositor paces.
display-client "/dev/dri/$(wait_display vdispl-0)" 5
xenstore-write data/flips 1
display-client "/dev/dri/$(wait_display vdispl-1)" 4 100000 &
sleep 1000
END
compositor_boot
want_status 0
for picture in be-alloc=0 be-alloc=1 'after the lies'; do
	want_line "dom0| picture: $picture"
done
want_line 'domu| display-client: 1 turns of 5 frames'
want_line 'domu| hostile ended with 0'
want_sanitized
want_clean

exit "$failed"
