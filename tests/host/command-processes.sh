#!/bin/bash
# limit: 850
# boots
# long
# 'xen-dmabuf list', 'query' and 'wait' see the buffers of other processes in both domains, and wait
# tells the release also when the process is killed. A sharer that gets a signal, or whose time is
# over, gets its buffer back before it ends. Of several sharers that take a name at the same moment
# one gets it, and so does one of several receivers of a name. Dom0 notices the end of the guest.
set -u
. "$(dirname "$0")/command.inc"

cat >"$work/in-domu" <<'END'
# What the guest knows of the buffer that Dom0 maps.
mapped() { xen-dmabuf list --json | grep -q '"peer_mapped": 300'; }

xen-dmabuf share --domain 0 --card --name held --timeout 100 &
held=$!
try mapped
echo "json: $(xen-dmabuf list --json --pid "$held" | tr '\n' ' ')"
as import xen-dmabuf wait --pid "$held" --id 1 --timeout 100
wait_as held "$held"
as killed xen-dmabuf share --domain 0 --card --name killed --timeout 100
xen-dmabuf share --domain 0 --card --name signal &
signalled=$!
try mapped
kill -TERM "$signalled"
wait_as signal "$signalled"
as time xen-dmabuf share --domain 0 --card --name time --timeout 8
as serve xen-dmabuf bench --serve --domain 0 --pages 64 --timeout 100
for round in 1 2; do
	as "one-$round" xen-dmabuf share --domain 0 --card --name "one-$round" --timeout 60
done
as next-first xen-dmabuf receive --domain 0 next --timeout 120 --exec 'sleep 5'
as next-second xen-dmabuf receive --domain 0 next --timeout 10
xen-dmabuf share --domain 0 --card --name destroyed
END
cat >"$work/in-dom0" <<'END'
watch()
{
	rm -f /tmp/x.png
	xen-dmabuf watch --domain "$DOMU_ID" --format png --output /tmp/x.png --interval 200 \
		--timeout 100 "$@" &
	watcher=$!
	try test -e /tmp/x.png
}

# wait_for NAME OPTION...: in the background, from the time at which it really waits.
wait_for()
{
	waiting=/tmp/$1
	shift
	xen-dmabuf wait --pid "$watcher" --id 1 "$@" >"$waiting" &
	waiter=$!
	try grep -q '^waiting for buffer 1 ' "$waiting"
}

watch held
xen-dmabuf list --all
xen-dmabuf list --json >/out/list.json
xen-dmabuf list --json --all >/out/all.json
xen-dmabuf query --pid "$watcher" --id 1 --json >/out/query.json
as query xen-dmabuf query --pid "$watcher" --id 1
fd=$(xen-dmabuf list --pid "$watcher" | awk 'NR == 2 { print $3 }')
as right-fd xen-dmabuf query --pid "$watcher" --id 1 --fd "$fd" >/dev/null
as wrong-fd xen-dmabuf query --pid "$watcher" --id 1 --fd 0
as later-id xen-dmabuf query --pid "$watcher" --id 2
as wait-limit xen-dmabuf wait --pid "$watcher" --id 1 --timeout 0.5
wait_for wait-interrupted
kill -TERM "$waiter"
wait_as wait-interrupted "$waiter"
wait_for waiter --timeout 60
kill -TERM "$watcher"
wait_as watcher-interrupted "$watcher"
wait_as waiter "$waiter"

watch killed
wait_for waiter-of-killed --timeout 60
kill -KILL "$watcher"
wait_as waiter-of-killed "$waiter"
wait "$watcher"
as gone xen-dmabuf wait --pid "$watcher" --id 1

watch signal
wait_as withdrawn-by-signal "$watcher"
watch time
wait_as withdrawn-by-time "$watcher"

xen-dmabuf bench --domain "$DOMU_ID" --pages 64 --rounds 100000 --timeout 100 & bench=$!
# Until the first one is released.
try sh -c "xen-dmabuf query --pid $bench --id 1 2>/dev/null | grep -q released"
xen-dmabuf query --pid "$bench" --id 1 | sed 's/^/released: /'
as wait-released xen-dmabuf wait --pid "$bench" --id 1
kill -TERM "$bench"
wait_as bench-interrupted "$bench"

for round in 1 2; do
	receivers=
	for receiver in 1 2 3; do
		{
			xen-dmabuf receive --domain "$DOMU_ID" "one-$round" --timeout 6
			echo "one-$round: status $?"
		} &
		receivers="$receivers $!"
	done
	wait $receivers
done

