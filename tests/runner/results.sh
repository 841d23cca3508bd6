# shellcheck shell=bash
# Writes and reads files of records. A unit (see jobs.sh) writes records. Lines that begin with
# '#' are diagnostics of the following result. A result is
#   = TAB verdict TAB name TAB seconds TAB why
# The runner reads the units' records in the order of the plan and converts them to KTAP.

# ---- written by a unit

# State of the next result: its diagnostics, and when its case began.
DIAGNOSTICS=() BEGAN=

diagnostic() { DIAGNOSTICS+=("# $*"); }

# Start the clock of the next result.
begin() { BEGAN=${EPOCHREALTIME/[.,]/}; }

seconds()
{
	local tenths

	[ -n "$BEGAN" ] || return 0
	tenths=$(((${EPOCHREALTIME/[.,]/} - BEGAN) / 100000))
	echo "$((tenths / 10)).$((tenths % 10))"
}

# record ok|"not ok" NAME [WHY]
record()
{
	{
		[ ${#DIAGNOSTICS[@]} -eq 0 ] || printf '%s\n' "${DIAGNOSTICS[@]}"
		printf '=\t%s\t%s\t%s\t%s\n' "$1" "$2" "$(seconds)" "${3:-}"
	} >>"$RECORDS"
	DIAGNOSTICS=() BEGAN=
}

# ---- read by the runner

PASSED=0 FAILED=0 SKIPPED=0 NUMBER=0

tap() { printf '%s\n' "$*" >>"$TAP"; }

# result VERDICT NAME SECONDS WHY: writes the diagnostics that were read before the result, then
# its numbered line. The diagnostics of a failure are also shown on stdout.
result()
{
	local verdict=$1 name=$2 text=$4 line

	NUMBER=$((NUMBER + 1))
	[ -z "$3" ] || text=${text:+$text, }"$3 s"
	line="$verdict $NUMBER $name${text:+ # $text}"
	[ ${#DIAGNOSTICS[@]} -eq 0 ] || printf '%s\n' "${DIAGNOSTICS[@]}" >>"$TAP"
	tap "$line"
	case $verdict:$4 in
	ok:SKIP*) SKIPPED=$((SKIPPED + 1)) ;;
	ok:*) PASSED=$((PASSED + 1)) ;;
	*)
		FAILED=$((FAILED + 1))
		[ ${#DIAGNOSTICS[@]} -eq 0 ] || printf '    %s\n' "${DIAGNOSTICS[@]}"
		;;
	esac
	echo "$line"
	DIAGNOSTICS=()
}

# take_record LINE
take_record()
{
	local verdict name seconds why

	case $1 in
	=$'\t'*)
		# read would treat two tabs as one separator.
		IFS=$'\037' read -r _ verdict name seconds why <<<"${1//$'\t'/$'\037'}"
		result "$verdict" "$name" "$seconds" "$why"
		;;
	*) DIAGNOSTICS+=("$1") ;;
	esac
}

# The results that took longest, the slowest first.
slowest()
{
	echo "the slowest:"
	awk '/^(not )?ok / && match($0, /[0-9.]+ s$/) {
			seconds = substr($0, RSTART, RLENGTH - 2)
			sub(/^not /, "")
			print seconds, $3
		}' "$TAP" | sort -rn | head -n 10 | awk '{ printf "  %7.1f s  %s\n", $1, $2 }'
}

# The failures, for a reader who only has the end of a long log. Cases that were not run for the
# same reason are counted.
failures()
{
	echo "the failures:"
	awk '/^not ok / {
			why = $0
			sub(/^[^#]*# */, "", why)
			if (sub(/^not run: /, "", why)) {
				platform = $4
				sub(/.*\[/, "[", platform)
				missing[platform " not run: " why]++
			} else {
				printf "  %s %s\n", $4, why
			}
		}
		END { for (reason in missing) printf "  %d cases of %s\n", missing[reason], reason }' "$TAP"
}

# junit FILE: the results as JUnit XML. Only failures carry their diagnostics.
junit()
{
	awk -v total="$NUMBER" -v failed="$FAILED" -v skipped="$SKIPPED" '
		function xml(text) {
			gsub(/[\001-\010\013\014\016-\037]/, "", text)
			gsub(/&/, "\\&amp;", text)
			gsub(/</, "\\&lt;", text)
			gsub(/>/, "\\&gt;", text)
			gsub(/"/, "\\&quot;", text)
			return text
		}
		BEGIN {
			print "<?xml version=\"1.0\" encoding=\"UTF-8\"?>"
			printf "<testsuite name=\"xen-dmabuf\" tests=\"%d\" failures=\"%d\" skipped=\"%d\">\n",
				total, failed, skipped
		}
		/^#/ { text = text $0 "\n"; next }
		/^(not )?ok / {
			bad = sub(/^not /, "")
			name = $3
			why = $0
			if (!sub(/^[^#]*# /, "", why))
				why = ""
			seconds = 0
			if (match(why, /(, )?[0-9.]+ s$/)) {
				seconds = substr(why, RSTART, RLENGTH)
				why = substr(why, 1, RSTART - 1)
				gsub(/[^0-9.]/, "", seconds)
			}
			split(name, part, /[[\]]/)
			printf "  <testcase classname=\"%s\" name=\"%s\" time=\"%s\">",
				xml(part[2]), xml(part[1]), seconds
			if (bad)
				printf "<failure message=\"%s\">%s</failure>", xml(why), xml(text)
			else if (sub(/^SKIP /, "", why))
				printf "<skipped message=\"%s\"/>", xml(why)
			print "</testcase>"
		}
		{ text = "" }
		END { print "</testsuite>" }' "$TAP" >"$1"
}
