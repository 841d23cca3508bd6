#!/bin/bash
# limit: 850
# boots
# kernel: pvh
# long
# The same as display/show, with a PVH Dom0 and a PVH guest.
set -u
. "$(dirname "$0")/display.inc"

DISPLAY_PLATFORM=pvh
. "$(dirname "$0")/display-show.inc"

exit "$failed"
