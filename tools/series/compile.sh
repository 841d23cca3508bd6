# SPDX-License-Identifier: GPL-2.0
# The checks of `series check` that need a compiler. Sourced by series.

set_toolchain() {
	case $arch in
	x86_64) cross='' ;;
	arm64) cross=aarch64-linux-gnu- ;;
	*) echo "no architecture $arch: x86_64 or arm64"; exit 1 ;;
	esac
	command -v ${cross}gcc >/dev/null || { echo "${cross}gcc is not installed"; exit 1; }
}

kmake() {
	# With an empty LOCALVERSION, make does not ask git for a version.
	make -s -C "$tree" O="$object_dir" ARCH="$arch" CROSS_COMPILE="$cross" \
		LOCALVERSION= -j"$(nproc)" "$@"
}

# Checks the exported uapi headers like the kernel's own header test (usr/include/Makefile).
check_uapi() {
	local header compile arguments=("$object_dir/usr/include")
	need_series
	set_toolchain
	open_object_dir
	kmake headers >/dev/null
	cd "$object_dir"
	! grep -q '\$arch' "$tree/usr/include/headers_check.pl" || arguments+=("$arch")
	compile="${cross}gcc -fsyntax-only -Werror -Wall -O2 -nostdinc -I usr/include"
	for header in $(added_files | sed -n 's|^include/uapi/\(.*\.h\)$|usr/include/\1|p'); do
		[[ -f $header ]] || { echo "make headers does not install $header"; continue; }
		# The header is included twice to check its include guard.
		$compile -std=c90 -Wmissing-prototypes -Wstrict-prototypes -x c /dev/null \
			-include "$header" -include "$header" || echo "$header is not plain C90"
		if ${cross}gcc -fsyntax-only -x c++ /dev/null 2>/dev/null; then
			$compile -std=c++98 -x c++ /dev/null -include "$header" || echo "$header is not C++"
		fi
		perl "$tree/usr/include/headers_check.pl" "${arguments[@]}" "$header" ||
			echo "$header fails headers_check.pl"
	done
}

# Upstream has objects of its own, because the series changes Kconfig files: in one directory, each
# change between the two would make the configuration, and all that depends on it, again.
object_dir_of() {
	case $1 in
	base) echo "$place/build-$arch-base" ;;
	*) echo "$place/build-$arch" ;;
	esac
}

# Removes the objects of another pristine tree, because the dates of its files mean nothing here.
open_object_dir() {
	if ! cmp -s "$tree/.git/series-source" "$object_dir/series-source"; then
		rm -rf "$object_dir"
		mkdir -p "$object_dir"
		cp "$tree/.git/series-source" "$object_dir"
	fi
}

