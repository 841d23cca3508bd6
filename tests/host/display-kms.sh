#!/bin/bash
# limit: 850
# boots
# long
# displd shows a guest's frames on a KMS device (vkms). The checksums of what vkms composes are
# the same as when a program in Dom0 shows the frames there, with buffers of the guest and of the
# backend. Page flips are done on the vertical blanks of vkms. Nothing is held afterwards.
set -u
. "$(dirname "$0")/display.inc"

cat >"$work/in-dom0" <<'END'
. /opt/lab/dom0.sh
mount -t debugfs none /sys/kernel/debug 2>/dev/null
card=$(readlink -f /dev/dri/by-driver/vkms)
crc=/sys/kernel/debug/dri/${card##*/card}/crtc-0/crc

# Checksums are there only while the CRTC is on, so begin_crc tries until it is.
begin_crc()
{
	echo auto >$crc/control
	rm -f /tmp/crc.end
	(until [ -e /tmp/crc.end ]; do timeout 1 cat $crc/data 2>/dev/null; done >/tmp/crc) &
	reader=$!
}

# Leaves the checksums in /tmp/crc.sums, in one line, without that of a dark screen.
end_crc()
{
	touch /tmp/crc.end
	wait "$reader"
	awk '{ print $2 }' /tmp/crc | sort -u | grep '^0x' | grep -v '^0x0*$' | tr '\n' ' ' >/tmp/crc.sums
}

begin_crc
display-client "$card" 25 || give_up 'the client in Dom0'
end_crc
native=$(cat /tmp/crc.sums)
echo "native: $native"
start_displd --output kms:vkms
for alloc in 0 1; do
	begin_crc
	attach "be-alloc=$alloc,connectors=Virtual-1:1280x720"
	wait_for "end of the guest's client" \
		"[ \"\$(xenstore-read /local/domain/$DOMU_ID/data/done 2>/dev/null)\" = $alloc ]"
	end_crc
	shared=$(cat /tmp/crc.sums)
	# A frame can be missed on a busy machine. A wrong one is a sixth checksum.
	[ "$(echo $native $shared | tr ' ' '\n' | sort -u | wc -l)" -le 5 ] &&
		[ "$(echo $shared | wc -w)" -ge 3 ] ||
		give_up "be-alloc=$alloc has the checksums $shared"
	echo "same checksums"
	destroy_domu
	[ $alloc -eq 1 ] || lab-domu create || give_up 'lab-domu create'
	DOMU_ID=$(cat /run/lab/domu-id)
done
end_displd
END
cat >"$work/in-domu" <<'END'
. /opt/lab/domu.sh
display-client "/dev/dri/$(wait_display vdispl-0)" 25 &&
	xenstore-write data/done "$(xenstore-read device/vdispl/0/be-alloc)"
sleep 1000
END
display_boot
want_status 0
[ "$(grep -c '^dom0| same checksums$' "$work/out")" -eq 2 ] || wrong "$(cat "$work/out")"
[ "$(sed -n 's/^dom0| native: //p' "$work/out" | wc -w)" -ge 3 ] ||
	wrong "too few checksums: $(grep native "$work/out")"
want_clean

exit "$failed"
