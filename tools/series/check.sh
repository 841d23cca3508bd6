# SPDX-License-Identifier: GPL-2.0
# The checks of `series check`. Sourced by series.
#
# A check is a function check_NAME that prints its complaints. It has passed if it prints nothing
# and succeeds. Each check runs in a subshell.

check_series() {
	local name
	serial=0 failures=0
	place=$work/$project-$version tree=$place/tree
	object_dir=$(object_dir_of series)
	mkdir -p "$place/log"
	rm -f "$place"/log/*.base "$place/log/generate.status"
	exec 9> "$place/lock"
	flock -n 9 || die "another check is running in $place"

	for name in patches listed new-files hunks-only messages sign-off apply am; do
		run_check "$name"
	done
	if [[ $project == linux ]]; then
		# This is done outside of the check, because the progress messages are no complaints.
		if is_wanted checkpatch; then
			newest=$(newest_source)
		fi
		for name in checkpatch kernel-doc uapi build sparse; do
			run_check "$name"
		done
		if [[ $steps ]]; then
			check_steps
		fi
	else
		build=$place/build
		for name in xen-listed xen-style xen-same xen-steps xen-symbols xen-client xen-stubs; do
			run_check "$name"
		done
	fi
	[[ $serial -gt 0 ]] || die "there is no check $only"
	echo "1..$serial"
	echo "# $project $have_version, $arch: $((serial - failures)) passed," \
		"$failures failed; logs in $place/log"
	[[ $failures -eq 0 ]]
}

# Runs a function in a subshell that exits at the first unexpected failure, and prints the status.
# (In a condition, `set -e` has no effect.)
run_alone() {
	local log=$1
	shift
	set +e
	(set -e; "$@") >"$log" 2>&1
	echo $?
	set -e
}

is_wanted() { [[ ! $only || ",$only," == *",$1,"* ]]; }

# Runs check_$1 and prints its result. $2 distinguishes runs of the same check.
run_check() {
	local title=$1${2-}-$version status
	is_wanted "$1" || return 0
	[[ $arch == x86_64 ]] || title+=-$arch
	serial=$((serial + 1))
	rm -f "$place/log/notes"
	status=$(run_alone "$place/log/$title" "check_${1//-/_}")
	if [[ $status -eq 0 && ! -s $place/log/$title ]]; then
		echo "ok $serial - series/$title"
		[[ ! -s $place/log/notes ]] || sed 's/^/# /' "$place/log/notes"
		return
	fi
	failures=$((failures + 1))
	echo "not ok $serial - series/$title"
	[[ -s $place/log/$title ]] || echo "status $status, and no message" > "$place/log/$title"
	sed -n '1,40s/^/# /p' "$place/log/$title"
	[[ $(wc -l < "$place/log/$title") -le 40 ]] || echo "# ... more in $place/log/$title"
}

# --- the files of the repository ---------------------------------------------------------------

# The series file names every patch of its directory exactly once, and every named patch exists.
check_patches() {
	local patch
	grep -q '^# base: ' "$root/$patch_dir/series" ||
		echo "$patch_dir/series does not record the release its hunks are for (# base: N.N.N)"
	[[ -s $root/$patch_dir/cover-letter ]] || echo "$patch_dir/cover-letter is missing"
	for patch in "${patches[@]}"; do
		[[ -f $root/$patch_dir/$patch ]] || echo "$patch_dir/$patch is listed and does not exist"
	done
	printf '%s\n' "${patches[@]}" | sort | uniq -d |
		sed "s|.*|$patch_dir/series lists & more than once|"
	comm -13 <(printf '%s\n' "${patches[@]}" | sort) <(files_below "$patch_dir" '*.patch') |
		sed "s|.*|$patch_dir/& is not in $patch_dir/series|"
}

# Exactly one patch adds each new kernel file.
check_listed() {
	added_files | sort | uniq -d | sed "s|.*|$patch_dir/series adds & more than once|"
	[[ $project == linux ]] || return 0
	comm -13 <(added_files | sort -u) <(our_files) |
		sed "s|.*|no patch of $patch_dir/series adds &|"
	comm -23 <(added_files | sort -u) <(our_files) |
		sed "s|.*|$patch_dir/series adds &, which is not in drivers/, include/ or Documentation/|"
}

our_files() {
	local top
	for top in drivers include Documentation; do
		files_below "$top" '*' | sed "s|^|$top/|"
	done | sort
}

files_below() {
	[[ ! -d $root/$1 ]] || find "$root/$1" -type f -name "$2" -printf '%P\n' | sort
}

check_new_files() {
	local file
	for file in $(added_files); do
		[[ ! -e $source/$file ]] ||
			echo "$file exists in $project $have_version: change it by a hunk"
		[[ ! -x $new_files/$file ]] || echo "$file is executable"
	done
	for file in $(deleted_files); do
		[[ -e $source/$file ]] || echo "$file is deleted and is not in $project $have_version"
	done
}

# Every line has one home: the hunks of a patch change files, and neither create nor delete them.
check_hunks_only() {
	local patch file
	for patch in "${patches[@]}"; do
		file=$patch_dir/$patch
		if has_hunks "$patch"; then
			patch_hunks "$patch" | git apply --summary - | sed -nE \
				-e "s|^ create mode [0-7]+ (.*)|$file creates \1 by a hunk: name it with + in the series|p" \
				-e "s|^ delete mode [0-7]+ (.*)|$file deletes \1 by a hunk: name it with - in the series|p" \
				-e "s#^ (rename|copy|mode change) .*#$file must only change files:&#p"
		fi
	done
}

check_messages() {
	local patch file subject re='^[A-Za-z0-9][A-Za-z0-9/_.-]*: [^ ].*[^. ]$'
	for patch in "${patches[@]}"; do
		file=$patch_dir/$patch
		subject=$(patch_subject "$patch")
		[[ $subject =~ $re ]] ||
			echo "$file: the subject is not 'area: what it does' without a full stop: $subject"
		[[ ${#subject} -le 75 ]] ||
			echo "$file: the subject has ${#subject} columns, 75 is the limit"
		grep -qv '^Fixes: ' <(patch_body "$patch") || echo "$file: the message says nothing"
		grep -q '^---$' "$root/$file" || echo "$file has no line '---'"
	done
}

# The submitter of the series adds the sign-off.
check_sign_off() {
	{ grep -rilE '^ *signed-off-by' "$root/$patch_dir" || :; } |
		sed "s|^$root/||; s|$| holds a sign-off|"
}

# --- the series as git sees it -----------------------------------------------------------------

check_apply() {
	make_series
	series_made || cat "$place/log/generate"
}

# Makes the patches and the tree, once. Do not call this in a condition, where the shell would
# continue after a failure (see run_alone()).
make_series() {
	if [[ ! -f $place/log/generate.status ]]; then
		run_alone "$place/log/generate" generate "$place" > "$place/log/generate.status"
	fi
}

series_made() { [[ $(<"$place/log/generate.status") -eq 0 ]]; }

need_series() {
	make_series
	series_made || { echo "not run: the series does not apply"; exit 1; }
}

# The mailed patches equal the repository: git am on the upstream files makes the same history,
# and the files of the last commit and of the tree equal the files of the repository.
check_am() {
	local am=$place/am file
	need_series
	rm -rf "$am"
	git init -q -b am "$am"
	git -C "$tree" archive base | tar -x -C "$am"
	git -C "$am" add -f .
	git -C "$am" commit -q --allow-empty -m base
	git -C "$am" tag base
	mailed_patches | xargs -d '\n' git -C "$am" am -q || return

	diff <(history_of "$am" am) <(history_of "$tree" series) ||
		echo "git am makes other commits (<) than the series (>)"
	git -C "$tree" diff --exit-code --stat series || echo "the tree is not its last commit"
	for file in $(added_files); do
		cmp "$new_files/$file" "$am/$file" 2>&1 || :
	done
	for file in $(deleted_files); do
		[[ ! -e $tree/$file ]] || echo "$file is not deleted"
	done
}

mailed_patches() {
	find "$place" -maxdepth 1 -name '*.patch' ! -name 0000-cover-letter.patch | sort
}

# Prints content, author and message of each commit of repository $1 from base to $2.
history_of() { git -C "$1" log --format='%T %an <%ae>%n%B' "base..$2"; }

# --- style and documentation -------------------------------------------------------------------

# The types of messages that the common layout of trace event headers causes in checkpatch.
trace_layout=OPEN_ENDED_LINE,PARENTHESIS_ALIGNMENT,SPACING

# Messages and hunks are checked by the checkpatch of the kernel that they apply to. New files
# are written in the style of the newest kernel and are checked by its checkpatch.
check_checkpatch() {
	local stage=$place/checkpatch file
	need_series
	# checkpatch looks for a git history in its directory and leaves a cache there, so it gets a
	# copy of the files.
	rm -rf "$stage"
	mkdir -p "$stage"
	cd "$root"
	printf "$patch_dir/%s\n" "${patches[@]}" | xargs -d '\n' cp --parents -t "$stage"
	added_files | xargs -r -d '\n' cp --parents -t "$stage"
	cd "$stage"
	# A hunk keeps to the style of the lines around it, which may be older than BIT().
	for file in "${patches[@]}"; do
		checkpatch "$source" --ignore BIT_MACRO "$patch_dir/$file"
	done
	for file in $(added_files); do
		case $file in
		*-trace.h) checkpatch "$newest" --ignore "$trace_layout" -f "$file" ;;
		*) checkpatch "$newest" -f "$file" ;;
		esac
	done
}

# Ignored types:
#   MISSING_SIGN_OFF   the submitter adds the sign-off
#   FILE_PATH_CHANGES  asks for an entry in MAINTAINERS for every new file; the last patch of the
#                      series adds it
#   UNKNOWN_COMMIT_ID  (in Fixes:) there is no kernel history here to search
#   NOT_UNIFIED_DIFF   a patch that only adds files has no hunks
checkpatch() {
	local tree=$1
	shift
	perl "$tree/scripts/checkpatch.pl" --root="$tree" --strict --terse --show-types --quiet \
		--no-summary \
		--ignore MISSING_SIGN_OFF,FILE_PATH_CHANGES,UNKNOWN_COMMIT_ID,NOT_UNIFIED_DIFF \
		"$@" || :
}

newest_source() {
	local latest
	latest=$(files_below patches/linux series | sed 's|/series$||' | sort -V | tail -n 1)
	if [[ $newest ]]; then
		echo "$newest"
	elif [[ $version == "$latest" ]]; then
		echo "$source"
	else
		fetch_source "$latest"
	fi
}

check_kernel_doc() {
	need_series
	cd "$tree"
	added_files | sed -n '/\.[ch]$/p' |
		PYTHONDONTWRITEBYTECODE=1 xargs -r -d '\n' scripts/kernel-doc -none -Werror
}
