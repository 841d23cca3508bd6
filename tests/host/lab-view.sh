#!/bin/bash
# limit: 600
# boots
# kernel: pvh
# long
# lab exec --view: a VNC viewer can connect to the machine's screen.
set -u
. "$(dirname "$0")/lab-boot.inc"

display=$((1000 + RANDOM % 8000))
(
	# Until QEMU listens, a connection is refused. Its first words are the protocol's version.
	for ((try = 0; try < 600; try++)); do
		sleep 0.5
		exec 3<>"/dev/tcp/127.0.0.1/$((5900 + display))" || continue
		read -r -t 10 -n 11 version <&3
		echo "$version" >"$work/version"
		break
	done 2>/dev/null
) &
lab_exec --arch x86_64 --view "127.0.0.1:$display" --in-dom0 true
want_status 0
wait
[[ $(cat "$work/version") == 'RFB 003.'* ]] || wrong "the screen's server said '$(cat "$work/version")'"

exit "$failed"
