#!/bin/bash
# limit: 400
# boots
# lab exec runs a user's program in both domains and hands back both statuses and files.
set -u
. "$(dirname "$0")/lab-boot.inc"

cat >"$work/user.c" <<'EOF'
#include <stdio.h>

int main(int argc, char **argv)
{
	return printf("program says %s\n", argc > 1 ? argv[1] : "nothing") < 0;
}
EOF
"$root/tools/lab/lab" cc --arch arm64 -o "$work/user" "$work/user.c" || exit 1
head -c 300000 /dev/urandom >"$work/data"

lab_exec --add "$work/user" --add "$work/data:/srv/data" --out "$work/files" --wait-domu \
	--xl-opt 'memory = 200' --xen-opt loglvl=debug \
	--in-dom0 'user zero; cp /srv/data /out/; mkdir /out/sub; echo deep >/out/sub/file
		   xl list domu; echo to-stderr >&2; exit 3' \
	--in-domu 'user guest; sha256sum /srv/data; exit 4'

want_status 3
want_line "dom0| program says zero"
want_line "domu| program says guest"
want_line "dom0| to-stderr"
want_line "domu| $(sha256sum <"$work/data" | sed 's|-$|/srv/data|')"
grep -qE '^dom0\| domu +1 +200 ' "$work/out" || wrong "--xl-opt had no effect: $(cat "$work/out")"
[ "$(tail -n 2 "$work/out" | head -n 1)" = "dom0: exit 3" ] || wrong "the last line but one is not Dom0's status"
[ "$(tail -n 1 "$work/out")" = "domu: exit 4" ] || wrong "the last line is not the DomU's status"
cmp -s "$work/data" "$work/files/data" || wrong "a file of /out did not come back as it was"
[ "$(cat "$work/files/sub/file" 2>/dev/null)" = deep ] || wrong "a file in a folder of /out did not come back"

exit "$failed"
