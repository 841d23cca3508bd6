#!/bin/sh
# platforms: pvh pv arm64
# limit: 120
#
# All KUnit tests of the kernel's allocator of contiguous frames pass.

module=balloon-contiguous-test
suite=xen-balloon-contiguous
results=/sys/kernel/debug/kunit/$suite/results

# The results are in the lines that were added to the kernel's log. Removes the time of each line.
logged() { dmesg | tail -n +$((seen + 1)) | sed 's/^\[[ 0-9.]*\] //'; }

# Loading the module runs the tests, so it must not be loaded yet.
! grep -q "^$(echo $module | tr - _) " /proc/modules || rmmod $module
seen=$(dmesg | wc -l)
if ! modprobe $module; then
	echo "error of the case or its surroundings: no module $module"
	exit 3
fi
if [ -r $results ]; then
	text=$(cat $results)
else
	text=$(logged)
fi
rmmod $module || exit 1
echo "$text"

if echo "$text" | grep -q 'not ok'; then
	echo "a test failed"
	exit 1
fi
# Do not count skipped tests.
ran=$(echo "$text" | grep -v '# SKIP' | grep -cE '^ +ok [0-9]+ ')
echo "$ran tests ran"
[ "$ran" -gt 0 ] && echo "$text" | grep -qE "^ok [0-9]+ $suite"
