#!/bin/bash
# limit: 2400
# boots
# long
# A guest creates, shows and destroys 500 buffers on a KMS device, while another guest is destroyed
# three times in the middle of its flips. The first guest does not notice. Afterwards displd has as
# many descriptors as before, and no buffer.
set -u
# shellcheck source=tests/host/display.inc
. "$(dirname "$0")/display.inc"

cat >"$work/in-dom0" <<'END'
. /opt/lab/dom0.sh
descriptors() { ls /proc/$displd_pid/fd | wc -l; }
connections() { grep -c "display 0: $1" /tmp/displd.log; }
# Its id changes when it is created again.
second_domain() { ids=$(cat /run/lab/domu-ids); echo "${ids#* }"; }

start_displd --output kms:vkms --output files:/out,keep=4
steady=$DOMU_ID
attach be-alloc=0,connectors=own:1280x720 "$steady"
wait_for 'first display' '[ "$(connections connected,)" -eq 1 ]'
before=$(descriptors)
xenstore-write "/local/domain/$steady/data/turns" 250
for turn in 1 2 3; do
	attach be-alloc=0,connectors=short-lived:1280x720 "$(second_domain)"
	xenstore-write "/local/domain/$(second_domain)/data/turns" 100000
	wait_for "pictures of the second guest" '[ "$(ls /out | wc -l)" -ge 3 ]'
	lab-domu destroy 2
	wait_for 'end of the second display' '[ "$(connections disconnected)" -eq "$turn" ]'
	rm -f /out/*
	[ "$turn" -eq 3 ] || lab-domu create 2
done
echo 'destroyed three times'
for minute in $(seq 30); do
	xenstore-exists "/local/domain/$steady/data/done" && break
	sleep 60
done
echo "steady: $(xenstore-read "/local/domain/$steady/data/done")"
wait_for "$before descriptors, now $(descriptors)" '[ "$(descriptors)" -le "$before" ]'
kill -USR1 $displd_pid
wait_for 'report' "grep -q 'display 0: 0 buffers' /tmp/displd.log"
echo 'nothing stays'
lab-domu destroy 1
wait_for 'end of the first display' '[ "$(connections disconnected)" -eq 4 ]'
end_displd
END
cat >"$work/in-domu" <<'END'
. /opt/lab/domu.sh
node=$(wait_display 'vdispl-*')
until turns=$(xenstore-read data/turns 2>/dev/null); do sleep 1; done
xenstore-write data/done "$(display-client "/dev/dri/$node" 2 "$turns" 2>&1)"
sleep 100000
END
display_boot --domus 2 --limit 2100
want_status 0
want_line 'dom0| destroyed three times'
grep -q '^dom0| .*display-client: 250 turns of 2 frames$' "$work/out" || wrong 'the steady client'
want_line 'dom0| nothing stays'
want_clean
[ "$failed" -eq 0 ] || cat "$work/out"

exit "$failed"
