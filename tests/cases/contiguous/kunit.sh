#!/bin/sh
# platforms: pvh pv arm64
# limit: 120
#
# The kernel's own tests of the allocator of contiguous frames (KUnit) all pass here.

module=balloon-contiguous-test
suite=xen-balloon-contiguous
results=/sys/kernel/debug/kunit/$suite/results

# In the kernel's log they stand behind what is there already, each behind its time.
logged() { dmesg | tail -n +$((seen + 1)) | sed 's/^\[[ 0-9.]*\] //'; }

# Loading it runs them, so it must not be there yet.
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
# One that was skipped did not run.
ran=$(echo "$text" | grep -v '# SKIP' | grep -cE '^ +ok [0-9]+ ')
echo "$ran tests ran"
[ "$ran" -gt 0 ] && echo "$text" | grep -qE "^ok [0-9]+ $suite"
