# shellcheck shell=bash
# Runs the cases of a platform in as many boots as necessary. In each boot, Dom0 runs dom0-run.

# Seconds that a case may take in addition to its limit, for the checks after it.
CHECK_SECONDS=${CHECK_SECONDS:-120}
readonly DEFAULT_LIMIT=60
# The factor of the limits, which are right for two boots on two idle CPUs. A machine of CI may be
# half as fast, the debug kernel is slower, and LONG cases run longer.
SLOWNESS=2
if [ "$CONFIG" = debug ]; then
	SLOWNESS=5
	CHECK_SECONDS=$((CHECK_SECONDS * 3))
	export LAB_BOOT_LIMIT=${LAB_BOOT_LIMIT:-900}
fi
[ -z "$LONG" ] || SLOWNESS=$((SLOWNESS * 10))

# How many boots in a row have stopped before their first case.
TRIES=0

# Why a case is run again. The keys are the cases' names with the platform.
declare -A AGAIN=()

arch_of()
{
	case $1 in
	arm64|arm64-balloon) echo arm64 ;;
	pvh|pv|pvh-balloon|pv-balloon) echo x86_64 ;;
	*) die "'$1' is not a platform: host, pvh, pv, arm64, or one of the last three with -balloon" ;;
	esac
}

config_of()
{
	case $1:$CONFIG in
	pv*-balloon:plain|pv*-balloon:noregion) echo noregion ;;
	pv*-balloon:*) die "$1 has a configuration of its own, not '$CONFIG'" ;;
	*) echo "$CONFIG" ;;
	esac
}

programs_dir() { echo "$BUILD/tests/$(arch_of "$1")-xen$XEN"; }

# Platforms of one architecture share the programs.
build_programs()
{
	mkdir -p "$(programs_dir "$1")"
	flock "$(programs_dir "$1")/lock" nice -n 19 make -s -j"$(nproc)" -f tests/runner/build.mk \
		ARCH="$(arch_of "$1")" XEN="$XEN" OUT="$(programs_dir "$1")" \
		CASES_DIR="$CASES_DIR" cases >&2
}

# The kernel is built before the boot, outside its limits. Sets KERNEL. Even to find out that it is
# built takes time, so its directory is kept for the other units of this run.
build_kernel()
{
	local kept

	kept=$BUILD/tests/unit-kernel-$(arch_of "$1")-$(config_of "$1")
	if [ ! -s "$kept" ]; then
		KERNEL=$(nice -n 19 tools/lab/lab kernel --arch "$(arch_of "$1")" --linux "$LINUX" \
			--series "$SERIES" --config "$(config_of "$1")") || return
		echo "$KERNEL" >"$kept"
	fi
	KERNEL=$(cat "$kept")
}

add_platform_words()
{
	case $1 in
	arm64) ;;
	arm64-balloon) LAB+=(--xen-opt ext_regions=0) ;;
	pv) LAB+=(--dom0 pv --domu pv) ;;
	*) LAB+=(--dom0 "${1%-balloon}") ;;
	esac
	# A small table: export/maptrack-full must fill it. Cases that map in the guest need less.
	LAB+=(--xl-opt max_maptrack_frames=8)
	# Of the usual 256 MiB, the debug kernel takes 95 for itself, and 64 are for CMA.
	[ "$CONFIG" != debug ] || LAB+=(--xl-opt memory=512)
}

# lab_words DIR PLATFORM: sets the array LAB to the command of a boot that runs DIR/list.
lab_words()
{
	local dir=$1 platform=$2 name limit mark programs total=0 repeat='' environment

	# The lab itself only knows the kind of Dom0, so the platform is passed on.
	environment="LAB_PLATFORM=$platform${MAINLINE:+ MAINLINE=1}${LONG:+ LONG=1}"
	programs=$(programs_dir "$platform")
	LAB=(tools/lab/lab exec --arch "$(arch_of "$platform")" --xen "$XEN"
		--kernel "$KERNEL/kernel" --modules "$KERNEL/modules")
	add_platform_words "$platform"
	LAB+=(--out "$dir/out" --log "$dir/log"
		--add "$programs/agent" --add "$programs/agentctl" --add "$programs/dom0-look"
		--add tests/runner/dom0-run --add "$dir/list:/opt/lab/list")
	while read -r name limit mark; do
		LAB+=(--add "$(case_program "$name" "$programs"):/opt/lab/cases/${name//\//__}")
		total=$((total + (limit + CHECK_SECONDS) * REPEAT))
	done <"$dir/list"
	[ "$REPEAT" -le 1 ] || repeat="--repeat $REPEAT "
	LAB+=(--limit "$total" --in-domu 'exec agent'
		--in-dom0 "$environment sh /opt/lab/dom0-run $repeat/opt/lab/list")
}

