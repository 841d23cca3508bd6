#!/bin/bash
# limit: 1100
# boots
# The Wayland compositor stops reading while a guest shows frames: the connection stays, flips are
# done, and a second display waits. When the compositor reads again, it shows the last frame, and
# the second display connects. Then the guest dies while the compositor does not read, and the next
# guest has a window as before.
set -u
. "$(dirname "$0")/display.inc"
only_long

DISPLD_FLAGS=("${DISPLD_SANITIZED[@]}")

cat >"$work/in-dom0" <<'END'
. /opt/lab/dom0.sh
# Sockets hold few requests, so that the compositor need not be stopped for minutes.
echo 4608 >/proc/sys/net/core/wmem_default || give_up wmem_default
start_windows
says() { grep -q "domain $DOMU_ID display $1" /tmp/displd.log; }
# steps N: the guest has done N steps.
steps() { [ "$(xenstore-read "/local/domain/$DOMU_ID/data/steps" 2>/dev/null)" = "$1" ]; }
step() { xenstore-write "/local/domain/$DOMU_ID/data/next" "$1"; wait_for "step $1" "steps $1"; }

attach be-alloc=0,connectors=own0:1280x720
wait_for "guest's picture" 'shows 0'
kill -STOP "$compositor_pid"
step 1
attach be-alloc=0,connectors=own1:640x480
wait_for 'display that waits' 'says "1: waits"'
kill -CONT "$compositor_pid"
wait_for 'second display' 'says "1: connected"'
wait_for 'picture after the stop' 'shows 3'
echo 'picture: after the stop'
kill -STOP "$compositor_pid"
step 2
destroy_domu
kill -CONT "$compositor_pid"
lab-domu create || give_up 'lab-domu create'
DOMU_ID=$(cat /run/lab/domu-id)
attach be-alloc=0,connectors=own2:1280x720
wait_for "next guest's picture" 'shows 0'
echo 'picture: of the next guest'
destroy_domu
check_compositor
end_displd
END
cat >"$work/in-domu" <<'END'
. /opt/lab/domu.sh
node=/dev/dri/$(wait_display vdispl-0)
# until_step N: end the client when Dom0 wants the step.
until_step()
{
	until [ "$(xenstore-read data/next 2>/dev/null)" = "$1" ]; do sleep 0.1; done
	kill $!
	wait $!
}
display-client "$node" 1 0 &
until_step 1
display-client "$node" 3 20
# The last one is frame 3, which stays: only what is late can show it.
display-client "$node" 4 0 &
sleep 5
xenstore-write data/steps 1
until_step 2
display-client "$node" 5 10
display-client "$node" 5 0 &
sleep 5
xenstore-write data/steps 2
sleep 1000
END
compositor_boot
want_status 0
want_line 'dom0| picture: after the stop'
want_line 'dom0| picture: of the next guest'
want_line 'domu| display-client: 20 turns of 3 frames'
want_line 'domu| display-client: 10 turns of 5 frames'
want_sanitized
want_clean

exit "$failed"
