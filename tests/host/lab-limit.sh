#!/bin/bash
# limit: 400
# boots
# A command that does not end is stopped at its limit, and told apart from a crash.
set -u
. "$(dirname "$0")/lab-boot.inc"

lab_exec --limit 3 --in-dom0 'echo waiting; sleep 1000'
want_status 124
want_said "the limit of 3 s is over"
want_line "dom0| waiting"
[ -s "$work/log/serial.log" ] || wrong "the logs are not kept"

exit "$failed"
