# shellcheck shell=bash
# Kernels. Each version has one source tree, and one object directory for each architecture and
# configuration. The files of a variant (our series, the unpatched kernel, an edited driver) are
# copied over the tree where the contents differ, and the kernel is built incrementally. The
# result is kept under a hash of all inputs.

readonly KERNEL_CONFIGS=$REPO/tests/configs
readonly TEST_MODULES=$REPO/tests/modules

kernel_arch() { [ "$1" = arm64 ] && echo arm64 || echo x86_64; }
kernel_target() { [ "$1" = arm64 ] && echo Image || echo bzImage; }
kernel_image() { [ "$1" = arm64 ] && echo arch/arm64/boot/Image || echo arch/x86/boot/bzImage; }

# kernel_fragments ARCH CONFIG SERIES: print the fragments of the configuration. A later fragment
# overrides an earlier one.
kernel_fragments()
{
	local arch=$1 config=$2 series=$3

	echo "$KERNEL_CONFIGS/common.config"
	echo "$KERNEL_CONFIGS/$arch.config"
	if [ "$series" = ours ]; then
		echo "$KERNEL_CONFIGS/ours.config"
	else
		echo "$KERNEL_CONFIGS/mainline.config"
	fi
	[ "$config" = plain ] || echo "$KERNEL_CONFIGS/$config.config"
	[ "$config-$arch" != debug-arm64 ] || echo "$KERNEL_CONFIGS/debug-arm64.config"
}

# series_commit TREE SERIES: print the commit of the tree that SERIES stands for.
series_commit()
{
	local tree=$1 series=$2 commit

	[ "$series" != ours ] || { echo series; return; }
	commit=$(git -C "$tree" rev-list --reverse base..series | sed -n "${series}p")
	[ -n "$commit" ] || die "our series has no patch $series, only" \
		"$(git -C "$tree" rev-list --count base..series) patches"
	echo "$commit"
}

# kernel_stage HOME LINUX SERIES DIR: write the files that the series changes or adds to
# DIR/files, and the names of the files that it deletes to DIR/deleted.
kernel_stage()
{
	local home=$1 linux=$2 series=$3 dir=$4 tree=$1/series commit kind file

	mkdir -p "$dir/files"
	: >"$dir/deleted"
	[ "$series" != none ] || return 0
	"$REPO/tools/series/series" tree --linux "$linux" --source "$home/pristine" \
		--dir "$tree" >/dev/null || die "the series could not be applied"
	commit=$(series_commit "$tree" "$series") || exit
	git -C "$tree" diff --no-renames --name-status base "$commit" >"$dir/changes" ||
		die "what the series changes could not be listed"
	while read -r kind file; do
		if [ "$kind" = D ]; then
			echo "$file" >>"$dir/deleted"
		else
			mkdir -p "$dir/files/$(dirname "$file")"
			git -C "$tree" show "$commit:$file" >"$dir/files/$file" ||
				die "$file of the series is missing"
		fi
	done <"$dir/changes"
}

# files_hash DIR FIND-WORD...: print one hash of the names and contents.
files_hash()
{
	(cd "$1" && find . -type f "${@:2}" -print0 | sort -z | xargs -0r sha256sum) | hash_text
}

kernel_stage_hash() { files_hash "$1/files" && cat "$1/deleted"; }

# kernel_put FROM TO: the tree starts as hard links to the pristine tree. The copy replaces the
# link and never writes to the pristine file.
kernel_put()
{
	cmp -s "$1" "$2" && return 0
	mkdir -p "$(dirname "$2")"
	cp --remove-destination "$1" "$2"
}

# kernel_lay HOME STAGE: make HOME/work the staged variant. HOME/work.laid lists its files.
kernel_lay()
{
	local home=$1 stage=$2 file

	if [ ! -d "$home/work" ]; then
		rm -rf "$home/work.tmp"
		cp -al "$home/pristine" "$home/work.tmp" && mv "$home/work.tmp" "$home/work" ||
			return
	fi
	touch "$home/work.laid"
	while read -r file; do
		[ -e "$stage/files/$file" ] && continue
		if [ -e "$home/pristine/$file" ]; then
			kernel_put "$home/pristine/$file" "$home/work/$file" || return
		else
			rm -f "$home/work/$file"
		fi
	done <"$home/work.laid"
	(cd "$stage/files" && find . -type f -printf '%P\n'; cat "$stage/deleted") >"$home/work.laid"
	while read -r file; do
		if [ -e "$stage/files/$file" ]; then
			kernel_put "$stage/files/$file" "$home/work/$file" || return
		else
			rm -f "$home/work/$file"
		fi
	done <"$home/work.laid"
}