as no-process xen-dmabuf list --pid 99999
as no-gntdev xen-dmabuf wait --pid 1 --id 1
as no-id xen-dmabuf wait --pid 1
as zero xen-dmabuf query --pid 1 --id 0
as bad-option xen-dmabuf list --no-such-option
as extra xen-dmabuf list 1
as help xen-dmabuf wait --help >/dev/null

for round in 1 2; do
	sharers=
	for sharer in 1 2 3 4; do
		{
			xen-dmabuf share --domain "$DOMU_ID" --card --name same --timeout 6
			echo "round $round: status $?"
		} 2>/tmp/same-$sharer &
		sharers="$sharers $!"
	done
	wait $sharers
	sort /tmp/same-* | uniq -c
done
xenstore-ls "/local/domain/0/data/xen-dmabuf" 2>/dev/null | sed 's/^/left: /'

# The second one offers the name while the guest has the buffer of the first one.
share_next() { xen-dmabuf share --domain "$DOMU_ID" --card --name next --timeout 60; }
share_next >/tmp/next &
first=$!
try grep -q shared /tmp/next
as next-second try share_next
wait_as next-first "$first"

xen-dmabuf share --domain "$DOMU_ID" --card --name destroyed &
sharer=$!
watch destroyed
lab-domu destroy
wait_as sharer-was-destroyed "$watcher"
wait_as receiver-was-destroyed "$sharer"
END
run_command

want_end dom0 query 0
want_end dom0 right-fd 0
want_end dom0 wrong-fd 1
want_end dom0 later-id 1
want_end dom0 wait-limit 3
want_end dom0 wait-interrupted 5
want_end dom0 watcher-interrupted 5
want_end dom0 waiter 0
want_end dom0 waiter-of-killed 0
want_end dom0 gone 1
want_end domu import 0
want_end domu held 0
want_end domu killed 1
want_end domu signal 5
want_end domu time 3
want_text 'interrupted; domain 0 has released the buffer'
want_text 'the time was over; domain 0 has released the buffer'
want_end dom0 withdrawn-by-signal 0
want_end dom0 withdrawn-by-time 0
want_line 'dom0| released: state         released'
want_end dom0 wait-released 0
want_end dom0 bench-interrupted 5
want_end domu serve 1
for name in no-process no-gntdev; do
	want_end dom0 "$name" 1
done
for name in no-id zero bad-option extra; do
	want_end dom0 "$name" 2
done
want_end dom0 help 0

# The JSON is what another program reads of it.
json() { python3 -c "import json, sys; d = json.load(open(sys.argv[1])); $2" "$1" ||
	wrong "$1: $(cat "$1")"; }
if command -v python3 >/dev/null; then
	sed -n 's/^domu| json: //p' "$work/out" >"$work/domu.json"
	json "$work/domu.json" 'b, = d; assert b["kind"] == "import" and b["domain"] == 0
assert (b["pages"], b["peer_mapped"], b["state"], b["name"]) == (300, 300, "live", None)
assert b["attachments"] is None and b["flags"] == []'
	json "$pictures/list.json" 'b, = d; assert b["kind"] == "export" and b["pages"] == 300
assert b["user_mappings"] == 1 and b["peer_mapped"] is None and b["command"] == "xen-dmabuf"
assert b["name"] == "xen-dom%d-1" % b["domain"] and b["domain"] > 0'
	json "$pictures/all.json" 'b, u = d; assert u["kind"] == "user" and u["name"] == b["name"]
assert (u["pages"], u["descriptors"], u["user_mappings"]) == (300, 1, 1)
assert u["pid"] == b["pid"]'
	json "$pictures/query.json" 'assert d["id"] == 1 and d["state"] == "live"
assert set(d["properties"]) <= {"contiguous", "lost"}'
else
	echo "no python3: the JSON is not read"
fi

for round in 1 2; do
	want_end domu "one-$round" 0
	got=$(grep -cx "dom0| one-$round: status 0" "$work/out")
	late=$(grep -cx "dom0| one-$round: status 3" "$work/out")
	[ "$got/$late" = 1/2 ] || wrong "one-$round: $got receivers got the buffer, $late did not"
done
for round in 1 2; do
	won=$(grep -cx "dom0| round $round: status 3" "$work/out")
	lost=$(grep -cx "dom0| round $round: status 1" "$work/out")
	[ "$won/$lost" = 1/3 ] || wrong "round $round: $won sharers had the name, $lost had not"
done
! grep -q '^dom0| left: .*same' "$work/out" || wrong "a name stays"
for domain in dom0 domu; do
	want_end $domain next-first 0
	want_end $domain next-second 0
done
want_end dom0 sharer-was-destroyed 0
want_end dom0 receiver-was-destroyed 1

show
exit "$failed"
