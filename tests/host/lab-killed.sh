#!/bin/bash
# limit: 900
# boots
# The lab and the runner can be ended in any way, during a build or a boot. Within 10 s, all of
# their processes and temporary directories are gone.
set -u
. "$(dirname "$0")/lab-boot.inc"

cache=${LAB_CACHE:-${XDG_CACHE_HOME:-$HOME/.cache}/xen-dmabuf-lab}
home=$("$root/tools/lab/lab" source --linux 6.12) || exit 1
home=$(dirname "$home")
for part in kernel root; do
	"$root/tools/lab/lab" $part --arch arm64 >/dev/null || exit 1
done
# The warm cache has everything except the directories of other runs. The cold cache has a source
# and no kernel. Its hard links require the same file system.
warm=$work/warm
mkdir "$warm"
for part in apt kernels linux locks roots; do
	[ ! -e "$cache/$part" ] || ln -s "$cache/$part" "$warm/$part"
done
cold=$(mktemp -d "$cache/run.XXXXXX") || exit 1
trap 'rm -rf "$work" "$cold"' EXIT
mkdir -p "$cold/linux/${home##*/}"
cp -al "$home/pristine" "$home/VERSION" "$cold/linux/${home##*/}/"

# marked MARK: prints the command lines of the processes with MARK in their environment.
marked()
{
	local file pid

	while read -r file; do
		pid=${file#/proc/}
		{ tr '\0' ' ' <"/proc/${pid%%/*}/cmdline"; } 2>/dev/null && echo
	done < <(exec grep -lsF "LAB_TEST_MARK=$1" /proc/[0-9]*/environ)
}

# close SECONDS COMMAND...: runs the command in a terminal that is closed after SECONDS.
cat >"$work/close" <<'EOT'
import os, pty, sys, time
pid, terminal = pty.fork()
if pid == 0:
    os.execvp(sys.argv[2], sys.argv[2:])
end = time.time() + float(sys.argv[1])
os.set_blocking(terminal, False)
while time.time() < end:
    try:
        os.read(terminal, 4096)
    except BlockingIOError:
        time.sleep(0.1)
    except OSError:
        break
os.close(terminal)
os.waitpid(pid, 0)
EOT

# end_by HOW SECONDS COMMAND...: run COMMAND and end it after SECONDS.
number=0
end_by()
{
	local how=$1 after=$2 mark lab left i

	shift 2
	number=$((number + 1))
	mark=$$-$number-
	# Without job control, background processes of a shell ignore SIGINT.
	set -m
	if [ "$how" = close ]; then
		LAB_TEST_MARK=$mark python3 "$work/close" "$after" "$@" &
		lab=$!
		sleep "$after"
	elif [ "$how" = script ]; then
		# The signal goes to the whole job of the script.
		LAB_TEST_MARK=$mark bash -c 'dir=$("$@"); echo "$dir"' sh "$@" \
			>"$work/out" 2>&1 </dev/null &
		lab=$!
		sleep "$after"
		kill -TERM -- "-$lab"
	else
		LAB_TEST_MARK=$mark "$@" >"$work/out" 2>&1 </dev/null &
		lab=$!
		sleep "$after"
		kill "-$how" "$lab" 2>/dev/null || wrong "$how $*: it ended before $after s: $(cat "$work/out")"
	fi
	set +m
	for ((i = 0; i < 100; i++)); do
		left=$(marked "$mark")
		[ -n "$left" ] || break
		sleep 0.1
	done
	echo "$how of ${*##*/} after $after s: $((i / 10)).$((i % 10)) s"
	[ -z "$left" ] || wrong "$how of $* after $after s leaves: $left"
	# End the remaining processes, so that the case itself leaves none.
	[ -z "$left" ] || grep -lsF "LAB_TEST_MARK=$mark" /proc/[0-9]*/environ |
		cut -d/ -f3 | xargs -r kill -KILL
	{ wait "$lab"; } 2>/dev/null
	for left in "$warm"/run.* "$cold"/linux/*/stage.*; do
		[ ! -e "$left" ] || wrong "$how of $* after $after s leaves $left"
	done
}

# some LOW HIGH: prints a random time between these, in seconds.
some() { awk -v a="$1" -v b="$2" -v r="$RANDOM" 'BEGIN { printf "%.1f", a + (b - a) * r / 32768 }'; }

# Random times find more than chosen ones. The first time is in the middle of make.
build=("$root/tools/lab/lab" kernel --arch arm64 --series none)
boot=("$root/tools/lab/lab" exec --arch arm64 --log "$work/log" --in-dom0 'sleep 1000')
LAB_CACHE=$cold end_by TERM 15 "${build[@]}"
for how in INT TERM HUP KILL close script; do
	LAB_CACHE=$cold end_by "$how" "$(some 0.2 6)" "${build[@]}"
done
for how in INT TERM HUP KILL close; do
	LAB_CACHE=$warm end_by "$how" "$(some 0.2 9)" "${boot[@]}"
done

# The runner, also under make: two boots and their builds.
export BUILD=$work/build CASE=export/sizes PLATFORMS='arm64 pvh' JOBS=2
for how in TERM INT HUP KILL close; do
	LAB_CACHE=$warm end_by "$how" "$(some 1 12)" "$root/tests/runner/run"
done
LAB_CACHE=$warm end_by TERM "$(some 5 12)" make -C "$root" test

exit "$failed"
