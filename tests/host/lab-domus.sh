#!/bin/bash
# limit: 600
# boots
# lab exec --domus: each DomU runs the command and has its number in LAB_DOMU. The lab reports
# each status. `lab-domu create` updates the ids in Dom0's environment.
set -u
. "$(dirname "$0")/lab-boot.inc"

lab_exec --domus 2 --wait-domu --limit 500 \
	--in-domu 'echo "$LAB_DOMU of $LAB_DOMUS"; [ "$LAB_DOMU" -ne 2 ] || exit 9' \
	--in-dom0 'echo "first $DOMU_ID of $DOMU_IDS"; xl list | awk "/^domu/ { print \$1, \$2, \$3 }"
		lab-domu destroy; lab-domu create
		echo "first $DOMU_ID of $DOMU_IDS, $(cat /run/lab/domu-id)"
		lab-domu destroy 2; lab-domu alive 2 || lab-domu create 2
		echo "first $DOMU_ID of $DOMU_IDS, $(lab-domu id 2)"
		lab-domu create 3 || exit 0'
want_status 9
want_line 'dom0| first 1 of 1 2'
for line in 'domu 1 256' 'domu2 2 256'; do
	want_line "dom0| $line"
done
want_line 'domu| 1 of 2'
want_line 'domu2| 2 of 2'
want_line 'dom0| first 3 of 3 2, 3'
want_line 'dom0| first 3 of 3 4, 4'
want_line 'dom0| lab-domu: this boot has no DomU 3, see --domus'
[ "$(tail -n 3 "$work/out")" = $'dom0: exit 0\ndomu: exit 0\ndomu2: exit 9' ] ||
	wrong "the last lines are: $(tail -n 3 "$work/out")"
[ -s "$work/log/domu2-console.log" ] || wrong "the second DomU's console is not kept"

exit "$failed"
