# shellcheck shell=bash
# Finds the cases, parses their headers and selects the cases of a run.

# The platforms of a case that names none.
readonly DEFAULT_PLATFORMS="host pvh pv arm64"

# header FILE: prints the first comment. A case may declare there:
#   limit: SECONDS     platforms: NAME...     kills-domu     boots
#   spoils                  It leaves the kernel unfit for other cases. Only Dom0's log is
#                           checked after it, and the boot ends.
#   mainline                It reproduces a fault of the unpatched kernel, with MAINLINE=1.
#   mainline-spoils         The same as spoils, but only on the unpatched kernel.
#   mainline-crash: REGEX   The fault crashes the unpatched kernel. The case passes if a line
#                           of the crash message matches.
header()
{
	awk '/\*\// { exit } !/^[ \t]*(\/[*\/]|\*|#)/ { exit } { sub(/^[ \t]*(\/?\*|#) ?/, ""); print }' "$1"
}

header_value() { header "$1" | sed -n "s/^$2: *//p" | head -n 1; }
header_has() { header "$1" | grep -qx "$2"; }

# Prints "<area>/<name> <file>", in order.
domain_cases()
{
	local file name

	for file in "$CASES_DIR"/*/*.c "$CASES_DIR"/*/*.sh; do
		[ -f "$file" ] || continue
		name=${file#"$CASES_DIR"/}
		echo "${name%.*} $file"
	done | LC_ALL=C sort
}

# tests/host/<area>-<name>.sh
host_cases()
{
	local file name

	for file in tests/host/*-*.sh; do
		[ -f "$file" ] || continue
		name=$(basename "$file" .sh)
		echo "${name/-//} $file"
	done
}

# selected NAME: does CASE ask for it?
selected()
{
	local pattern

	[ -n "$CASE" ] || return 0
	for pattern in $CASE; do
		case $1 in
		"$pattern"*) return 0 ;;
		esac
		# shellcheck disable=SC2053 # a glob is meant; the platform's brackets are not
		[[ $1 == ${pattern//\[/\\[} ]] && return 0
	done
	return 1
}

on_platform()
{
	local wanted

	if [ -n "$MAINLINE" ]; then
		header_has "$1" mainline || return 1
	fi
	wanted=$(header_value "$1" platforms)
	case " ${wanted:-$DEFAULT_PLATFORMS} " in
	*" $2 "*) return 0 ;;
	esac
	return 1
}

# plan PLATFORM: prints "<area>/<name> <file>" for each case to run there.
plan()
{
	local name file

	if [ "$1" = host ]; then
		[ -z "$MAINLINE" ] || return 0
		host_cases
	else
		domain_cases
	fi | while read -r name file; do
		if selected "${name}[$1]" && on_platform "$file" "$1"; then
			echo "$name $file"
		fi
	done
}

