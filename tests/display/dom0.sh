# shellcheck shell=sh
# Functions for a script in Dom0 that runs displd. It ends with a failure at the first step that
# fails. Pictures and reports are in /out.

give_up() { echo "failed: $*"; ls /out; cat /tmp/displd.log; exit 1; }

# wait_for WHAT CONDITION
wait_for()
{
	end=$(($(date +%s) + 300))
	while [ "$(date +%s)" -lt "$end" ]; do
		! eval "$2" || return 0
		sleep 0.5
	done
	give_up "no $1"
}

start_displd()
{
	mkdir -p /out
	chmod 777 /out
	displd --user 65534 "$@" 2>>/tmp/displd.log &
	displd_pid=$!
	wait_for "start of displd" 'grep -q ready /tmp/displd.log'
}

# A compositor without a screen: cage of Debian.
start_compositor()
{
	mkdir -p /run/user
	export XDG_RUNTIME_DIR=/run/user WAYLAND_DISPLAY=wayland-0
	chmod 700 $XDG_RUNTIME_DIR
	env -u WAYLAND_DISPLAY WLR_BACKENDS=headless WLR_RENDERER=pixman cage -- sleep 10000 \
		2>/tmp/compositor.log &
	compositor_pid=$!
	wait_for 'compositor' '[ -S $XDG_RUNTIME_DIR/$WAYLAND_DISPLAY ]'
}

# displd with windows of the compositor, and pictures for shows().
start_windows()
{
	start_compositor
	mkdir -p /tmp/card
	card-png /tmp/card 5 || give_up card-png
	start_displd --output wayland
}

# shows FRAME: is that what the compositor's screen shows? grim of Debian tells.
shows() { grim -t ppm /tmp/shot.ppm && cmp -s "/tmp/card/$1.ppm" /tmp/shot.ppm; }

# The compositor has not crashed.
check_compositor()
{
	kill -0 "$compositor_pid" || give_up "cage: $(cat /tmp/compositor.log)"
}

# attach OPTIONS [DOMAIN]
attach()
{
	# shellcheck disable=SC2046 # a list of words
	xl vdispl-attach "${2:-$DOMU_ID}" backend=0 $(echo "$1" | tr , ' ') || give_up "vdispl-attach"
}

# Waits until displd has seen that the guest is gone.
destroy_domu()
{
	lab-domu destroy
	wait_for 'end of the displays' \
		'[ "$(grep -c disconnected /tmp/displd.log)" = "$(grep -c connected, /tmp/displd.log)" ]'
}

# compare_frames CONNECTOR COUNT
compare_frames()
{
	mkdir -p /tmp/card
	card-png /tmp/card "$2" || give_up card-png
	for frame in $(seq 0 $(($2 - 1))); do
		cmp "/tmp/card/$frame.png" "/out/dom$DOMU_ID-$1-$(printf %06d "$frame").png" ||
			give_up "frame $frame differs"
	done
	echo "same: $2 frames"
}

# Prints how displd ended and what it still held before.
end_displd()
{
	grep -h . /proc/$displd_pid/fdinfo/* 2>/dev/null | grep -i '^dmabuf' | sed 's/^/held: /'
	kill "$displd_pid"
	wait "$displd_pid"
	echo "displd ended with $?"
	sed 's/^/log: /' /tmp/displd.log
}
