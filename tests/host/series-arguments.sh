#!/bin/bash
# The series tool refuses invalid arguments and input with a message and status 2.
set -u
. "$(dirname "$0")/series-made-up.inc"

run check --nonsense 1
want_status 2
want_said 'unknown option --nonsense'
run check --source
want_status 2
want_said '--source needs an argument'
run check --linux 9.9
want_status 2
want_said 'there is no patches/linux/9.9/series; there is: 1.2'
run check --source "$work/nowhere"
want_status 2
want_said 'nowhere is not a directory'
sed -i 's/^PATCHLEVEL.*/PATCHLEVEL = 4/' "$upstream/Makefile"
run check
want_status 2
want_said 'is linux 1.4.3, not 1.2'
afresh
run check --only nonsense
want_status 2
want_said 'there is no check nonsense'
run frobnicate
want_status 2
want_said 'usage: series'
afresh
echo 'what is this' >>"$patches/series"
run generate
want_status 2
want_said 'patches/linux/1.2/series:9: neither a patch, nor + or - and a path: what is this'
exit "$failed"
