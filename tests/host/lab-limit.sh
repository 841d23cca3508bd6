#!/bin/bash
# limit: 400
# boots
# A command that does not end is stopped at its limit, and told apart from a crash.
set -u
. "$(dirname "$0")/lab-boot.inc"

mkdir "$work/log"
touch "$work/log/precious"
lab_exec --limit 5 --in-dom0 'cat /proc/uptime; while sleep 0.5; do cat /proc/uptime; done'
want_status 124
want_said "the limit of 5 s is over"
[ -s "$work/log/serial.log" ] || wrong "the logs are not kept"
[ "$(grep -c 'PC=' "$work/log/registers.log")" -eq 4 ] ||
	wrong "the log does not say twice where the two CPUs were"
grep -q "'q' pressed" "$work/log/serial.log" || wrong "Xen was not asked what its domains do"
[ -e "$work/log/precious" ] || wrong "a file of somebody else's is gone from --log"

# By Dom0's clock, which may run slower than ours on a busy machine, never faster.
ran=$(sed -n 's/^dom0| \([0-9]*\)\..*/\1/p' "$work/out" | sed -n '1h; ${H; x; s/\n/ /; p}')
read -r first last <<<"$ran"
[ $((last - first)) -le 8 ] || wrong "the command ran for $((last - first)) s"

exit "$failed"
