#!/bin/bash
# limit: 850
# boots
# long
# 'xen-dmabuf peer': Dom0 maps single pages of the guest in any order, by references and by a name,
# reads what the guest has written and writes what the guest reads. What cannot be done is answered
# with an error and gives a status other than 0.
set -u
. "$(dirname "$0")/command.inc"

cat >"$work/in-domu" <<'END'
# The guest goes on when Dom0 grants it a page by the name 'done'.
{
	echo write 1 c0ffee
	echo read 0 5
	echo read 12287 2
	xen-dmabuf peer map --domain 0 --name done --readonly --timeout 100 </dev/null >&2
	echo read 8192 4
	echo read 4096 3
} | as grant xen-dmabuf peer grant --domain 0 --pages 3 --writable --name pages
{
	echo write 0 5a
	xen-dmabuf peer map --domain 0 --name done2 --readonly --timeout 100 </dev/null >&2
	echo list
} | as grant-readonly xen-dmabuf peer grant --domain 0 --name readonly
END
cat >"$work/in-dom0" <<'END'
map() { xen-dmabuf peer map --domain "$DOMU_ID" "$@"; }

refs=$(echo list | map --name pages --timeout 100 | tail -n 1)
echo "refs: $refs"
set -- $refs
a=$2 b=$3 c=$4
printf '%s\n' "map $c" "map $a" "read $a 0 5" "write $c 0 DeadBeef" "unmap $c" "map $b" \
	"write $b 1 f00d" list "unmap $a" "map $c" "read $c 0 4" quit "read $c 0 4" | as order map
echo list | as arguments map "$c" "$a"
for command in 'map 4000000000' "read $a 4096 1" "read $a 4000 97" "write $a 0 abc" "unmap $b" \
	"map $a" "map x" 'map 1 2' 'no-command'; do
	echo "$command" | as "$command" map "$a"
done
echo "write $a 0 00" | as readonly map --readonly "$a"
xenstore-ls -p "/local/domain/$DOMU_ID/data/xen-dmabuf/0/pages" | sed 's/^/node: /'

sleep 5 | xen-dmabuf peer grant --domain "$DOMU_ID" --name done >/dev/null
as read map --name readonly --timeout 60 --readonly </dev/null
as write map --name readonly </dev/null
sleep 5 | xen-dmabuf peer grant --domain "$DOMU_ID" --name done2 >/dev/null

as no-name map --name no-name --timeout 1 </dev/null
as bad-name map --name no/name </dev/null
as bad-option map --pages 3 </dev/null
as no-domain xen-dmabuf peer map 8 </dev/null
as too-many xen-dmabuf peer grant --domain "$DOMU_ID" --pages 257 </dev/null
as own-domain xen-dmabuf peer grant --domain 0 --name own </dev/null
as neither xen-dmabuf peer </dev/null
mkfifo /tmp/commands
sleep 60 >/tmp/commands &
xen-dmabuf peer grant --domain "$DOMU_ID" </tmp/commands >/tmp/granted &
granter=$!
try grep -q refs /tmp/granted
kill -TERM "$granter"
wait_as signal "$granter"
for domain in 0 "$DOMU_ID"; do
	xenstore-ls "/local/domain/$domain/data/xen-dmabuf" 2>/dev/null | sed 's/^/left: /'
done
END
run_command

[[ "$(grep '^dom0| refs: ' "$work/out")" =~ ^dom0\|\ refs:\ ok\ ([0-9]+)\ ([0-9]+)\ ([0-9]+)$ ]] ||
	wrong "no references"
a=${BASH_REMATCH[1]:-} b=${BASH_REMATCH[2]:-} c=${BASH_REMATCH[3]:-}
want_end dom0 order 0
answers=$(sed -n '/^dom0| refs: /,/^dom0| order: /s/^dom0| \(ok\|error\)/\1/p' "$work/out" |
	tr '\n' ';')
[ "$answers" = "ok;ok;ok 00c0ffee00;ok;ok;ok;ok;ok $a $b;ok;ok;ok deadbeef;" ] ||
	wrong "answers: $answers"
want_line "dom0| ok $c $a"
want_end dom0 arguments 0
for command in 'map 4000000000' "read $a 4096 1" "read $a 4000 97" "write $a 0 abc" "unmap $b" \
	"map $a" "map x" 'map 1 2' 'no-command' readonly write; do
	want_end dom0 "$command" 1
done
want_end dom0 read 0
want_line 'domu| ok 00c0ffee00'
want_line 'domu| ok deadbeef'
want_line 'domu| ok 00f00d'
want_end domu grant 1
grep -q '^domu| error' "$work/out" || wrong "the guest read beyond its pages"
want_end domu grant-readonly 0
want_end dom0 no-name 3
for name in bad-name bad-option no-domain too-many neither; do
	want_end dom0 "$name" 2
done
want_end dom0 own-domain 1
want_end dom0 signal 5
grep -q '^dom0| node: refs.*(n[0-9]*,r0)$' "$work/out" || wrong "others can read the references"
! grep -q '^dom0| left: .*\(pages\|readonly\|done\)' "$work/out" || wrong "a name stays"

show
exit "$failed"
