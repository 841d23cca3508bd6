#!/bin/bash
# limit: 1500
# boots
# Tests the runner with made-up cases that fail in all possible ways. The runner must report each
# failure correctly, and the other cases must still pass.
set -u
. "$(dirname "$0")/lab-boot.inc"

cases=$work/cases/made-up
mkdir -p "$cases"

# made_up NAME [HEADER]: a case from stdin.
made_up()
{
	{ echo '#!/bin/sh'; echo "# ${2:-nothing to declare}"; cat; } >"$cases/$1.sh"
	chmod +x "$cases/$1.sh"
}

made_up a-passes <<<'echo all is well'
made_up b-fails <<<'echo this is why; exit 1'
made_up c-skips <<<'echo not today; exit 4'
made_up d-late 'limit: 2' <<<'sleep 100'
made_up e-warns <<<'echo "<4>WARNING: made up" >/dev/kmsg'
made_up f-holds-module <<'EOT'
setsid sh -c 'echo >/tmp/held; exec sleep 1000' </dev/xen/gntdev >/dev/null 2>&1 &
while [ ! -e /tmp/held ]; do sleep 0.1; done
EOT
made_up h-balloons <<'EOT'
target=/sys/devices/system/xen_memory/xen_memory0/target_kb
echo $(($(cat $target) - 4096)) >$target
EOT
made_up i-kills-guest <<<'lab-domu destroy'
made_up j-kills-guest-duly kills-domu <<<'lab-domu destroy'
made_up k-crashes <<<'echo last words; echo c >/proc/sysrq-trigger; sleep 1000'
made_up l-silences 'limit: 2' <<'EOT'
for process in /proc/[0-9]*; do
	grep -q dom0-run "$process/cmdline" && kill -STOP "${process##*/}"
done
EOT
made_up m-after <<<':'
# If Xen offers a region, it is the second range of this property.
made_up n-balloon 'platforms: arm64-balloon' <<'EOT'
[ "$PLATFORM" = arm64-balloon ] || { echo "PLATFORM is $PLATFORM"; exit 1; }
[ "$(wc -c </proc/device-tree/hypervisor/reg)" -eq 16 ] || { echo "Xen offers a region"; exit 1; }
EOT

cat >"$cases/g-holds-grants.c" <<'EOT'
// SPDX-License-Identifier: GPL-2.0
/* Exits while a process outside its process group still holds its export. */
#include <sys/mman.h>
#include <unistd.h>

#include "case.h"
#include "guest.h"

int main(void)
{
	struct scene scene;

	scene_open(&scene, 3, 0);
	if (fork())
		return CASE_PASS;
	setsid();
	close(1);
	close(2);
	export_map(&scene.export, PROT_READ);
	for (;;)
		pause();
}
EOT

cd "$root" || exit 1
env -u CASE -u LONG -u MAINLINE -u REPEAT BUILD="$work/build" CASES_DIR="$work/cases" \
	PLATFORMS='arm64 arm64-balloon' CHECK_SECONDS=45 JOBS=2 JUNIT="$work/junit.xml" \
	tests/runner/run >"$work/out" 2>"$work/err"
status=$?
tap=$work/build/results.tap

# The same with expected faults, with MAINLINE=1. The kernel has our patches. The cases trigger the
# faults themselves. That is three boots, for which make test has no time.
cases=$work/mainline/made-up
mkdir -p "$cases"
made_up o-spoils $'mainline\n# mainline-spoils' <<<'echo "<4>WARNING: made up" >/dev/kmsg'
made_up p-dies-duly $'mainline\n# mainline-crash: sysrq triggered crash' \
	<<<'echo c >/proc/sysrq-trigger; sleep 1000'
made_up q-dies-of-something-else $'mainline\n# mainline-crash: general protection' \
	<<<'echo c >/proc/sysrq-trigger; sleep 1000'
