#!/bin/bash
# limit: 850
# boots
# kernel: pvh
# The same as display/show, with a PVH Dom0 and a PVH guest.
set -u
. "$(dirname "$0")/display.inc"
only_long

DISPLAY_PLATFORM=pvh
. "$(dirname "$0")/display-show.inc"

exit "$failed"
