#!/bin/bash
# limit: 400
# boots
# The lab stops a command that does not end at its limit, and does not report this as a crash.
set -u
. "$(dirname "$0")/lab-boot.inc"

mkdir "$work/log"
touch "$work/log/precious"
lab_exec --limit 5 --in-dom0 'cat /proc/uptime; while sleep 0.5; do cat /proc/uptime; done'
want_status 124
want_said "the limit of 5 s is over"
[ -s "$work/log/serial.log" ] || wrong "the logs are not kept"
[ "$(grep -c 'PC=' "$work/log/registers.log")" -eq 4 ] ||
	wrong "the log does not have the registers of both CPUs twice"
grep -q "'q' pressed" "$work/log/serial.log" || wrong "Xen did not print the state of its domains"
[ -e "$work/log/precious" ] || wrong "the lab removed a foreign file from --log"

# In Dom0's time. On a busy machine, Dom0's clock may be slower than this one, never faster.
ran=$(sed -n 's/^dom0| \([0-9]*\)\..*/\1/p' "$work/out" | sed -n '1h; ${H; x; s/\n/ /; p}')
read -r first last <<<"$ran"
[ $((last - first)) -le 8 ] || wrong "the command ran for $((last - first)) s"

exit "$failed"
