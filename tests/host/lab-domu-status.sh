#!/bin/bash
# limit: 850
# boots
# If Dom0's command succeeds, lab exec ends with the status of the DomU's command. A DomU that
# ends before its command is a failure.
set -u
. "$(dirname "$0")/lab-boot.inc"

lab_exec_again --wait-domu --in-dom0 'lab-domu alive' --in-domu 'sleep 1; exit 7'
want_status 7
want_line "dom0: exit 0"
want_line "domu: exit 7"

lab_exec_again --wait-domu --in-dom0 true --in-domu 'sleep 3; poweroff -f; sleep 1000'
want_status 126
want_said "the DomU ended by itself"

exit "$failed"
