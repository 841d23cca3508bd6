# shellcheck shell=bash
# Kernel sources from the linux-source packages.

linux_known() { one_of "Linux" "$1" 6.12 7.3; }

source_none_message()
{
	local have

	have=$(apt_private "$LIBC_SUITE" amd64 apt-cache search --names-only '^linux-source-[0-9]' |
		cut -d' ' -f1 | sort | paste -sd' ')
	die "the archive has no linux-source-$1 any more; it has: $have"
}

# source_base LINUX: print the release that the hunks of our series are made for.
source_base() { sed -n 's/^# base: //p' "$REPO/patches/linux/$1/series"; }

# source_package LINUX: print the package to download. It is the package of that release while
# the archive has it, else the newest one.
source_package()
{
	apt_private "$LIBC_SUITE" amd64 apt-cache madison "linux-source-$1" |
		awk -v base="$(source_base "$1")" '
			index($3, base "-") == 1 && !found { found = $1 "=" $3 }
			{ newest = $1 }
			END { print found ? found : newest }'
}

source_make()
{
	local version=$1 dir=$2 tmp=$2.tmp package

	[ -e "$dir/VERSION" ] && return 0
	say "fetching the source of Linux $version"
	fresh_dir "$tmp"
	apt_refresh "$LIBC_SUITE" amd64
	package=$(source_package "$version")
	[ -n "$package" ] || source_none_message "$version"
	apt_fetch "$LIBC_SUITE" amd64 "$tmp/deb" "$package" || exit
	dpkg -x "$tmp"/deb/*.deb "$tmp/pk" &&
		tar -xf "$tmp/pk/usr/src/linux-source-$version.tar.xz" -C "$tmp" ||
		die "could not unpack the source of Linux $version"
	mv "$tmp/linux-source-$version" "$tmp/pristine" &&
		make -s -C "$tmp/pristine" kernelversion >"$tmp/VERSION" ||
		die "the source of Linux $version does not say its version"
	rm -rf "$tmp/deb" "$tmp/pk" "$dir"
	mv "$tmp" "$dir"
	say "Linux $version is $(cat "$dir/VERSION")"
}

# source_home LINUX: print the directory with VERSION, pristine/ and the builds. When our series
# is rebased to another release, the directory is another one.
source_home()
{
	local dir

	linux_known "$1" || exit
	dir=$LAB_CACHE/linux/$(source_base "$1")
	if [ ! -e "$dir/VERSION" ]; then
		mkdir -p "$LAB_CACHE/linux"
		with_lock "source-$1" source_make "$1" "$dir" >&2 || exit
	fi
	echo "$dir"
}

source_dir() { local home; home=$(source_home "$1") && echo "$home/pristine"; }
