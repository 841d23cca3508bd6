#!/bin/bash
# limit: 2400
# boots
# kernel: pvh
# long
# Large imports, in both directions: 65,535, 65,536 and 65,537 references, which is where 16-bit
# counts overflow. Then 4 GiB at once: each of the two domains imports for the other one as much as
# the driver allows, half of its grant table (gnttab_max_frames=2048), and the other one exports and
# reads it. One page more is refused.
set -u
# Not on Arm: there, Xen limits the grant table of Dom0 by the size of its own code.
COMMAND_ARCH=x86_64
# shellcheck source=tests/host/command.inc
. "$(dirname "$0")/command.inc"

cat >>"$work/in-both" <<'END'
in_use=/sys/class/misc/xen!gntdev/dmabuf
mkdir -p /mnt
mount -t tmpfs -o size=90% none /mnt
for limit in limit mapping_limit; do
	echo 600000 >/sys/module/xen_gntdev/parameters/$limit
done
import_limit=$(cat $in_use/import_limit)
sizes='65535 65536 65537'

sum() { echo "$1: sum $(md5sum | cut -c 1-32)"; }
# make_file PAGES: /mnt/file, sparse, with random pages in it, so that it is made and read fast.
make_file()
{
	rm -f /mnt/file
	truncate -s "$(($1 * 4096))" /mnt/file
	for part in $(seq 0 7); do
		dd if=/dev/urandom of=/mnt/file bs=4096 seek=$((($1 - 1) * part / 7)) count=1 \
			conv=notrunc 2>/dev/null
	done
}
share()
{
	as "share $1" xen-dmabuf share --domain "$peer" --file /mnt/file --heap system --name "$1" \
		--timeout 900
}
receive()
{
	xen-dmabuf receive --domain "$peer" --output - --max-pages 600000 --timeout 600 "$1"
}
give()
{
	make_file "$1"
	sum "$me made $1" </mnt/file
	share "$1"
}
take() { receive "$1" | sum "$me received $1"; }

# exchange PAGES: gives one buffer and takes another one. Each side reads all but the end of what it
# takes, and then waits until the other side has come so far. At that moment all is shared.
exchange()
{
	give "$1" &
	receive "$1" | {
		head -c $((($1 - 1024) * 4096))
		meet
		echo "$me: imported $(cat $in_use/imported_pages)" >&9
		cat
	} | sum "$me received $1"
	wait
}
END
cat >"$work/in-dom0" <<'END'
me=Dom0 peer=$DOMU_ID data=/local/domain/$DOMU_ID/data
meet()
{
	until xenstore-exists "$data/seen"; do sleep 1; done
	xenstore-write "$data/go" 1
}
for pages in $sizes; do give "$pages"; done
for pages in $sizes; do take "$pages"; done
echo "import_limit $import_limit"
exchange "$import_limit"
make_file $((import_limit + 1))
share $((import_limit + 1)) 2>&1
END
cat >"$work/in-domu" <<'END'
me=guest peer=0
meet()
{
	xenstore-write data/seen 1
	until xenstore-exists data/go; do sleep 1; done
}
for pages in $sizes; do take "$pages"; done
for pages in $sizes; do give "$pages"; done
exchange "$import_limit"
receive $((import_limit + 1)) >/tmp/none
END

sums() { sed -n "s/^dom[0u]| $1: sum //p" "$work/out"; }
# want_same SENDER RECEIVER PAGES
want_same()
{
	[[ $(sums "$1 made $3") =~ ^[0-9a-f]{32}$ ]] || wrong "$1 made no $3 pages"
	[ "$(sums "$1 made $3")" = "$(sums "$2 received $3")" ] || wrong "$2 received other pages: $3"
}

run_command --limit 2000 --dom0-memory 3072 --memory 6700 --xl-opt 'memory = 2816' \
	--xl-opt 'max_grant_frames = 2048' --xl-opt 'max_maptrack_frames = 4096' \
	--xen-opt gnttab_max_frames=2048 --xen-opt gnttab_max_maptrack_frames=4096
limit=$(sed -n 's/^dom0| import_limit //p' "$work/out")
# The table has 2048 * 512 entries, of which a few are reserved.
[ "$((${limit:-0} / 1000))" -eq 524 ] || wrong "import_limit is '$limit'"
for pages in 65535 65536 65537 "$limit"; do
	want_same Dom0 guest "$pages"
	want_same guest Dom0 "$pages"
	want_end dom0 "share $pages" 0
	want_end domu "share $pages" 0
done
want_line "dom0| Dom0: imported $limit"
want_line "domu| guest: imported $limit"
want_end dom0 "share $((limit + 1))" 1
want_text 'Disk quota exceeded'
show

exit "$failed"
