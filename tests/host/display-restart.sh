#!/bin/bash
# limit: 850
# boots
# long
# displd is killed while a guest shows frames, and is started again: the guest's driver connects
# to the new one, and frames are shown again. The same after the display has been detached and
# attached. Neither kernel warns.
set -u
. "$(dirname "$0")/display.inc"

cat >"$work/in-dom0" <<'END'
. /opt/lab/dom0.sh
begin() { start_displd --output files:/out,keep=50; }
pictures() { wait_for "pictures $1" '[ "$(ls /out | wc -l)" -ge 4 ]'; }

begin
attach be-alloc=0,connectors=own0:1280x720
for turn in 1 2 3 4 5; do
	pictures "in turn $turn"
	kill -KILL "$displd_pid"
	wait "$displd_pid"
	rm -f /out/*
	: >/tmp/displd.log
	begin
done
pictures 'after the last start'
xl vdispl-detach "$DOMU_ID" 0 || give_up vdispl-detach
wait_for 'end of the display' 'grep -q disconnected /tmp/displd.log'
rm -f /out/*
attach be-alloc=0,connectors=own0:1280x720
pictures 'after it was detached and attached'
echo 'pictures each time'
dmesg | grep -E 'WARNING|BUG|refcount' | sed 's/^/Dom0 warns: /'
destroy_domu
end_displd
END
cat >"$work/in-domu" <<'END'
. /opt/lab/domu.sh
# The client fails when the backend goes.
while :; do
	display-client "/dev/dri/$(wait_display 'vdispl-*')" 1000 >/dev/null
	echo 'the client ended'
	sleep 1
done
END
display_boot
want_status 0
want_line 'dom0| pictures each time'
! grep 'Dom0 warns' "$work/out" || wrong 'Dom0 warns'
! grep -aE 'WARNING|BUG|refcount' "$work/log/domu-console.log" || wrong 'the guest warns'
want_clean

exit "$failed"
