#!/bin/bash
# The series tool reports a warning that upstream does not have. It ignores a warning that upstream
# has, also if its line number differs.
set -u
. "$(dirname "$0")/series-made-up.inc"
. "${series%/*}/compile.sh"

# news BEFORE NOW: prints the lines of NOW that are new.
news()
{
	printf '%b' "$1" >"$work/before"
	printf '%b' "$2" >"$work/now"
	unknown_lines "$work/before" "$work/now"
}

want_news()
{
	local got

	got=$(news "$1" "$2")
	[ "$got" = "$3" ] || wrong "news of '$2' after '$1': '$got', expected '$3'"
}

want_news '' 'a.c:1:2: warning: bad\n' 'a.c:1:2: warning: bad'
want_news 'a.c:1:2: warning: bad\n' 'a.c:9:8: warning: bad\n' ''
want_news 'a.c:1:2: warning: bad\n' 'a.c:1:2: warning: bad\na.c:7:2: warning: bad\n' \
	'a.c:7:2: warning: bad'
want_news 'a.c:1:2: warning: bad\n' 'b.c:1:2: warning: bad\n' 'b.c:1:2: warning: bad'
want_news 'a.c:1:2: warning: bad\n' '' ''

# Messages of a compiler, sparse, kernel-doc and make.
# shellcheck disable=SC2034 # said() leaves it out
tree=/some/tree
cat >"$work/log" <<'EOF'
/some/tree/a.c: In function ‘f’:
/some/tree/a.c:1:2: warning: unused variable ‘x’ [-Wunused-variable]
/some/tree/a.c:3:4: error: expected ‘;’
Warning: /some/tree/a.c:5 function parameter 'y' not described in 'f'
make[5]: *** No rule to make target 'b.o'.
make[4]: *** [/some/tree/scripts/Makefile.build:556: drivers/xen] Error 2
EOF
said "$work/log" >"$work/said"
want_said 'a.c:1:2: warning: unused variable'
want_said 'a.c:3:4: error: expected'
want_said 'Warning: a.c:5 function parameter'
want_said "No rule to make target 'b.o'"
[ "$(wc -l <"$work/said")" -eq 4 ] || wrong "the number of messages is not 4: $(cat "$work/said")"
exit "$failed"