kernel_make()
{
	local arch=$1 home=$2 obj=$3 cross

	shift 3
	cross=$(cross_prefix "$arch")
	KBUILD_BUILD_TIMESTAMP='1970-01-01' KBUILD_BUILD_USER=lab KBUILD_BUILD_HOST=lab \
	make -C "$home/work" O="$obj" ARCH="$(kernel_arch "$arch")" CROSS_COMPILE="$cross" \
		-j"$(nproc)" "$@"
}

# kernel_config_check OBJ FRAGMENT...: fail if the configuration does not have a symbol as the
# last fragment sets it. Without this check, a case would fail much later.
kernel_config_check()
{
	local obj=$1 line missing=()

	shift
	while read -r line; do
		case $line in
		*=n) ! grep -q "^${line%=n}=" "$obj/.config" ;;
		*) grep -qxF "$line" "$obj/.config" ;;
		esac || missing+=("$line")
	done < <(awk -F= '/^CONFIG_/ { last[$1] = $0 } END { for (s in last) print last[s] }' "$@")
	[ "${#missing[@]}" -eq 0 ] && return 0
	echo "the configuration would not take ${missing[*]}"
	return 1
}

# Make the configuration, unless it was made from the same fragments and Kconfig files.
kernel_configure()
{
	local arch=$1 home=$2 obj=$3 stage=$4 fragments=("${@:5}") key

	key=$({ hash_files "${fragments[@]}"; files_hash "$stage/files" -name 'Kconfig*'; } |
		hash_text)
	[ "$(cat "$obj/lab.config" 2>/dev/null)" = "$key" ] && return 0
	mkdir -p "$obj"
	kernel_make "$arch" "$home" "$obj" tinyconfig || return
	(cd "$obj" && "$home/work/scripts/kconfig/merge_config.sh" -m .config \
		"${fragments[@]}") || return
	kernel_make "$arch" "$home" "$obj" olddefconfig || return
	kernel_config_check "$obj" "${fragments[@]}" || return
	echo "$key" >"$obj/lab.config"
}

