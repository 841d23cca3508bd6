#!/bin/bash
# limit: 1100
# boots
# long
# Compositors at both ends, cage of Debian. The one in the guest uses the guest's own display driver
# and shows weston-simple-shm, which is stopped for a while, as its picture moves. The one in Dom0
# shows displd's window. Both screens are the same then, with buffers of the guest and of the backend.
set -u
. "$(dirname "$0")/display.inc"

packages=$("$root/tools/lab/lab" packages --arch arm64 cage grim weston) || exit

cat >"$work/screenshot" <<'END'
#!/bin/sh
grim -t ppm - | sha256sum
END
chmod +x "$work/screenshot"
cat >"$work/in-dom0" <<'END'
. /opt/lab/dom0.sh
start_compositor
start_displd --output wayland
data=/local/domain/$DOMU_ID/data
for be_alloc in 0 1; do
	attach be-alloc=$be_alloc,connectors=own$be_alloc:1280x720
	wait_for 'screen of the guest' 'xenstore-exists $data/shot$be_alloc'
	shot=$(xenstore-read $data/shot$be_alloc)
	wait_for 'same screen' '[ "$(screenshot)" = "$shot" ]'
	echo "same screen: be-alloc=$be_alloc"
	xenstore-write $data/next$be_alloc 1
	wait_for 'end of the animation' 'xenstore-exists $data/animated$be_alloc'
done
destroy_domu
check_compositor
end_displd
END
cat >"$work/in-domu" <<'END'
. /opt/lab/domu.sh
seatd >/tmp/seatd.log 2>&1 &
until [ -S /run/seatd.sock ]; do sleep 0.2; done
for number in 0 1; do
	run_compositor "$(wait_display vdispl-$number)" sh /opt/lab/in-compositor "$number"
done
sleep 1000
END
cat >"$work/in-compositor" <<'END'
empty=$(screenshot)
weston-simple-shm &
until [ "$(screenshot)" != "$empty" ]; do sleep 1; done
kill -STOP $!
# Its last frame is on the screen when that does not change any more.
until shot=$(screenshot) && sleep 2 && [ "$(screenshot)" = "$shot" ]; do :; done
xenstore-write data/shot$1 "$shot"
until xenstore-exists data/next$1; do sleep 0.5; done
kill -CONT $!
sleep 5
kill $! && echo "animated on display $1"
xenstore-write data/animated$1 1
END
usr=$packages/usr
words=()
for program in bin/cage bin/grim bin/weston-simple-shm sbin/seatd; do
	words+=(--add "$usr/$program")
done
display_boot "${words[@]}" --lib "$usr/lib/aarch64-linux-gnu" --add "$work/screenshot" \
	--add "$work/in-compositor"
want_status 0
for number in 0 1; do
	want_line "dom0| same screen: be-alloc=$number"
	want_line "domu| animated on display $number"
done
want_clean

exit "$failed"