case_program()
{
	if [ -f "$CASES_DIR/$1.sh" ]; then
		echo "$CASES_DIR/$1.sh"
	else
		echo "$2/cases/${1//\//__}"
	fi
}

case_source()
{
	if [ -f "$CASES_DIR/$1.sh" ]; then
		echo "$CASES_DIR/$1.sh"
	else
		echo "$CASES_DIR/$1.c"
	fi
}

# mark_of FILE: prints the MARK of the case for dom0-run.
mark_of()
{
	if header_has "$1" spoils ||
	   { [ -n "$MAINLINE" ] && header_has "$1" mainline-spoils; }; then
		echo spoils
	elif header_has "$1" kills-domu; then
		echo kills-domu
	fi
}

# write_list FILE: writes the list for dom0-run, from "<name> <file>" lines on stdin.
write_list()
{
	local name file limit

	while read -r name file; do
		limit=$(header_value "$file" limit)
		echo "$name $((${limit:-$DEFAULT_LIMIT} * SLOWNESS)) $(mark_of "$file")"
	done >"$1"
}

limit_of() { awk -v name="$1" '$1 == name { print $2 }' "$2"; }

# take_line LINE PLATFORM: handles one line of dom0-run's output. Sets RUNNING, DONE.
take_line()
{
	local line=$1 rest verdict name

	case $line in
	'KTAP version 1'|1..*) ;;
	'# running '*)
		[ -n "$FIRST" ] || say "$2: the first case runs after $((SECONDS - BOOT_BEGAN)) s"
		FIRST=1
		RUNNING=${line#\# running }
		DIAGNOSTICS=()
		begin
		[ -z "${AGAIN[$RUNNING]:-}" ] || diagnostic "${AGAIN[$RUNNING]}"
		;;
	'ok '*|'not ok '*)
		verdict=ok
		[ "${line#not }" = "$line" ] || verdict='not ok'
		rest=${line#"$verdict" }
		rest=${rest#* }
		name=${rest%% *}
		rest=${rest#"$name"}
		DONE+=("${name%\[*}")
		RUNNING=
		record "$verdict" "$name" "${rest# \# }"
		;;
	# Only shows that Dom0 is alive.
	'# repetition '*) ;;
	'Bail out!'*) BAILED=1; diagnostic "$line" ;;
	'# '*) DIAGNOSTICS+=("$line") ;;
	*) diagnostic "$line" ;;
	esac
}

# Prints the limit of each part of a boot, in seconds. A second try gets three times as long, so
# that a slow machine is told from a boot that does not end.
boot_limit() { echo $((${LAB_BOOT_LIMIT:-240} * (1 + 2 * TRIES))); }

# Prints for how many seconds Dom0 may print nothing: the time that the running case may take.
# Before the first case, the lab has limits of its own, which it extends on a busy machine.
patience()
{
	local limit

	[ -n "$RUNNING" ] || { echo $((8 * $(boot_limit))); return; }
	limit=$(limit_of "${RUNNING%\[*}" "$1/list")
	echo $((${limit:-$DEFAULT_LIMIT} + CHECK_SECONDS))
}

# boot DIR PLATFORM: one boot. Sets BOOT_STATUS, and HUNG if Dom0 stopped responding.
boot()
{
	local dir=$1 line lab wait_status=0

	RUNNING='' BAILED='' HUNG='' FIRST='' DIAGNOSTICS=() BOOT_BEGAN=$SECONDS
	lab_words "$dir" "$2"
	mkfifo "$dir/stream"
	LAB_BOOT_LIMIT=$(boot_limit) "${LAB[@]}" >"$dir/stream" 2>"$dir/lab.messages" </dev/null &
	lab=$!
	exec 4<"$dir/stream"
	while :; do
		if IFS= read -r -t "$(patience "$dir")" line <&4; then
			case $line in
			'dom0| '*) take_line "${line#dom0| }" "$2" ;;
			esac
		elif [ $? -gt 128 ]; then
			HUNG=1
			kill "$lab" 2>/dev/null || true
			break
		else
			break
		fi
	done
	exec 4<&-
	wait "$lab" || wait_status=$?
	BOOT_STATUS=$wait_status
	rm -f "$dir/stream"
	sed "s/^/$2: /" "$dir/lab.messages" >&2
}

# Prints why the boot ended while a case ran.
ended_how()
{
	[ -z "$HUNG" ] || { echo hang; return; }
	case $BOOT_STATUS in
	126) echo crash ;;
	124) echo hang ;;
	125) echo 'lab failed' ;;
	*) echo "ended, status $BOOT_STATUS" ;;
	esac
}

# drop_done DIR: removes the cases that are done from DIR/list.
drop_done()
{
	printf '%s\n' "${DONE[@]}" >"$1/done"
	awk 'NR == FNR { done[$1] = 1; next } !($1 in done)' "$1/done" "$1/list" >"$1/list.new"
	mv "$1/list.new" "$1/list"
}

