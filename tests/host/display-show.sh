#!/bin/bash
# limit: 850
# boots
# The display backend displd shows the frames of a guest's own DRM driver without a copy: each
# picture that it writes is the one that the guest has painted. The buffers are the guest's
# (be-alloc=0), then the backend's (be-alloc=1). modetest, a program of others, also shows
# its picture on the guest's device.
set -u
. "$(dirname "$0")/display.inc"
. "$(dirname "$0")/display-show.inc"

exit "$failed"
