#!/bin/bash
# The series for Xen 4.17 applies, each commit builds, the library has the symbols of its map, and a
# program runs with it.
set -eu
# shellcheck source=tests/host/series-xen.inc
. "$(dirname "$0")/series-xen.inc"

source_of 4.17 || skip 'the archive has no source of Xen 4.17'
"$series" check --xen 4.17 --source "$source"