# crashed_duly DIR NAME: did the unpatched kernel crash as mainline-crash of this case expects?
# Sets LAST_WORDS to the matching line.
crashed_duly()
{
	local words

	[ -n "$MAINLINE" ] && [ "$(ended_how)" = crash ] || return 1
	words=$(header_value "$(case_source "$2")" mainline-crash)
	[ -n "$words" ] || return 1
	LAST_WORDS=$(grep -hE -m 1 "$words" "$1/log/serial.log" | tr -d '\r')
}

# keep_log DIR: renames the logs of a boot so that the next boot keeps them. Prints the name.
keep_log()
{
	local number=1

	while [ -e "$1/log.$number" ]; do number=$((number + 1)); done
	mv "$1/log" "$1/log.$number"
	echo "$1/log.$number"
}

# emulator_erred DIR: did Dom0 crash on an interrupt at the first instruction of an interrupt
# handler? A real processor delivers none there, because interrupts are disabled. QEMU's
# emulation of SVM does if it leaves the CPU loop between an injected interrupt and the next
# instruction.
emulator_erred()
{
	[ "$(ended_how)" = crash ] &&
		grep -qE 'RIP: [0-9]+:asm_sysvec_xen_hvm_callback\+0x0/' "$1/log/serial.log"
}

# try_again DIR: allows one more run of the case that ran when Dom0 stopped responding or crashed
# on a fault of the emulator. On a busy machine, emulated CPUs sometimes stop without a fault of
# the case. A fault of the case occurs again. The result mentions the first run.
try_again()
{
	local why

	[ -z "${AGAIN[$RUNNING]:-}" ] || return 1
	if [ -n "$HUNG" ]; then
		why="Dom0 stopped responding"
	elif emulator_erred "$1"; then
		why="QEMU delivered an interrupt while interrupts were disabled"
	else
		return 1
	fi
	AGAIN[$RUNNING]="run again: $why the first time; logs: $(keep_log "$1")"
	say "$RUNNING is ${AGAIN[$RUNNING]}"
}

# blame DIR PLATFORM: records a result for the case that ran when the boot ended.
blame()
{
	local name=${RUNNING%\[*}

	! try_again "$1" || return 0
	if crashed_duly "$1" "$name"; then
		diagnostic "reproduced, the kernel crashed: $LAST_WORDS"
		DONE+=("$name")
		record ok "$RUNNING"
		return
	fi
	diagnostic "the boot ended while this case ran: $(ended_how); logs: $(keep_log "$1")"
	sed 's/^/# /' "$1/lab.messages" | tail -n 50 >"$1/messages"
	mapfile -t -O ${#DIAGNOSTICS[@]} DIAGNOSTICS <"$1/messages"
	DONE+=("$name")
	record 'not ok' "$RUNNING" "$(ended_how)"
}

# give_up DIR PLATFORM WHY: records a failure for each of the remaining cases.
give_up()
{
	local name rest

	while read -r name rest; do
		diagnostic "$3; logs: $1/log"
		record 'not ok' "${name}[$2]" "not run: $3"
	done <"$1/list"
	: >"$1/list"
}

# run_platform DIR PLATFORM: runs the cases of DIR/plan.
run_platform()
{
	local dir=$1 platform=$2 before

	TRIES=0
	write_list "$dir/list" <"$dir/plan"
	if ! build_programs "$platform"; then
		give_up "$dir" "$platform" "the programs do not compile"
		return
	fi
	if ! build_kernel "$platform"; then
		give_up "$dir" "$platform" "the kernel could not be built"
		return
	fi
	while [ -s "$dir/list" ]; do
		DONE=()
		say "$platform: $(grep -c . "$dir/list") cases (Linux $LINUX, Xen $XEN, series $SERIES)"
		boot "$dir" "$platform"
		before=${#DONE[@]}
		[ -z "$RUNNING" ] || blame "$dir" "$platform"
		[ ${#DONE[@]} -eq 0 ] || drop_done "$dir"
		if [ "$before" -gt 0 ] || [ -n "$RUNNING" ]; then
			TRIES=0
			end_of_boot "$dir" "$platform"
			continue
		fi
		TRIES=$((TRIES + 1))
		say "$platform: the boot stopped before its first case: $(ended_how)"
		[ $TRIES -lt 2 ] || give_up "$dir" "$platform" "no boot reached its first case, the last one: $(ended_how)"
	done
}

# end_of_boot DIR PLATFORM: records a failure of lab/boot if the boot failed after its last case.
end_of_boot()
{
	[ -z "$RUNNING" ] || return 0
	[ "$BOOT_STATUS" -ne 0 ] || [ -n "$HUNG" ] || return 0
	[ -z "$BAILED" ] || return 0
	diagnostic "after the last case: $(ended_how); logs: $(keep_log "$1")"
	record 'not ok' "lab/boot[$2]" "$(ended_how)"
}

