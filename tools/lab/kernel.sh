# shellcheck shell=bash
# Kernels: one source tree and one object directory for each version, architecture and
# configuration. A variant (our series, the unpatched kernel, an edited driver) is laid over
# the tree file by file, only where contents differ, and built incrementally; what comes out
# is kept under a hash of everything that went in.

readonly KERNEL_CONFIGS=$REPO/tests/configs

kernel_arch() { [ "$1" = arm64 ] && echo arm64 || echo x86_64; }
kernel_target() { [ "$1" = arm64 ] && echo Image || echo bzImage; }
kernel_image() { [ "$1" = arm64 ] && echo arch/arm64/boot/Image || echo arch/x86/boot/bzImage; }

# The names of the configuration's fragments, in order.
kernel_fragments()
{
	echo "$KERNEL_CONFIGS/common.config"
	echo "$KERNEL_CONFIGS/$1.config"
	if [ "$2" = debug ]; then
		echo "$KERNEL_CONFIGS/debug.config"
		[ "$1" != arm64 ] || echo "$KERNEL_CONFIGS/debug-arm64.config"
	fi
}

# kernel_stage HOME LINUX SERIES DIR: the files that the series changes or adds, in their final
# state, below DIR/files, and the names of those that it deletes in DIR/deleted.
kernel_stage()
{
	local home=$1 linux=$2 series=$3 dir=$4 tree=$1/series kind file

	mkdir -p "$dir/files"
	: >"$dir/deleted"
	[ "$series" = ours ] || return 0
	"$REPO/tools/series/series" tree --linux "$linux" --source "$home/pristine" \
		--dir "$tree" >/dev/null || die "the series could not be applied"
	git -C "$tree" diff --no-renames --name-status base series >"$dir/changes" ||
		die "what the series changes could not be listed"
	while read -r kind file; do
		if [ "$kind" = D ]; then
			echo "$file" >>"$dir/deleted"
		else
			install -D -m 644 "$tree/$file" "$dir/files/$file" ||
				die "$file of the series is missing"
		fi
	done <"$dir/changes"
}

kernel_stage_hash()
{
	(cd "$1" && find files -type f -print0 | sort -z | xargs -0r sha256sum && cat deleted) |
		hash_text
}

# The tree starts as hard links to the pristine one; a file of ours replaces the link and
# never writes through it.
kernel_put()
{
	cmp -s "$1" "$2" && return 0
	mkdir -p "$(dirname "$2")"
	cp --remove-destination "$1" "$2"
}

# kernel_lay HOME STAGE: bring HOME/work to the staged variant.
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
	CCACHE_DIR=$LAB_CACHE/ccache CCACHE_BASEDIR=$home CCACHE_NOHASHDIR=1 \
	KBUILD_BUILD_TIMESTAMP='1970-01-01' KBUILD_BUILD_USER=lab KBUILD_BUILD_HOST=lab \
	make -C "$home/work" O="$obj" ARCH="$(kernel_arch "$arch")" CROSS_COMPILE="$cross" \
		CC="ccache ${cross}gcc" -j"$(nproc)" "$@"
}

# A symbol of a fragment that the kernel's configuration did not take is an error: it would
# show much later as a case that can't work.
kernel_config_check()
{
	local obj=$1 line missing=()

	shift
	while read -r line; do
		case $line in
		*=n) ! grep -q "^${line%=n}=" "$obj/.config" ;;
		*) grep -qxF "$line" "$obj/.config" ;;
		esac || missing+=("$line")
	done < <(grep -h '^CONFIG_' "$@")
	[ "${#missing[@]}" -eq 0 ] && return 0
	echo "the configuration would not take ${missing[*]}"
	return 1
}

kernel_configure()
{
	local arch=$1 home=$2 obj=$3 fragments=("${@:4}") key

	key=$(hash_files "${fragments[@]}")
	[ "$(cat "$obj/lab.config" 2>/dev/null)" = "$key" ] && return 0
	mkdir -p "$obj"
	kernel_make "$arch" "$home" "$obj" tinyconfig || return
	(cd "$obj" && "$home/work/scripts/kconfig/merge_config.sh" -m .config \
		"${fragments[@]}") || return
	kernel_make "$arch" "$home" "$obj" olddefconfig || return
	kernel_config_check "$obj" "${fragments[@]}" || return
	echo "$key" >"$obj/lab.config"
}

kernel_install()
{
	local arch=$1 home=$2 obj=$3 out=$4

	fresh_dir "$out.tmp"
	kernel_make "$arch" "$home" "$obj" modules_install \
		INSTALL_MOD_PATH="$out.tmp/modules" INSTALL_MOD_STRIP=1 || return
	rm -f "$out.tmp"/modules/lib/modules/*/build "$out.tmp"/modules/lib/modules/*/source
	cp "$obj/$(kernel_image "$arch")" "$out.tmp/kernel" &&
		cp "$obj/.config" "$out.tmp/config" &&
		cp "$home/VERSION" "$out.tmp/version" || return
	rm -rf "$out"
	mv "$out.tmp" "$out"
}

kernel_build_steps()
{
	local arch=$1 home=$2 obj=$3 stage=$4 out=$5 fragments=("${@:6}")

	# Run under a test, where errexit is off: every step says so itself.
	kernel_lay "$home" "$stage" &&
	kernel_configure "$arch" "$home" "$obj" "${fragments[@]}" &&
	kernel_make "$arch" "$home" "$obj" "$(kernel_target "$arch")" modules &&
	kernel_install "$arch" "$home" "$obj" "$out"
}

kernel_build()
{
	local arch=$1 linux=$2 series=$3 config=$4 home stage key out fragments log started=$SECONDS

	home=$(source_home "$linux") || exit
	mapfile -t fragments < <(kernel_fragments "$arch" "$config")
	stage=$(mktemp -d "$home/stage.XXXXXX") || exit
	# shellcheck disable=SC2064 # the directory of now
	trap "rm -rf '$stage'" EXIT
	kernel_stage "$home" "$linux" "$series" "$stage"
	key=$({
		cat "$home/VERSION"
		hash_files "${fragments[@]}"
		declare -f kernel_make kernel_configure kernel_install kernel_build_steps
		"$(cross_prefix "$arch")gcc" --version | head -n 1
		kernel_stage_hash "$stage"
	} | hash_text)
	out=$LAB_CACHE/kernels/linux$linux-$arch-$config-$series-$key
	if [ ! -e "$out/version" ]; then
		mkdir -p "$LAB_CACHE/kernels"
		log=$LAB_CACHE/logs/kernel-$linux-$arch-$config-$series.log
		say "building Linux $(cat "$home/VERSION") for $arch ($config, series: $series)"
		logged "$log" kernel_build_steps "$arch" "$home" "$home/obj-$arch-$config" \
			"$stage" "$out" "${fragments[@]}"
		say "built in $((SECONDS - started)) s"
	fi
	echo "$out"
}

# kernel_dir ARCH LINUX SERIES CONFIG: print the directory of the built kernel: kernel,
# modules/lib/modules/..., config, version. SERIES: ours or none. CONFIG: plain or debug.
kernel_dir()
{
	linux_known "$2" || exit
	# The tree is shared by every variant of a version.
	with_lock "kernel-$2" kernel_build "$@"
}
