#!/bin/bash
# limit: 850
# boots
# long
# 'xen-dmabuf watch' writes a picture of the guest as y4m and PNG, 'snapshot' as PNG. A program
# which knows only the formats' descriptions finds the same pixels in the files as in the raw bytes.
# 'receive --exec' gives the dma-buf to another program. 'bench' measures.
set -u
. "$(dirname "$0")/command.inc"

cat >"$work/in-domu" <<'END'
share() { xen-dmabuf share --domain 0 --timeout 100 "$@"; }

as raw share --card --name raw
as still share --card --name still
as y4m share --card --name y4m
as film share --moving --width 160 --height 120 --format RGB565 --name film
as frames share --moving --width 160 --height 120 --format XR24 --name frames
as head share --card --name head
as exec share --card --name exec
as exec-fails share --card --name exec-fails
as exec-ended xen-dmabuf share --domain 0 --card --name exec-ended --timeout 8
as text share --size 5000 --name text
as serve xen-dmabuf bench --serve --domain 0 --pages 256 --timeout 100
as serve-few xen-dmabuf bench --serve --domain 0 --pages 2 --timeout 100
END
cat >"$work/in-dom0" <<'END'
of_domu() { command=$1; shift; xen-dmabuf "$command" --domain "$DOMU_ID" --timeout 100 "$@"; }

cd /out
as raw of_domu receive raw --output raw
as still of_domu snapshot still
as y4m of_domu watch y4m --count 1 --output card.y4m
as film of_domu watch film --count 5 --interval 200 >film.y4m
as frames of_domu watch frames --format png --count 3 --interval 300 --output frame-%02d.png
# A reader that has enough is an end like another.
{ of_domu watch head; echo "head: status $?" >/tmp/head; } | head -c 100000 | wc -c
cat /tmp/head
as exec of_domu receive exec --exec 'test $XEN_DMABUF_WIDTH = 640 && readlink /proc/self/fd/3'
as exec-fails of_domu receive exec-fails --exec 'exit 7'
# The shell's child has the dma-buf as well.
as exec-ended of_domu receive exec-ended --exec 'sleep 60; true' </dev/null
as text of_domu watch text --output text.y4m
as bench of_domu bench --pages 1,16,256 --rounds 5 --touch --json >bench.json
as bench-few of_domu bench --pages 3

as no-output of_domu watch --format png
as bad-pattern of_domu watch --format png --output %s.png
as two-patterns of_domu watch --format png --output %d%d.png
as bad-format of_domu watch --format gif
as bad-snapshot of_domu snapshot --output card.jpg
as bad-pages of_domu bench --pages 1,,x
as nobody xen-dmabuf watch --domain "$DOMU_ID" --timeout 0.5 --output nothing.y4m nobody
as no-domain xen-dmabuf watch --domain 32000 --timeout 0.5 --output nothing.y4m
END
run_command

for name in raw still y4m film frames; do
	want_end dom0 "$name" 0
	want_end domu "$name" 0
done
want_end dom0 head 0
want_end domu head 0
want_line 'dom0| 100000'
want_end dom0 exec 0
want_end domu exec 0
grep -qx 'dom0| /dmabuf:xen-dom[0-9]*-1' "$work/out" || wrong "the program has no dma-buf"
want_end dom0 exec-fails 1
want_end domu exec-fails 0
want_end dom0 exec-ended 0
want_end domu exec-ended 3
want_text 'the time was over; domain 0 has released the buffer'
want_end dom0 text 1
want_end domu text 0
want_end dom0 bench 0
want_end domu serve 0
want_end dom0 bench-few 1
want_end domu serve-few 1
want_text 'grants 2 pages'
for name in no-output bad-pattern two-patterns bad-format bad-snapshot bad-pages; do
	want_end dom0 "$name" 2
done
want_end dom0 nobody 3
want_end dom0 no-domain 3
[ ! -e "$pictures/nothing.y4m" ] || wrong "a file is there for nothing"

