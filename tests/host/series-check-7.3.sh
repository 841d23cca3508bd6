#!/bin/bash
# limit: 1500
# The series for Linux 7.3 applies, passes the style checks and compiles (without --steps).
exec "$(dirname "$0")/../../tools/series/series" check --linux 7.3
