# shellcheck shell=bash
# Finds the cases, parses their headers and selects the cases of a run.

# The platforms of a case that names none.
readonly DEFAULT_PLATFORMS="host pvh pv arm64"

# The header of a case is its first comment. It may declare:
#   limit: SECONDS     platforms: NAME...     kills-domu     boots
#   long                    A case of the host that is skipped without LONG=1.
#   kernel: PLATFORM        A case of the host boots the kernel of this platform (default: arm64).
#   spoils                  It leaves the kernel unfit for other cases. Only Dom0's log is
#                           checked after it, and the boot ends.
#   mainline                It reproduces a fault of the unpatched kernel, with MAINLINE=1.
#   mainline-spoils         The same as spoils, but only on the unpatched kernel.
#   mainline-crash: REGEX   The fault crashes the unpatched kernel. The case passes if a line
#                           of the crash message matches.
#   before-patch: N         It cannot reproduce the fault with SERIES=N or more: patch N of the
#                           series mends it, or takes away what the case needs for it.
readonly HEADER_AWK='
	FNR == 1 { over = 0 }
	/\*\// || !/^[ \t]*(\/[*\/]|\*|#)/ { over = 1 }
	over { next }
	{ sub(/^[ \t]*(\/?\*|#) ?/, ""); print FILENAME "\t" $0 }'

# The headers of all cases, with a newline before each line. Each case is looked at for each
# platform, so one process reads them all.
declare -A HEADERS=()

read_headers()
{
	local file line files=()

	for file in "$CASES_DIR"/*/*.c "$CASES_DIR"/*/*.sh tests/host/*-*.sh; do
		[ ! -f "$file" ] || files+=("$file")
	done
	while IFS=$'\t' read -r file line; do
		HEADERS[$file]+=$'\n'$line
	done < <(awk "$HEADER_AWK" "${files[@]}")
}

# header_find FILE NAME: sets VALUE to the value of NAME, and fails if there is none.
header_find()
{
	local text=${HEADERS[$1]:-}$'\n'

	VALUE=
	[[ $text == *$'\n'"$2:"* ]] || return 1
	text=${text#*$'\n'"$2:"}
	VALUE=${text%%$'\n'*}
	VALUE=${VALUE#"${VALUE%%[! ]*}"}
}

header_value() { ! header_find "$1" "$2" || echo "$VALUE"; }
header_has() { [[ ${HEADERS[$1]:-}$'\n' == *$'\n'"$2"$'\n'* ]]; }

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
		name=${file##*/}
		name=${name%.sh}
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

# too_late FILE: is a patch in SERIES with which the case cannot reproduce its fault?
too_late() { header_find "$1" before-patch && [[ $SERIES != none && $SERIES -ge $VALUE ]]; }

on_platform()
{
	if [ -n "$MAINLINE" ]; then
		header_has "$1" mainline && ! too_late "$1" || return 1
	fi
	header_find "$1" platforms || VALUE=$DEFAULT_PLATFORMS
	case " $VALUE " in
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

