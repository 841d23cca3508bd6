#!/bin/bash
# limit: 600
# boots
# long
# The lab reports the crash of a kernel in either domain as a crash, long before the limit.
set -u
. "$(dirname "$0")/lab-boot.inc"

SECONDS=0
lab_exec --limit 200 --in-dom0 'echo before; sleep 1; echo c >/proc/sysrq-trigger; sleep 1000'
want_status 126
want_said "a kernel crashed"
want_said "Kernel panic - not syncing"
want_said "__handle_sysrq"
want_line "dom0| before"

lab_exec --limit 200 --in-dom0 'while lab-domu alive; do sleep 1; done' \
	--in-domu 'sleep 1; echo c >/proc/sysrq-trigger; sleep 1000'
want_status 126
want_said "Kernel panic - not syncing"
[ "$SECONDS" -lt 300 ] || wrong "it took $SECONDS s: the limit ended it, not the crash"

exit "$failed"
