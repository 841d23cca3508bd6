# shellcheck shell=bash
# The cases of the host: scripts that run on this machine.

readonly HOST_LIMIT=600

too_long() { [ -z "${LONG:-}" ] && header_has "$1" long; }

# run_host_case NAME FILE DIR
run_host_case()
{
	local name=$1 file=$2 limit status=0 log reason nice=(nice)

	limit=$(header_value "$file" limit)
	log=$3/${name//\//__}.log
	# Boots have limits, so what compiles beside them gives way.
	! header_has "$file" boots || nice=()
	begin
	if too_long "$file"; then
		record ok "${name}[host]" "SKIP it is run by make test-all, or with LONG=1"
		return
	fi
	LINUX=$LINUX XEN=$XEN "${nice[@]}" timeout -k 10 "${limit:-$HOST_LIMIT}" bash "$file" \
		>"$log" 2>&1 </dev/null || status=$?
	mapfile -t DIAGNOSTICS < <(tail -n 60 "$log" | sed 's/^/# /')
	case $status in
	0) record ok "${name}[host]" ;;
	4)
		reason=$(tail -n 1 "$log")
		record ok "${name}[host]" "SKIP $reason"
		;;
	124|137) record 'not ok' "${name}[host]" hang ;;
	*) diagnostic "exit status $status, log $log"; record 'not ok' "${name}[host]" ;;
	esac
}

# build_for_host FILE...: builds what the cases boot. Build time does not count for their limits.
build_for_host()
{
	local file platform built=

	for file in "$@"; do
		header_has "$file" boots && ! too_long "$file" || continue
		platform=$(header_value "$file" kernel)
		platform=${platform:-arm64}
		[[ " $built " != *" $platform "* ]] || continue
		built+=" $platform"
		build_kernel "$platform" &&
			tools/lab/lab root --arch "$(arch_of "$platform")" --xen "$XEN" >/dev/null ||
			say "cannot build the kernel or root file system for $file"
	done
}

# run_host DIR: the cases of DIR/plan.
run_host()
{
	local name file files

	mapfile -t files < <(cut -d' ' -f2 "$1/plan")
	build_for_host "${files[@]}"
	while read -r name file <&4; do
		run_host_case "$name" "$file" "$1"
	done 4<"$1/plan"
}
