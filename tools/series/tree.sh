# SPDX-License-Identifier: GPL-2.0
# Makes a git tree and mailable patches from patches/ and the new files. Sourced by series.

die() {
	echo "series: $*" >&2
	exit 2
}

# The submitter is the local git identity, or a neutral one where there is none (CI).
set_identity() {
	local name email
	name=$(git config user.name || echo nobody)
	email=$(git config user.email || echo nobody@localhost)
	export GIT_AUTHOR_NAME=$name GIT_AUTHOR_EMAIL=$email
	export GIT_COMMITTER_NAME=$name GIT_COMMITTER_EMAIL=$email
	export GIT_CONFIG_GLOBAL=/dev/null GIT_CONFIG_NOSYSTEM=1
}

# --- the series file -------------------------------------------------------------------------

# Sets patches (names in order), added[patch] and deleted[patch] (paths, one per line),
# made_from[path] (what a new file is made from, if it is not at its own path in this repository)
# and base_version (the release that the hunks were last refreshed against).
read_series() {
	local line number=0 patch=''
	local re_patch='^([^[:space:]]+\.patch)[[:space:]]*$'
	local re_file='^[[:space:]]+([+-])[[:space:]]+([^[:space:]]+)[[:space:]]*$'
	local re_made='^[[:space:]]+[+][[:space:]]+([^[:space:]]+)[[:space:]]+<[[:space:]]+([^[:space:]]+)[[:space:]]*$'
	patches=() base_version='an unrecorded version'
	declare -gA added=() deleted=() made_from=()

	while IFS= read -r line || [[ $line ]]; do
		number=$((number + 1))
		if [[ $line =~ ^'# base: '(.*)$ ]]; then
			base_version=${BASH_REMATCH[1]}
		elif [[ $line =~ ^[[:space:]]*(#|$) ]]; then
			:
		elif [[ $line =~ $re_patch ]]; then
			patch=${BASH_REMATCH[1]}
			patches+=("$patch")
		elif [[ $line =~ $re_file && $patch ]]; then
			case ${BASH_REMATCH[1]} in
			+) added[$patch]+=${BASH_REMATCH[2]}$'\n' ;;
			-) deleted[$patch]+=${BASH_REMATCH[2]}$'\n' ;;
			esac
		elif [[ $line =~ $re_made && $patch ]]; then
			added[$patch]+=${BASH_REMATCH[1]}$'\n'
			made_from[${BASH_REMATCH[1]}]=${BASH_REMATCH[2]}
		else
			die "$patch_dir/series:$number: neither a patch, nor + or - and a path: $line"
		fi
	done < "$root/$patch_dir/series"
	[[ ${#patches[@]} -gt 0 ]] || die "$patch_dir/series names no patch"
}

added_files() { printf '%s' "${added[@]-}"; }
deleted_files() { printf '%s' "${deleted[@]-}"; }

# --- one patch file --------------------------------------------------------------------------

patch_author() { sed -n '1s/^From: //p' "$root/$patch_dir/$1"; }
patch_subject() { sed -n '1,2s/^Subject: //p' "$root/$patch_dir/$1"; }
patch_body() { sed -e '1,/^$/d' -e '/^---$/,$d' "$root/$patch_dir/$1" | git stripspace; }
patch_hunks() { sed '1,/^---$/d' "$root/$patch_dir/$1"; }
has_hunks() { grep -q '^diff --git ' <(patch_hunks "$1"); }

# Prints the files that hunks change, one per line.
hunk_files() {
	local patch
	for patch in "${patches[@]}"; do
		if has_hunks "$patch"; then
			patch_hunks "$patch" | git apply --numstat - | cut -f3
		fi
	done
}

# --- the pristine source ---------------------------------------------------------------------

# Prints the exact version, with the point release.
source_version() {
	local file=$source/Makefile
	[[ $project != xen ]] || file=$source/xen/Makefile
	[[ -f $file ]] || return 0
	awk '{ sub(/^export /, ""); sub(/^XEN_/, "") }
	     $2 !~ /^[:?]?=$/ || $1 in value { next }
	     $1 ~ /^(VERSION|PATCHLEVEL|SUBLEVEL|SUBVERSION|EXTRAVERSION)$/ { value[$1] = $3 }
	     END {
		printf "%s", value["VERSION"]
		n = split("PATCHLEVEL SUBLEVEL SUBVERSION", part, " ")
		for (i = 1; i <= n; i++)
			if (part[i] in value)
				printf ".%s", value[part[i]]
		sub(/\$.*/, "", value["EXTRAVERSION"])
		print value["EXTRAVERSION"]
	     }' "$file"
}

# Prints those paths of standard input that exist upstream.
upstream_only() {
	local file
	while read -r file; do
		[[ ! -f $source/$file ]] || echo "$file"
	done
}

# --- the tree --------------------------------------------------------------------------------

# Makes $1 the pristine tree with the series applied, or brings it up to date.
assemble() {
	local tree=$1
	link_pristine
	commit_series
	show_commit series
}

# Makes the pristine source as hard links. Git replaces a file that it changes and never writes
# into it.
link_pristine() {
	local stamp
	stamp="$source $have_version $(stat -c %d:%i "$source")"
	if [[ -f $tree/.git/series-source ]]; then
		[[ $(<"$tree/.git/series-source") != "$stamp" ]] || return 0
		rm -rf "$tree"
	fi
	[[ ! -e $tree ]] || die "$tree exists and was not made by this tool; move it away"
	mkdir -p "${tree%/*}"
	rm -rf "$tree.new"
	if ! cp -al "$source" "$tree.new" 2>/dev/null; then
		echo "series: $tree: no hard links from $source, copying it" >&2
		rm -rf "$tree.new"
		cp -a --reflink=auto "$source" "$tree.new"
	fi
	git init -q -b series "$tree.new"
	echo '*' > "$tree.new/.git/info/exclude"
	echo "$stamp" > "$tree.new/.git/series-source"
	mv "$tree.new" "$tree"
}

# Runs git on the repository of the tree with a separate index, which makes commits without
# changing files of the tree.
g() { GIT_INDEX_FILE=$tree/.git/series-index git --git-dir="$tree/.git" "$@"; }

# Adds the paths on standard input, below directory $1, to the index.
index_files() { (cd "$1" && g --work-tree=. update-index --add --stdin); }

commit_series() {
	local patch parent
	export GIT_AUTHOR_DATE GIT_COMMITTER_DATE
	GIT_AUTHOR_DATE="${SOURCE_DATE_EPOCH:-$(date +%s)} +0000"
	GIT_COMMITTER_DATE=$GIT_AUTHOR_DATE

	g read-tree --empty
	{ hunk_files; deleted_files; } | sort -u | upstream_only | index_files "$source"
	parent=$(echo "$project $have_version" | g commit-tree "$(g write-tree)")
	g tag -f base "$parent" >/dev/null
	for patch in "${patches[@]}"; do
		apply_patch "$patch"
		parent=$(commit_patch "$patch" "$parent")
	done
	g update-ref refs/heads/series "$parent"
}

apply_patch() {
	local patch=$1 path log=$tree/.git/apply.log
	[[ -f $root/$patch_dir/$patch ]] || die "$patch_dir/$patch is in the series and does not exist"
	grep -q '^---$' "$root/$patch_dir/$patch" || die "$patch_dir/$patch has no line '---'"
	if has_hunks "$patch"; then
		patch_hunks "$patch" | g apply --cached --whitespace=nowarn - 2>"$log" ||
			die "$(explain_failure "$patch" "$log")"
	fi
	for path in ${added[$patch]-}; do
		[[ -f $new_files/$path ]] ||
			die "$patch_dir/series: + $path does not exist in the repository"
		[[ ! -e $source/$path ]] || die "$patch_dir/series: + $path exists upstream"
	done
	printf '%s' "${added[$patch]-}" | index_files "$new_files"
	for path in ${deleted[$patch]-}; do
		[[ $(g ls-files -- "$path") ]] ||
			die "$patch_dir/series: - $path does not exist in $project $have_version"
		g update-index --force-remove "$path"
	done
}

explain_failure() {
	local patch=$1 log=$2 file line
	IFS=: read -r file line < <(sed -n 's/^error: patch failed: //p' "$log") || :
	if [[ ! ${file-} ]]; then
		# Git names no hunk: a file is missing, or git cannot read the patch.
		echo "$patch_dir/$patch does not apply to $project $have_version (last refreshed" \
			"against $base_version): $(sed -n 's/^error: //p' "$log" | paste -sd';')"
		return
	fi
	echo "$patch_dir/$patch: the hunk for line $line of $file does not apply: the source is" \
		"$project $have_version, the patches were last refreshed against $base_version"
}

# Commits the index with the message and the author of a patch file, and prints the commit.
commit_patch() {
	local patch=$1 parent=$2 author
	[[ $(g write-tree) != $(g rev-parse "$parent^{tree}") ]] ||
		die "$patch_dir/$patch changes nothing"
	author=$(patch_author "$patch")
	(
		if [[ $author =~ ^(.*)' <'(.*)'>'$ ]]; then
			GIT_AUTHOR_NAME=${BASH_REMATCH[1]} GIT_AUTHOR_EMAIL=${BASH_REMATCH[2]}
		fi
		{ patch_subject "$patch"; echo; patch_body "$patch"; } |
			g commit-tree -p "$parent" "$(g write-tree)"
	)
}

# Checks out a commit in the tree and writes only the files that differ. The index of the tree
# records the present files.
show_commit() {
	local commit=$1 touched=$tree/.git/series-touched file
	git -C "$tree" read-tree --reset -u "$commit"
	tracked_in base > "$touched.now"
	# In a new tree, git does not track the files that the commit deletes.
	tracked_in "$commit" | comm -23 "$touched.now" - | (cd "$tree" && xargs -r -d '\n' rm -f)
	# Restore the upstream file where an earlier series changed or deleted it and this one does
	# not. The copy gets the date of now: make would not notice the change with an old date.
	touch "$touched"
	comm -23 "$touched" "$touched.now" | while read -r file; do
		[[ -e $tree/$file || ! -f $source/$file ]] || cp "$source/$file" "$tree/$file"
	done
	mv "$touched.now" "$touched"
}

tracked_in() { git -C "$tree" ls-tree -r --name-only "$1" | sort; }

# --- the mail --------------------------------------------------------------------------------

generate() {
	local out=$1 tree=$1/tree cover=$root/$patch_dir/cover-letter
	[[ -s $cover ]] || die "$patch_dir/cover-letter is missing: its first line is the subject"
	assemble "$tree"
	find "$out" -maxdepth 1 -name '*.patch' -delete
	g config branch.series.description "$(<"$cover")"
	# Renames are off, because a reviewer should see the deleted and the added lines. Our commit
	# ids are left out, because they exist only here.
	g format-patch -q --cover-letter --cover-from-description=subject --no-renames \
		--zero-commit -o "$out" base..series
}
