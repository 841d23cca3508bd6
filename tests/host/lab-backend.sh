#!/bin/bash
# limit: 500
# boots
# A backend that --before-domu starts runs before the DomU is created. A display in the DomU's
# configuration connects to it. The lab reports a failure of the command.
set -u
. "$(dirname "$0")/lab-boot.inc"

# The minimum that the display driver of the guest needs: states and no rings.
cat >"$work/backend" <<'EOT'
#!/bin/sh
displays=/local/domain/0/backend/vdispl
echo "backend: domains at the start: $(xenstore-list /local/domain | tr '\n' ' ')"

# The watch fires once when it is set: from then on the backend sees every change.
xenstore-watch $displays | while read -r path; do
	[ -e /run/before-domu.ready ] || touch /run/before-domu.ready
	case ${path#"$displays"} in
	/*/*/state)
		back=${path%/state}
		[ "$(xenstore-read "$path" 2>/dev/null)" = 1 ] || continue
		front=$(xenstore-read "$back/frontend")
		echo "backend: waits for $front"
		xenstore-write "$path" 2
		(
			until [ "$(xenstore-read "$front/state")" = 3 ]; do sleep 0.1; done
			echo "backend: the frontend is initialised"
			xenstore-write "$path" 4
		) &
		;;
	esac
done
EOT
chmod +x "$work/backend"

lab_exec --add "$work/backend" --before-domu backend --limit 60 --wait-domu \
	--xl-opt 'vdispl = [ "backend=0,be-alloc=0,connectors=Virtual-1:800x600" ]' \
	--in-dom0 'echo "domains now: $(xenstore-list /local/domain | tr "\n" " ")"' \
	--in-domu 'state=/sys/bus/xen/devices/vdispl-0/state
		for _ in $(seq 300); do
			[ "$(cat $state)" != Connected ] || break
			sleep 0.1
		done
		echo "vdispl-0: $(cat $state)"; lab-dri
		for card in /dev/dri/by-driver/*; do echo "${card##*/} $(readlink $card)"; done'
want_status 0
want_line 'dom0| backend: domains at the start: 0 '
want_line 'dom0| domains now: 0 1 '
want_line 'dom0| backend: waits for /local/domain/1/device/vdispl/0'
want_line 'dom0| backend: the frontend is initialised'
want_line 'domu| vdispl-0: Connected'
want_line 'domu| xendrm-du /dev/dri/card2'
want_line 'domu| vgem /dev/dri/card0'
want_line 'domu| vgem-render /dev/dri/renderD128'

lab_exec --limit 60 --before-domu 'echo sorry; exit 5' --in-dom0 true
want_status 125
want_line 'dom0| sorry'
want_said 'the command of --before-domu ended with status 5'

exit "$failed"
