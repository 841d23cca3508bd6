# shellcheck shell=sh
# Functions for a script in a guest with a display.

# wait_display DEVICE: prints the DRM node of a device of xenbus, such as vdispl-0 or 'vdispl-*'.
wait_display()
{
	# shellcheck disable=SC2086 # a pattern
	until ls -d /sys/bus/xen/devices/$1/drm/card* 2>/dev/null | head -n 1 | grep -o 'card[0-9]*$'; do
		sleep 0.5
	done
}

# run_modetest [WORD...]: shows a picture of modetest on the first device of the driver until the
# standard input ends. WORDs are more options of modetest.
run_modetest()
{
	crtc=$(modetest -M xendrm-du -p 2>/dev/null |
		awk '$1 == "id" && $2 == "fb" { getline; print $1; exit }')
	connector=$(modetest -M xendrm-du -c 2>/dev/null | awk '$3 == "connected" { print $1; exit }')
	modetest -M xendrm-du -s "$connector@$crtc:1280x720@XR24" "$@" 2>&1 |
		grep -v '^opened' && echo 'modetest done'
}

# run_compositor CARD COMMAND...: run cage of Debian, and the command as its client, on a DRM device.
# It wants seatd.
run_compositor()
{
	card=$1
	shift
	mkdir -p /run/user
	chmod 700 /run/user
	# libxkbcommon wants a directory, even for a screen without a keyboard.
	XDG_RUNTIME_DIR=/run/user XKB_CONFIG_ROOT=/run/user LIBSEAT_BACKEND=seatd WLR_BACKENDS=drm \
		WLR_RENDERER=pixman WLR_DRM_DEVICES="/dev/dri/$card" cage -- "$@" 2>/tmp/compositor.log ||
		{ echo "cage failed:"; tail -n 50 /tmp/compositor.log /tmp/seatd.log; }
}

# Waits for a device that the guest's own driver must not take.
keep_driver_away()
{
	echo 0 >/sys/bus/xen/drivers_autoprobe
	xenstore-write data/ready 1
	until [ -e /sys/bus/xen/devices/vdispl-0 ]; do sleep 0.1; done
}

# Lies to the backend, and then lets the driver have the device.
be_hostile()
{
	keep_driver_away
	display-hostile
	echo "hostile ended with $?"
	# The driver believes that the device is as it was when the guest found it.
	xenstore-write device/vdispl/0/state 1
	echo vdispl-0 >/sys/bus/xen/drivers/vdispl/bind
}
