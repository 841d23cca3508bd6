#!/bin/bash
# limit: 850
# boots
# kernel: pv
# long
# The same as display/show, with a PV Dom0 and a PVH guest. (The display driver of a PV guest cannot
# map buffers of the backend: Linux takes the frames of the other domain for its own.)
set -u
. "$(dirname "$0")/display.inc"

DISPLAY_PLATFORM=pv
. "$(dirname "$0")/display-show.inc"

exit "$failed"