# Build the modules of the tests. They are always built from scratch: this takes seconds, and
# leaves no object of a module that this kernel does not have.
kernel_test_modules()
{
	local arch=$1 home=$2 obj=$3

	fresh_dir "$obj/test-modules" || return
	cp "$TEST_MODULES"/* "$obj/test-modules/" || return
	kernel_make "$arch" "$home" "$obj" M="$obj/test-modules" modules
}

# kernel_install_modules ARCH HOME OBJ DIR
kernel_install_modules()
{
	local words=(modules_install INSTALL_MOD_PATH="$4" INSTALL_MOD_STRIP=1)

	kernel_make "$1" "$2" "$3" "${words[@]}" || return
	kernel_make "$1" "$2" "$3" M="$3/test-modules" "${words[@]}"
}

kernel_install()
{
	local arch=$1 home=$2 obj=$3 out=$4

	fresh_dir "$out.tmp" || return
	kernel_install_modules "$arch" "$home" "$obj" "$out.tmp/modules" || return
	rm -f "$out.tmp"/modules/lib/modules/*/build "$out.tmp"/modules/lib/modules/*/source
	cp "$obj/$(kernel_image "$arch")" "$out.tmp/kernel" &&
		cp "$obj/.config" "$out.tmp/config" &&
		cp "$home/VERSION" "$out.tmp/version" || return
	rm -rf "$out"
	mv "$out.tmp" "$out"
}

# kernel_seed ARCH CONFIG HOME: begin with the objects of the plain kernel, of which make compiles
# those again that the configuration changes. The debug kernel would use none of them.
kernel_seed()
{
	local plain=$3/obj-$1-plain obj=$3/obj-$1-$2

	[ "$2" != debug ] && [ -e "$plain/lab.config" ] && [ ! -e "$obj" ] || return 0
	rm -rf "$obj.tmp"
	cp -a "$plain" "$obj.tmp" && rm "$obj.tmp/lab.config" && mv "$obj.tmp" "$obj" || return
	kernel_seed_objtool "$1" "$3" "$obj"
}

# objtool is built again in the new directory, as its rules contain the path. All objects depend
# on it, but it has not changed, so it keeps its old time.
kernel_seed_objtool()
{
	local arch=$1 home=$2 obj=$3 tool=$3/tools/objtool/objtool

	[ -e "$tool" ] || return 0
	touch -r "$tool" "$obj/seed.time"
	kernel_make "$arch" "$home" "$obj" tools/objtool &&
		find "$obj/tools/objtool" -type f -exec touch -r "$obj/seed.time" {} +
}

kernel_build_steps()
{
	local arch=$1 home=$2 config=$3 stage=$4 out=$5 fragments=("${@:6}") obj=$2/obj-$1-$3

	# This runs in a condition, where errexit is off, so every step checks its status.
	kernel_lay "$home" "$stage" &&
	kernel_seed "$arch" "$config" "$home" &&
	kernel_configure "$arch" "$home" "$obj" "$stage" "${fragments[@]}" &&
	kernel_make "$arch" "$home" "$obj" "$(kernel_target "$arch")" modules &&
	kernel_test_modules "$arch" "$home" "$obj" &&
	kernel_install "$arch" "$home" "$obj" "$out"
}

# kernel_build_missing ARCH LINUX SERIES CONFIG HOME STAGE OUT FRAGMENT...: build, unless another
# process has built OUT before this one got the lock.
kernel_build_missing()
{
	local arch=$1 linux=$2 series=$3 config=$4 home=$5 stage=$6 out=$7 fragments=("${@:8}")
	local log=$LAB_CACHE/logs/kernel-$linux-$arch-$config-$series.log started=$SECONDS

	[ ! -e "$out/version" ] || return 0
	mkdir -p "$LAB_CACHE/kernels"
	say "building Linux $(cat "$home/VERSION") for $arch ($config, series: $series)"
	logged "$log" kernel_build_steps "$arch" "$home" "$config" \
		"$stage" "$out" "${fragments[@]}"
	say "built in $((SECONDS - started)) s"
}

kernel_build()
{
	local arch=$1 linux=$2 series=$3 config=$4 home stage key out fragments

	home=$(source_home "$linux") || exit
	mapfile -t fragments < <(kernel_fragments "$arch" "$config" "$series")
	# The trap is set before mkdir, so the directory is removed even if mkdir is interrupted.
	stage=$home/stage.$BASHPID-$RANDOM
	# shellcheck disable=SC2064 # the directory of now
	trap "trap '' INT TERM HUP; rm -rf '$stage'" EXIT
	mkdir -m 700 "$stage" || exit
	with_lock "series-$linux" kernel_stage "$home" "$linux" "$series" "$stage" || exit
	key=$({
		cat "$home/VERSION"
		hash_files "${fragments[@]}"
		files_hash "$TEST_MODULES"
		declare -f kernel_make kernel_configure kernel_test_modules kernel_install_modules \
			kernel_install kernel_build_steps
		"$(cross_prefix "$arch")gcc" --version | head -n 1
		kernel_stage_hash "$stage"
	} | hash_text)
	out=$LAB_CACHE/kernels/linux$linux-$arch-$config-$series-$key
	# All variants of a version share the tree. A kernel that is built already does not need it.
	[ -e "$out/version" ] || with_lock "kernel-$linux" kernel_build_missing \
		"$arch" "$linux" "$series" "$config" "$home" "$stage" "$out" "${fragments[@]}" || exit
	echo "$out"
}

# kernel_dir ARCH LINUX SERIES CONFIG: print the directory of the built kernel. It contains
# kernel, modules/lib/modules/..., config and version. SERIES: ours, none, or a number of
# patches. CONFIG: plain, debug or noregion.
kernel_dir()
{
	linux_known "$2" || exit
	(kernel_build "$@")
}
