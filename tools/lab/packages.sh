# shellcheck shell=bash
# Packages of Debian 13, unpacked with all that they depend on: programs of others for the domains, and
# QEMU. Nothing else of them runs on the host.

# packages_make ARCH DIR PACKAGE...
packages_make()
{
	local arch dir=$2 tmp=$2.tmp names

	arch=$(deb_arch "$1")
	shift 2
	[ ! -e "$dir/PACKAGES" ] || return 0
	say "fetching for $arch: $*"
	apt_refresh "$LIBC_SUITE" "$arch"
	names=$(apt_closure "$LIBC_SUITE" "$arch" "$@") && [ -n "$names" ] ||
		die "Debian 13 has no packages for $arch with these names: $*"
	fresh_dir "$tmp"
	# shellcheck disable=SC2086 # a list of words
	apt_fetch "$LIBC_SUITE" "$arch" "$tmp/debs" $names || exit
	root_unpack "$tmp/root" "$tmp"/debs/*.deb || die "could not unpack: $*"
	basename -a "$tmp"/debs/*.deb | sort >"$tmp/root/PACKAGES"
	rm -rf "$dir"
	mv "$tmp/root" "$dir"
	rm -rf "$tmp"
}

# packages_dir ARCH PACKAGE...: print the directory of the packages, and make it if it does not
# exist.
packages_dir()
{
	local dir

	[ $# -gt 1 ] || usage_error "name a package"
	dir=$LAB_CACHE/packages/$1-$(echo "$*" | hash_text)
	if [ ! -e "$dir/PACKAGES" ]; then
		mkdir -p "$LAB_CACHE/packages"
		with_lock "packages-$(basename "$dir")" packages_make "$1" "$dir" "${@:2}" >&2 || exit
	fi
	echo "$dir"
}
