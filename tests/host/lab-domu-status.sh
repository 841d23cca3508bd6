#!/bin/bash
# limit: 400
# boots
# With Dom0's command content, lab exec ends with the DomU's status; a DomU that ended
# before its command did is no success.
set -u
. "$(dirname "$0")/lab-boot.inc"

lab_exec --wait-domu --in-dom0 'lab-domu alive' --in-domu 'sleep 1; exit 7'
want_status 7
want_line "dom0: exit 0"
want_line "domu: exit 7"

lab_exec --wait-domu --in-dom0 true --in-domu 'sleep 3; poweroff -f; sleep 1000'
want_status 126
want_said "the DomU ended by itself"

exit "$failed"
