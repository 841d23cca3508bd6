#!/bin/bash
# limit: 1100
# boots
# long
# The Wayland compositor stops reading while a guest shows frames: the connection stays, flips are
# done, and a second display waits. When the compositor reads again, it shows the last frame, and
# the second display connects. Then the guest dies while the compositor does not read, and the next
# guest has a window as before.
set -u
. "$(dirname "$0")/display.inc"

DISPLD_FLAGS=("${DISPLD_SANITIZED[@]}")

cat >"$work/in-dom0" <<'END'
. /opt/lab/dom0.sh
# Sockets hold few requests, so that the compositor need not be stopped for minutes.
echo 4608 >/proc/sys/net/core/wmem_default || give_up wmem_default
start_windows
says() { grep -q "domain $DOMU_ID display $1" /tmp/displd.log; }
shows_any() { for frame in 0 1 2 3 4; do ! shows $frame || return 0; done; return 1; }
data=/local/domain/$DOMU_ID/data
# in_step N: the guest has done N steps.
in_step() { [ "$(xenstore-read $data/step 2>/dev/null)" = "$1" ]; }

attach be-alloc=0,connectors=own0:1280x720
wait_for "guest's picture" shows_any
kill -STOP "$compositor_pid"
wait_for 'end of the flips' 'in_step 1'
attach be-alloc=0,connectors=own1:640x480
wait_for 'display that waits' 'says "1: waits"'
kill -CONT "$compositor_pid"
wait_for 'second display' 'says "1: connected"'
wait_for 'last picture' 'shows 4'
echo 'picture: after the stop'
xenstore-write $data/next 1
wait_for 'flips' 'in_step 2'
kill -STOP "$compositor_pid"
sleep 5
destroy_domu
kill -CONT "$compositor_pid"
lab-domu create || give_up 'lab-domu create'
DOMU_ID=$(cat /run/lab/domu-id)
attach be-alloc=0,connectors=own2:1280x720
wait_for "next guest's picture" shows_any
echo 'picture: of the next guest'
destroy_domu
check_compositor
end_displd
END
cat >"$work/in-domu" <<'END'
. /opt/lab/domu.sh
node=/dev/dri/$(wait_display vdispl-0)
# The last one is frame 4, which stays: nothing is sent for it when the compositor reads again.
display-client "$node" 300 0 >/tmp/client &
until grep stays /tmp/client; do sleep 0.5; done
xenstore-write data/step 1
until xenstore-exists data/next; do sleep 0.5; done
kill $!
wait $!
display-client "$node" 100000 &
sleep 3
xenstore-write data/step 2
sleep 1000
END
compositor_boot
want_status 0
want_line 'dom0| picture: after the stop'
want_line 'dom0| picture: of the next guest'
want_line 'domu| display-client: the frame stays'
want_sanitized
want_clean

exit "$failed"
