#!/bin/bash
# limit: 1500
# The series for Linux 6.12 is in order: it applies, is clean and compiles (without --steps).
exec "$(dirname "$0")/../../tools/series/series" check --linux 6.12