# Makes the configuration for the commit that the tree shows, unless the fragments and the Kconfig
# files are unchanged.
configure() {
	local stamp
	[[ ${#configs[@]} -gt 0 ]] || default_configs
	open_object_dir
	stamp=$(cat "${configs[@]}"; git -C "$tree" ls-files -s | sed -n '/Kconfig/p')
	[[ $stamp != "$(cat "$object_dir/series-config" 2>/dev/null)" ]] || return 0
	kmake tinyconfig >/dev/null
	cat "${configs[@]}" >> "$object_dir/.config"
	kmake olddefconfig >/dev/null 2>&1
	kmake W=1 prepare >/dev/null 2>&1
	echo "$stamp" > "$object_dir/series-config"
}

default_configs() {
	local file
	for file in "$root"/tests/configs/{common,$arch,mainline,ours,series}.config; do
		[[ ! -f $file ]] || configs+=("$file")
	done
	[[ ${#configs[@]} -gt 0 ]] || { echo "no kernel configuration: give --config FILE"; exit 1; }
}

# Prints the object of every source file that the series changes or adds and the tree shows.
objects() {
	git -C "$tree" ls-files | sed -n -e '/^\(Documentation\|samples\|scripts\|tools\|usr\)\//d' \
		-e 's/\.c$/.o/p' | for_this_arch
}

# PV domains, and files for them, whose names end in -pv, are for x86 only. A build for arm64 has no
# target in arch/arm, although it uses files from there.
for_this_arch() {
	case $arch in
	arm64) grep -vE '^arch/(x86|arm)/|-pv\.o$' || : ;;
	*) grep -v '^arch/arm' || : ;;
	esac
}

# Prints the directories whose Makefile or Kbuild the series changes.
linked_directories() {
	git -C "$tree" ls-files | sed -nE 's#^(.*/)(Makefile|Kbuild)$#\1#p' | for_this_arch
}

# kbuild makes only objects that a Makefile names. For objects that no commit links yet, this
# writes a Kbuild file, which kbuild prefers to the Makefile. It names them as modules, because
# most of them will be part of one.
name_unlinked() {
	local made=$place/kbuild-files file dir object
	touch "$made"
	xargs -r -d '\n' rm -f < "$made"
	objects | while read -r file; do
		file=${file%.o}.c
		dir=$tree/${file%/*} object=$(basename "$file" .c).o
		[[ ! -f $source/$file && -f $dir/Makefile ]] || continue
		# An upstream Kbuild is a hard link, so it must not be written to.
		[[ ! -f $source/${file%/*}/Kbuild ]] || continue
		! grep -qE "(^|[[:space:]])${object//./\\.}([[:space:]]|\$)" "$dir/Makefile" || continue
		[[ -f $dir/Kbuild ]] ||
			echo 'include $(dir $(lastword $(MAKEFILE_LIST)))Makefile' > "$dir/Kbuild"
		echo "obj-m += $object" >> "$dir/Kbuild"
		echo "$dir/Kbuild"
	done > "$made"
}

check_build() { new_messages build series; }
check_sparse() { new_messages sparse series; }

# Builds every commit, because the series must not break a bisection.
check_steps() {
	local number=0
	make_series
	series_made || return 0
	for commit in $(git -C "$tree" rev-list --reverse base..series); do
		number=$((number + 1))
		run_check step "$(printf -- '-%02d' "$number")"
	done
	(show_commit series)
}

check_step() { new_messages build "$commit"; }

# Prints the warnings and errors of a commit that upstream does not have. Of upstream, only what can
# have the same ones is compiled.
new_messages() {
	local kind=$1 commit=$2 now=$place/log/$1.now base=$place/log/$1.base status=0
	need_series
	set_toolchain
	objects_of "$commit" > "$now.objects"
	messages "$kind" "$commit" "$now" || status=$?
	if [[ -s $now ]]; then
		upstream_messages "$kind" "$now" "$base"
		unknown_lines "$base" "$now"
		sed -n "s/^No rule to make target '\(.*\)\.o'.*/not in this configuration: \1.c/p" \
			"$base" | sort -u > "$place/log/notes"
	elif [[ $status -ne 0 ]]; then
		tail -n 20 "$now.log"
	fi
}

objects_of() { (show_commit "$1"; objects); }

# Writes the messages of upstream for the objects that have any in file $2 to file $3. It may have
# them from an earlier commit, for the objects in $3.known. An interrupted run knows nothing.
upstream_messages() {
	local kind=$1 now=$2 base=$3 suspects
	touch "$base" "$base.known"
	suspects=$(suspects "$now")
	[[ $suspects ]] || return 0
	grep -vxF -f "$base.known" <<< "$suspects" >/dev/null || return 0
	sort -u "$base.known" - <<< "$suspects" > "$base.objects"
	rm "$base.known"
	messages "$kind" base "$base" || :
	cp "$base.objects" "$base.known"
}

# Prints the objects of upstream whose source or headers have messages in file $1, and those that
# were not made. The .cmd file of an object names its source and all headers.
suspects() {
	local object command
	sed 's/:.*//' "$1" | sort -u > "$1.files"
	while read -r object; do
		[[ -f $source/${object%.o}.c ]] || continue
		command=$object_dir/${object%/*}/.${object##*/}.cmd
		[[ -f $command ]] && ! grep -qF -f "$1.files" "$command" || echo "$object"
	done < "$1.objects"
}

# Prints the lines of file $2 that file $1 does not have. Line numbers and computed sizes are
# ignored. A line that occurs more often in $2 than in $1 is printed.
unknown_lines() {
	awk 'function key(line) { gsub(/:[0-9]+|[0-9]+ bytes/, "", line); return line }
	     FILENAME == ARGV[1] { known[key($0)]++; next }
	     known[key($0)]-- <= 0' "$1" "$2"
}

# Builds the objects of a commit, or runs sparse on their sources: those in file $3.objects. Writes
# the messages to file $3.
messages() {
	local kind=$1 commit=$2 file=$3 status=0 names directories
	object_dir=$(object_dir_of "$commit")
	show_commit "$commit"
	configure
	name_unlinked
	: | tee "$file" > "$file.link"
	names=$(cat "$file.objects")
	[[ $names ]] || return 0
	case $kind in
	build)
		# Without this, make would print no warnings for objects of an earlier run, and would
		# accept the object of a file that this commit does not have yet.
		(cd "$object_dir" && rm -f $names $(added_files | sed -n 's/\.c$/.o/p'))
		kmake -k W=1 $names >"$file.log" 2>&1 || status=$?
		said "$file.log" > "$file"
		# Check that the files that the Makefiles name exist and link. The warnings of this
		# step are not new. For upstream that is needed only if the series has errors there.
		[[ $commit != base || -s ${file%.base}.now.link ]] || return $status
		directories=$(linked_directories)
		[[ $directories ]] || return $status
		kmake -k W=1 $directories >"$file.link.log" 2>&1 || status=$?
		said "$file.link.log" | { grep -v 'warning: ' || :; } |
			{ grep -vxF -f "$file" || :; } > "$file.link"
		cat "$file.link" >> "$file"
		;;
	sparse)
		command -v sparse >/dev/null || { echo "sparse is not installed"; exit 1; }
		kmake -k W=1 C=2 CF="-include $here/sparse.h" $names >"$file.log" 2>&1 || status=$?
		# Ignore warnings in other headers, but not errors, because sparse stops warning after
		# an error. The messages with [-W...] come from the compiler.
		said "$file.log" | grep -v '\[-W' |
			grep -F -e 'error:' -f <(git -C "$tree" ls-files) > "$file" || :
		! grep 'C=2 specified' "$file.log" >> "$file" || :
		;;
	esac
	return $status
}

said() {
	sed -e "s|$tree/||g" -e 's/^make\[[0-9]*\]: \*\*\* //' "$1" |
		{ grep -iE "(warning|error): |No rule to make target|multiple definition" || :; }
}
