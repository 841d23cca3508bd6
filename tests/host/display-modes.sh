#!/bin/bash
# limit: 850
# boots
# long
# displd on a KMS device (vkms): a display waits for a monitor that is plugged in later, and then
# connects. A frontend that changes its mode, and the position in its frame, gets just that on the
# screen: an area of one picture has the checksum of another picture with the same pixels.
set -u
. "$(dirname "$0")/display.inc"

cat >"$work/in-dom0" <<'END'
. /opt/lab/dom0.sh
mount -t debugfs none /sys/kernel/debug 2>/dev/null
card=$(basename "$(readlink -f /dev/dri/by-driver/vkms)")
debug=/sys/kernel/debug/dri/${card#card}

checksum()
{
	echo auto >$debug/crtc-0/crc/control
	timeout 2 cat $debug/crtc-0/crc/data | awk '/^0x/ { last = $2 } END { print last }'
}

echo off >/sys/class/drm/$card-Virtual-1/status
start_displd --output kms:vkms
wait_for 'message' 'grep -q "no monitor yet" /tmp/displd.log'
wait_for 'guest that is ready' 'xenstore-exists "/local/domain/$DOMU_ID/data/ready"'
attach be-alloc=0,connectors=Virtual-1:1280x720
wait_for 'display that waits' 'grep -q "waits for a free screen" /tmp/displd.log'
echo detect >/sys/class/drm/$card-Virtual-1/status
# vkms has no interrupt that would tell.
echo change >/sys/class/drm/$card/uevent
for number in 1 2 3 4; do
	wait_for "step $number" \
		"[ \"\$(xenstore-read /local/domain/$DOMU_ID/data/step 2>/dev/null)\" = $number ]"
	mode=$(sed -n 's/.*mode: "\([0-9x]*\)".*/\1/p' $debug/state | head -n 1)
	[ $number -eq 4 ] || echo "step $number: $mode $(checksum)"
	[ $number -ne 4 ] || echo "step 4: $(grep -c '^.active=1' $debug/state) on"
	xenstore-write /local/domain/$DOMU_ID/data/next $number
done
wait_for 'end of the display' 'grep -q disconnected /tmp/displd.log'
destroy_domu
end_displd
END
cat >"$work/in-domu" <<'END'
. /opt/lab/domu.sh
keep_driver_away
display-modes
sleep 1000
END
display_boot
want_status 0
want_line 'domu| modes: done'
want_line 'dom0| step 4: 0 on'
[ "$(sed -n 's/^dom0| step \([123]\): \([0-9x]*\) .*/\1 \2/p' "$work/out" | paste -sd,)" = \
	'1 32x40,2 32x40,3 64x64' ] || wrong "modes: $(grep step "$work/out")"
# The same, the same, another one.
[ "$(sed -n 's/^dom0| step [123]: .* \(0x[0-9a-f]*\)$/\1/p' "$work/out" | uniq -c |
	awk '{ print $1 }' | paste -sd,)" = 2,1 ] || wrong "checksums: $(grep step "$work/out")"
want_clean

exit "$failed"
