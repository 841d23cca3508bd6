# shellcheck shell=bash
# The private root of one Xen version and architecture. It has the hypervisor, the tools, the
# libraries, their C library, and the headers and libraries that our own programs are compiled
# against. It is made by unpacking packages; no program of it runs on the host.

# Keep the libraries and Xen of a closure. Interpreters and service managers are not needed.
root_filter()
{
	grep -E '^(lib|linux-libc-dev|xen|busybox-static|zlib1g)' |
		grep -vE '^lib(python|systemd|text-|db5|sqlite|ssl|pam|apparmor)'
}

root_packages_xen()
{
	echo "xen-hypervisor-$2-$(deb_arch "$1") xen-utils-$2 xenstore-utils libxen-dev busybox-static"
}

readonly ROOT_PACKAGES_LIBC="libc6 libc6-dev linux-libc-dev libgcc-s1 libpng-dev libdrm-dev libdrm-tests
	libwayland-dev"

# root_unpack DIR DEB...: unpack the packages into a merged /usr, also those of an older Debian.
root_unpack()
{
	local dir=$1 deb link

	shift
	for link in bin sbin lib lib64; do
		mkdir -p "$dir/usr/$link"
		[ -L "$dir/$link" ] || ln -s "usr/$link" "$dir/$link"
	done
	for deb in "$@"; do
		# dpkg -x would replace the link by the /lib directory of an older package.
		dpkg-deb --fsys-tarfile "$deb" |
			tar -x --keep-directory-symlink -C "$dir" || return
	done
}

root_none()
{
	die "no Xen $3 for $2 in $1; the archive has:" \
		"$(apt_private "$1" "$2" apt-cache search --names-only \
			'^xen-hypervisor-[0-9.]+-[a-z0-9]+$' | cut -d' ' -f1 | paste -sd' ')"
}

root_download()
{
	local arch suite tmp=$3 xen libc

	arch=$(deb_arch "$1")
	suite=$(xen_suite "$2")
	apt_refresh "$suite" "$arch"
	apt_refresh "$LIBC_SUITE" "$arch"
	xen=$(apt_closure "$suite" "$arch" $(root_packages_xen "$1" "$2") | root_filter) ||
		root_none "$suite" "$arch" "$2"
	libc=$(apt_closure "$LIBC_SUITE" "$arch" $ROOT_PACKAGES_LIBC | root_filter) ||
		die "the archive has no C library for $arch in $LIBC_SUITE"
	# shellcheck disable=SC2086 # lists of words
	apt_fetch "$suite" "$arch" "$tmp/xen" $xen || exit
	# shellcheck disable=SC2086
	apt_fetch "$LIBC_SUITE" "$arch" "$tmp/libc" $libc || exit
}

root_make()
{
	local dir=$3 tmp=$3.tmp

	[ -e "$dir/VERSION" ] && return 0
	say "fetching Xen $2 for $1: hypervisor, tools, libraries"
	fresh_dir "$tmp"
	root_download "$1" "$2" "$tmp/debs"
	# The newest C library comes last. It replaces the one from the suite of an older Xen.
	root_unpack "$tmp/root" "$tmp"/debs/xen/*.deb "$tmp"/debs/libc/*.deb ||
		die "could not unpack Xen $2 for $1"
	gzip -dc "$tmp/root/boot/xen-$2-$(deb_arch "$1").gz" >"$tmp/root/boot/xen" 2>/dev/null ||
		cp "$tmp/root/boot/xen-$2-$(deb_arch "$1")" "$tmp/root/boot/xen" ||
		die "the package of Xen $2 holds no hypervisor"
	basename -a "$tmp"/debs/*/*.deb | sort >"$tmp/root/PACKAGES"
	sed -n 's/^xen-hypervisor-[^_]*_\(.*\)_[^_]*\.deb$/\1/p' "$tmp/root/PACKAGES" |
		sed 's/%3a/:/' >"$tmp/root/VERSION"
	rm -rf "$dir"
	mv "$tmp/root" "$dir"
	rm -rf "$tmp"
}

# root_dir ARCH XEN: print the directory of the root, and make it if it does not exist. The name
# contains a hash of this file, so a change of this file makes a new root.
root_dir()
{
	local recipe dir

	xen_suite "$2" >/dev/null || exit
	recipe=$({ cat "$LAB_DIR/root.sh"; echo "$1 $2"; } | hash_text)
	dir=$LAB_CACHE/roots/$1-xen$2-$recipe
	if [ ! -e "$dir/VERSION" ]; then
		mkdir -p "$LAB_CACHE/roots"
		with_lock "root-$1-$2" root_make "$1" "$2" "$dir" >&2 || exit
	fi
	echo "$dir"
}

# root_cc ARCH XEN WORDS...: compile for the domains. With the only word --print, print the words of
# the compiler for a shell, so that many programs need only one lab. Debian's cross compilers search
# their own C library first, so the directories of the root are passed explicitly.
root_cc()
{
	local arch=$1 root lib compiler

	root=$(root_dir "$1" "$2") || exit
	shift 2
	lib=$root/usr/lib/$(triplet "$arch")
	compiler=("$(cross_prefix "$arch")gcc" --sysroot="$root" -B"$lib" -L"$lib"
		-isystem "$root/usr/include/$(triplet "$arch")" -isystem "$root/usr/include"
		-I"$REPO/include/uapi")
	if [ "$*" = --print ]; then
		printf '%q ' "${compiler[@]}"
	else
		"${compiler[@]}" "$@"
	fi
}
