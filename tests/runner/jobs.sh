# shellcheck shell=bash
# Units of the plan, run side by side.
#
# A unit is the work of one process: an area of the host's cases, or the cases of a platform in
# their own boot. With enough CPUs, the cases of a platform are split into several units. UNITS
# has the order of the plan, in which results are shown. STARTS has the order in which the units
# are started.

UNITS=() STARTS=()
# The process of each unit, and whether it has ended. The keys are the units' names.
declare -A UNIT_PID=() UNIT_ENDED=()
# The process that builds what the boots need, while it runs.
BUILDER=

# MiB of memory that a boot takes, including QEMU's own memory.
readonly BOOT_MEMORY=2800

# Prints how many units may run at once: JOBS (default: the number of CPUs), limited by the
# available memory.
jobs_possible()
{
	local jobs=${JOBS:-$(nproc)} room

	[[ $jobs =~ ^[1-9][0-9]*$ ]] || die "JOBS must be a number, not '$jobs'"
	room=$(($(awk '/^MemAvailable:/ { print $2 }' /proc/meminfo) / 1024 / BOOT_MEMORY))
	[ "$room" -ge 1 ] || room=1
	if [ "$jobs" -gt "$room" ]; then
		say "JOBS=$room instead of $jobs: a boot takes $BOOT_MEMORY MiB"
		jobs=$room
	fi
	echo "$jobs"
}

# unit_dir UNIT: its records, lists and logs.
unit_dir() { echo "$BUILD/tests/unit-${1//:/-}"; }

# add_unit NAME: adds a unit with the "<name> <file>" lines from stdin, if there are any.
add_unit()
{
	local dir

	dir=$(unit_dir "$1")
	rm -rf "$dir"
	mkdir -p "$dir"
	cat >"$dir/plan"
	: >"$dir/records"
	[ -s "$dir/plan" ] || return 0
	UNITS+=("$1")
}

# add_host: adds a unit for each area. The areas are independent, and only lab/ needs a kernel.
add_host()
{
	local area

	while read -r area; do
		add_unit "host:$area" < <(plan host | grep "^$area/")
	done < <(plan host | cut -d/ -f1 | uniq)
}

# add_platform PLATFORM JOBS: with more than two jobs, the platform's cases are split.
add_platform()
{
	local parts=$((($2 + 1) / 2)) cases part size

	cases=$(plan "$1" | grep -c . || true)
	# A boot for a few cases costs more than it saves.
	[ "$cases" -ge $((parts * 10)) ] || parts=1
	size=$(((cases + parts - 1) / parts))
	for ((part = 0; part < parts; part++)); do
		add_unit "$1$([ "$parts" -eq 1 ] || echo ":$((part + 1))")" < \
			<(plan "$1" | tail -n +$((part * size + 1)) | head -n "$size")
	done
}

# unit_boots UNIT: does it boot QEMU?
unit_boots()
{
	local file _

	case $1 in
	host:*) ;;
	*) return 0 ;;
	esac
	while read -r _ file; do
		! header_has "$file" boots || return 0
	done <"$(unit_dir "$1")/plan"
	return 1
}

# Build the kernels and the programs for all units, in the order in which they start. If a build
# fails, the unit tries it again and reports the failure.
build_for_units()
{
	local unit files

	for unit in "${STARTS[@]}"; do
		case $unit in
		host:*)
			mapfile -t files < <(cut -d' ' -f2 "$(unit_dir "$unit")/plan")
			build_for_host "${files[@]}"
			;;
		*) build_kernel "${unit%:*}" && build_programs "${unit%:*}" ;;
		esac || true
		: >"$(unit_dir "$unit")/built"
	done
}

# One process builds, and counts as one job. With several builds, or one beside as many boots as
# there are CPUs, emulated machines are too slow for their limits.
start_builder()
{
	build_for_units &
	BUILDER=$!
}

reap_builder()
{
	[ -n "$BUILDER" ] && ! kill -0 "$BUILDER" 2>/dev/null || return 0
	wait "$BUILDER" || say "the builds ended with status $?"
	BUILDER=
}

# Units that need no kernel start first, because kernels may have to be built. The longest of the
# other units follow.
order_starts()
{
	local pattern unit

	for pattern in 'host:series' 'pv*' 'host:*' 'arm64*'; do
		for unit in "${UNITS[@]}"; do
			# shellcheck disable=SC2053 # a pattern
			[[ $unit == $pattern && " ${STARTS[*]} " != *" $unit "* && $unit != *-balloon* ]] ||
				continue
			STARTS+=("$unit")
		done
	done
	for unit in "${UNITS[@]}"; do
		[[ " ${STARTS[*]} " == *" $unit "* ]] || STARTS+=("$unit")
	done
}

run_unit()
{
	local dir

	dir=$(unit_dir "$1")
	RECORDS=$dir/records
	case $1 in
	host:*) run_host "$dir" ;;
	*) run_platform "$dir" "${1%:*}" ;;
	esac
}

# next_unit: sets NEXT to the index in STARTS of the first unit that can start. A unit that boots
# waits until all is built for it.
next_unit()
{
	for NEXT in "${!STARTS[@]}"; do
		[ -n "$BUILDER" ] || return 0
		[ ! -e "$(unit_dir "${STARTS[NEXT]}")/built" ] && unit_boots "${STARTS[NEXT]}" ||
			return 0
	done
	return 1
}

# start_units JOBS: starts units until JOBS of them run, with the builder.
start_units()
{
	local unit possible=$1

	[ -z "$BUILDER" ] || possible=$((possible - 1))
	while [ $((${#UNIT_PID[@]} - ${#UNIT_ENDED[@]})) -lt "$possible" ] && next_unit; do
		unit=${STARTS[NEXT]}
		unset "STARTS[NEXT]"
		run_unit "$unit" &
		UNIT_PID[$unit]=$!
	done
}

reap_units()
{
	local unit

	for unit in "${!UNIT_PID[@]}"; do
		[ -z "${UNIT_ENDED[$unit]:-}" ] || continue
		! kill -0 "${UNIT_PID[$unit]}" 2>/dev/null || continue
		wait "${UNIT_PID[$unit]}" || say "$unit ended with status $?"
		UNIT_ENDED[$unit]=1
	done
}

# follow_unit UNIT JOBS: reads the unit's records until it has ended. Starts other units meanwhile.
follow_unit()
{
	local line rest='' ended

	exec 5<"$(unit_dir "$1")/records"
	while :; do
		reap_builder
		start_units "$2"
		reap_units
		# Read the end flag first, so that the last records are read after it is set.
		ended=${UNIT_ENDED[$1]:-}
		while IFS= read -r line <&5; do
			take_record "$rest$line"
			rest=
		done
		rest=$rest$line
		[ -z "$ended" ] || break
		read -r -t 0.2 -u 3 || true
	done
	exec 5<&-
}

# run_units JOBS
run_units()
{
	local unit

	order_starts
	start_builder
	# Nothing is ever written to this pipe. read -t on it sleeps without a process.
	exec 3<> <(:)
	for unit in "${UNITS[@]}"; do
		follow_unit "$unit" "$1"
	done
}