# size_of FILE BYTES FRAMES: a y4m file with a header of 80 bytes at most.
size_of()
{
	local header size

	header=$(head -n 1 "$pictures/$1" | tr -d '\0')
	[[ "$header" =~ ^YUV4MPEG2\ W$2\ H$3\ F1000:[0-9]+\ Ip\ A1:1\ C444\  ]] ||
		wrong "$1: header $header"
	size=$((${#header} + 1 + $4 * (6 + $2 * $3 * 3)))
	[ "$(stat -c %s "$pictures/$1")" -eq "$size" ] ||
		wrong "$1: $(stat -c %s "$pictures/$1") bytes and not $size"
}
size_of card.y4m 640 480 1
size_of film.y4m 160 120 5
frames=("$pictures"/frame-*)
[ "${#frames[@]}" -eq 3 ] || wrong "frames: ${frames[*]}"
[ "$(md5sum <"$pictures/frame-00.png")" != "$(md5sum <"$pictures/frame-02.png")" ] ||
	wrong "the picture does not move"
if command -v pngcheck >/dev/null; then
	pngcheck -q "$pictures"/*.png || wrong "pngcheck finds faults"
fi
if command -v ffmpeg >/dev/null; then
	ffmpeg -v error -xerror -i "$pictures/film.y4m" -f null - || wrong "ffmpeg finds faults"
fi

cat >"$work/compare.py" <<'END'
# PNG by its specification (8 bits RGB, no interlace), y4m by yuv4mpeg(5), BT.601 with floats.
import json, struct, sys, zlib

def png(path):
    data = open(path, 'rb').read()
    assert data[:8] == b'\x89PNG\r\n\x1a\n'
    at, packed, names = 8, b'', []
    while at < len(data):
        length, = struct.unpack('>I', data[at:at + 4])
        kind, body = data[at + 4:at + 8], data[at + 8:at + 8 + length]
        crc, = struct.unpack('>I', data[at + 8 + length:at + 12 + length])
        assert crc == zlib.crc32(kind + body)
        names.append(kind)
        if kind == b'IHDR':
            width, height, *rest = struct.unpack('>IIBBBBB', body)
            assert rest == [8, 2, 0, 0, 0], rest
        if kind == b'IDAT':
            packed += body
        at += 12 + length
    assert names[0] == b'IHDR' and names[-1] == b'IEND'
    rows, stride = zlib.decompress(packed), width * 3
    assert len(rows) == height * (stride + 1)
    out, above = bytearray(), bytes(stride)
    for y in range(height):
        kind = rows[y * (stride + 1)]
        row = bytearray(rows[y * (stride + 1) + 1:(y + 1) * (stride + 1)])
        for i in range(stride) if kind else ():
            left = row[i - 3] if i >= 3 else 0
            corner = above[i - 3] if i >= 3 else 0
            up = above[i]
            if kind == 4:
                guess = left + up - corner
                best = min((abs(guess - v), n, v) for n, v in enumerate((left, up, corner)))[2]
            row[i] = (row[i] + {1: left, 2: up, 3: (left + up) // 2,
                                4: best if kind == 4 else 0}[kind]) & 255
        out += row
        above = row
    return width, height, bytes(out)

directory = sys.argv[1]
raw = open(directory + '/raw', 'rb').read()
pixels = [(raw[i + 2], raw[i + 1], raw[i]) for i in range(0, 640 * 480 * 4, 4)]
assert png(directory + '/still.png') == (640, 480, bytes(c for p in pixels for c in p))

film = open(directory + '/card.y4m', 'rb').read()
header, film = film.split(b'\n', 1)
assert film[:6] == b'FRAME\n'
size, worst = 640 * 480, 0
for i, (r, g, b) in enumerate(pixels):
    y = 16 + (65.481 * r + 128.553 * g + 24.966 * b) / 255
    cb = 128 + (-37.797 * r - 74.203 * g + 112 * b) / 255
    cr = 128 + (112 * r - 93.786 * g - 18.214 * b) / 255
    for plane, value in enumerate((y, cb, cr)):
        worst = max(worst, abs(film[6 + plane * size + i] - value))
assert worst < 1.5, worst

for number in range(3):
    width, height, _ = png('%s/frame-%02d.png' % (directory, number))
    assert (width, height) == (160, 120)

bench = json.load(open(directory + '/bench.json'))
assert [b['pages'] for b in bench] == [1, 16, 256]
assert all(b['rounds'] == 5 and 0 < b['export_us'] < b['buffer_us'] for b in bench)
print('pixels: the same, y4m within %.2f' % worst)
print('bench:', ', '.join('%(pages)d pages %(buffer_us).0f us' % b for b in bench))
END
if command -v python3 >/dev/null; then
	python3 "$work/compare.py" "$pictures" || wrong "a file is not what it should be"
else
	echo "no python3: the pixels are not compared"
fi

show
exit "$failed"
