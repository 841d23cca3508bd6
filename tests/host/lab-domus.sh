#!/bin/bash
# limit: 600
# boots
# lab exec --domus: each DomU runs the command and knows its number, each status is told. The
# ids in Dom0's environment follow `lab-domu create`.
set -u
. "$(dirname "$0")/lab-boot.inc"

lab_exec --domus 3 --wait-domu --limit 200 \
	--in-domu 'echo "$LAB_DOMU of $LAB_DOMUS"; [ "$LAB_DOMU" -ne 3 ] || exit 9' \
	--in-dom0 'echo "first $DOMU_ID of $DOMU_IDS"; xl list | awk "/^domu/ { print \$1, \$2, \$3 }"
		lab-domu destroy; lab-domu create
		echo "first $DOMU_ID of $DOMU_IDS, $(cat /run/lab/domu-id)"
		lab-domu destroy 2; lab-domu alive 2 || lab-domu create 2
		echo "first $DOMU_ID of $DOMU_IDS, $(lab-domu id 2)"
		lab-domu create 4 || exit 0'
want_status 9
want_line 'dom0| first 1 of 1 2 3'
for line in 'domu 1 256' 'domu2 2 256' 'domu3 3 256'; do
	want_line "dom0| $line"
done
want_line 'domu| 1 of 3'
want_line 'domu2| 2 of 3'
want_line 'domu3| 3 of 3'
want_line 'dom0| first 4 of 4 2 3, 4'
want_line 'dom0| first 4 of 4 5 3, 5'
want_line 'dom0| lab-domu: this boot has no DomU 4, see --domus'
[ "$(tail -n 4 "$work/out")" = $'dom0: exit 0\ndomu: exit 0\ndomu2: exit 0\ndomu3: exit 9' ] ||
	wrong "the last lines are: $(tail -n 4 "$work/out")"
[ -s "$work/log/domu3-console.log" ] || wrong "the third DomU's console is not kept"

exit "$failed"
