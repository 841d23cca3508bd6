# shellcheck shell=bash
# Kernel sources out of the linux-source packages.

linux_known() { one_of "Linux" "$1" 6.12 7.3; }

source_none_message()
{
	local have

	have=$(apt_private "$LIBC_SUITE" amd64 apt-cache search --names-only '^linux-source-[0-9]' |
		cut -d' ' -f1 | sort | paste -sd' ')
	die "the archive has no linux-source-$1 any more; it has: $have"
}

source_make()
{
	local version=$1 dir=$2 tmp=$2.tmp

	[ -e "$dir/VERSION" ] && return 0
	say "fetching the source of Linux $version"
	fresh_dir "$tmp"
	apt_refresh "$LIBC_SUITE" amd64
	apt_private "$LIBC_SUITE" amd64 apt-cache show "linux-source-$version" >/dev/null 2>&1 ||
		source_none_message "$version"
	apt_fetch "$LIBC_SUITE" amd64 "$tmp/deb" "linux-source-$version" || exit
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

# source_home LINUX: the directory with VERSION, pristine/ and what is built from it.
source_home()
{
	local dir=$LAB_CACHE/linux/$1

	linux_known "$1" || exit
	if [ ! -e "$dir/VERSION" ]; then
		mkdir -p "$LAB_CACHE/linux"
		with_lock "source-$1" source_make "$1" "$dir" >&2 || exit
	fi
	echo "$dir"
}

source_dir() { local home; home=$(source_home "$1") && echo "$home/pristine"; }
