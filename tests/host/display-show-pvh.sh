#!/bin/bash
# limit: 850
# boots
# kernel: pvh
# A PVH Dom0 does what that of display/show does on arm64.
set -u
. "$(dirname "$0")/display.inc"
only_long

DISPLAY_PLATFORM=pvh
. "$(dirname "$0")/display-show.inc"

exit "$failed"
