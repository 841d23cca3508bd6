#!/bin/bash
# limit: 400
# boots
# lab exec runs a user's program in both domains and returns both statuses and the files of /out.
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
# Of the libraries, libnear is found by RUNPATH and needs libdeep from the same directory. libfar
# is found by --lib.
mkdir "$work"/{lib,other,bin}
for name in deep near far; do
	echo "int $name(void) { return 0; }" >"$work/$name.c"
done
echo 'int deep(void); int near(void) { return deep(); }' >"$work/near.c"
echo 'int near(void); int far(void); int main(void) { return near() + far(); }' >"$work/linked.c"
cc_arm64() { "$root/tools/lab/lab" cc --arch arm64 -o "$@" || exit 1; }
cc_arm64 "$work/lib/libdeep.so" -shared -fPIC "$work/deep.c"
cc_arm64 "$work/lib/libnear.so" -shared -fPIC "$work/near.c" -L"$work/lib" -ldeep
cc_arm64 "$work/other/libfar.so" -shared -fPIC "$work/far.c"
cc_arm64 "$work/bin/linked" "$work/linked.c" -L"$work/lib" -L"$work/other" -lnear -lfar \
	-Wl,--allow-shlib-undefined -Wl,-rpath-link,"$work/lib" -Wl,-rpath,'$ORIGIN/../lib'
lab_exec --add "$work/bin/linked" --in-dom0 linked
want_status 125
want_said "linked needs libfar.so for arm64, and it is not in $work/bin/../lib"
want_said 'give its directory with --lib DIR'

head -c 300000 /dev/urandom >"$work/data"

lab_exec --add "$work/user" --add "$work/data:/srv/data" --out "$work/files" --wait-domu \
	--add "$work/bin/linked" --lib "$work/other" \
	--xl-opt 'memory = 200' --xen-opt loglvl=debug \
	--in-dom0 'user zero; cp /srv/data /out/; mkdir /out/sub; echo deep >/out/sub/file
		   xl list domu; linked && echo linked; echo to-stderr >&2; exit 3' \
	--in-domu 'user guest; sha256sum /srv/data; exit 4'

want_status 3
want_line "dom0| program says zero"
want_line "domu| program says guest"
want_line "dom0| to-stderr"
want_line "dom0| linked"
want_line "domu| $(sha256sum <"$work/data" | sed 's|-$|/srv/data|')"
grep -qE '^dom0\| domu +1 +200 ' "$work/out" || wrong "--xl-opt had no effect: $(cat "$work/out")"
[ "$(tail -n 2 "$work/out" | head -n 1)" = "dom0: exit 3" ] || wrong "the last line but one is not Dom0's status"
[ "$(tail -n 1 "$work/out")" = "domu: exit 4" ] || wrong "the last line is not the DomU's status"
cmp -s "$work/data" "$work/files/data" || wrong "a file of /out did not come back as it was"
[ "$(cat "$work/files/sub/file" 2>/dev/null)" = deep ] || wrong "a file in a folder of /out did not come back"

exit "$failed"
