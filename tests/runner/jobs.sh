# shellcheck shell=bash
# Units of the plan, run side by side.
#
# A unit is what one process works through: an area of the host's cases, or a platform's cases
# (or a part of them, where there are CPUs enough) with a boot of its own. UNITS are in the
# order of the plan, in which results are shown; they are started in the order of STARTS.

UNITS=() STARTS=()
# By the unit's name: its process, and whether that has ended.
declare -A UNIT_PID=() UNIT_ENDED=()

# MiB of memory that a boot takes, QEMU's own part included.
readonly BOOT_MEMORY=2800

# Prints how many units may run at once: JOBS, by default the number of CPUs, as far as the
# memory allows.
jobs_possible()
{
	local jobs=${JOBS:-$(nproc)} room

	[[ $jobs =~ ^[1-9][0-9]*$ ]] || die "JOBS wants a number, not '$jobs'"
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

# add_unit NAME, with "<name> <file>" lines on stdin: nothing, if there are none.
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

# add_host: a unit for each area. They are independent, and only lab/ needs a kernel.
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

# What needs no kernel starts first, since kernels may have to be built; then the longest.
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

# start_units JOBS: as many as there is room for.
start_units()
{
	local unit

	while [ ${#STARTS[@]} -gt 0 ] && [ $((${#UNIT_PID[@]} - ${#UNIT_ENDED[@]})) -lt "$1" ]; do
		unit=${STARTS[0]}
		STARTS=("${STARTS[@]:1}")
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

# follow_unit UNIT JOBS: take its records until it has ended. Meanwhile others are started.
follow_unit()
{
	local line rest='' ended

	exec 5<"$(unit_dir "$1")/records"
	while :; do
		start_units "$2"
		reap_units
		# What it wrote before it ended is read after that was seen.
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
	# Nothing ever comes out of this pipe: a pause that needs no process.
	exec 3<> <(:)
	for unit in "${UNITS[@]}"; do
		follow_unit "$unit" "$1"
	done
}
