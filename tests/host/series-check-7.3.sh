#!/bin/bash
# limit: 1500
# The series for Linux 7.3 is in order: it applies, is clean and compiles (without --steps).
exec "$(dirname "$0")/../../tools/series/series" check --linux 7.3