made_up r-unwanted 'not of the old kernel' <<<':'
if [ -n "${LONG:-}" ]; then
	env -u CASE -u LONG -u REPEAT MAINLINE=1 SERIES=ours BUILD="$work/build" \
		CASES_DIR="$work/mainline" PLATFORMS=arm64 \
		tests/runner/run >"$work/out-mainline" 2>>"$work/err"
	cat "$work/build/results-mainline.tap" >>"$tap"
fi

# want NUMBER VERDICT NAME [WHY [PLATFORM]]: the results have this line, which ends with a time.
want()
{
	local line="$2 $1 made-up/$3\\[${5:-arm64}\\] # ${4:+$4, }[0-9]+\\.[0-9] s"

	grep -qxE "$line" "$tap" || wrong "not in the results: $line"
}

# want_why NAME WORDS: the diagnostics immediately before the result of NAME contain WORDS.
want_why()
{
	awk -v name="made-up/$1[arm64]" -v words="$2" '
		/^#/ { text = text "\n" $0; next }
		index($0, name) { found = index(text, words) > 0 }
		{ text = "" }
		END { exit !found }' "$tap" || wrong "$1: the diagnostics do not contain: $2"
}

grep -qx '1..14' "$tap" || wrong "the plan is not 1..14"
want 1 ok a-passes
want 2 'not ok' b-fails
want_why b-fails 'this is why'
want 3 ok c-skips 'SKIP not today'
want 4 'not ok' d-late
want_why d-late 'the limit of 4 s is over'
want 5 'not ok' e-warns
want_why e-warns 'WARNING: made up'
want 6 'not ok' f-holds-module
want_why f-holds-module 'users of xen_gntdev'
want 7 'not ok' g-holds-grants
want_why g-holds-grants '+grant: reference'
want_why g-holds-grants 'the guest could not end 3 of its grants'
want 8 'not ok' h-balloons
want_why h-balloons 'balloon target_kb'
want 9 'not ok' i-kills-guest
want_why i-kills-guest 'the guest is gone'
want 10 ok j-kills-guest-duly
want 11 'not ok' k-crashes crash
want 12 'not ok' l-silences hang
want_why l-silences 'run again: Dom0 stopped responding'
want 13 ok m-after
want 14 ok n-balloon '' arm64-balloon
if [ -n "${LONG:-}" ]; then
	want 1 ok o-spoils
	want 2 ok p-dies-duly
	want_why p-dies-duly 'reproduced, the kernel crashed'
	want 3 'not ok' q-dies-of-something-else crash
	grep -qx '1..3' "$tap" || wrong "the plan of the old kernel's cases is not 1..3"
	[ "$(tail -n 1 "$work/out-mainline")" = '2 passed, 1 failed' ] ||
		wrong "the last line for the old kernel is: $(tail -n 1 "$work/out-mainline")"
fi
[ "$(tail -n 1 "$work/out")" = '4 passed, 9 failed, 1 skipped' ] ||
	wrong "the last line is: $(tail -n 1 "$work/out")"
[ "$status" -eq 1 ] || wrong "the runner's status is $status"

# The same results as JUnit XML, and the slowest cases at the end of the output.
want_xml() { grep -qE -- "$1" "$work/junit.xml" || wrong "not in the JUnit XML: $1"; }

want_xml '<testsuite name="xen-dmabuf" tests="14" failures="9" skipped="1">'
want_xml 'classname="arm64" name="made-up/a-passes" time="[0-9.]+"></testcase>'
want_xml 'name="made-up/b-fails" time="[0-9.]+"><failure message="">.*this is why'
want_xml 'name="made-up/c-skips" time="[0-9.]+"><skipped message="not today"/>'
want_xml 'name="made-up/k-crashes" time="[0-9.]+"><failure message="crash">'
want_xml 'classname="arm64-balloon" name="made-up/n-balloon"'
grep -A 1 '^the slowest:' "$work/out" | tail -n 1 |
	grep -qE '^ +[0-9.]+ s  made-up/(k-crashes|l-silences)\[arm64\]$' ||
	wrong "the list of the slowest is wrong: $(grep -A 3 '^the slowest:' "$work/out")"

[ "$failed" -eq 0 ] || { cat "$tap"; tail -n 20 "$work/err"; }
exit "$failed"
