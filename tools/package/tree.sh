# shellcheck shell=bash
# The Debian 13 in which packages are built. Sourced.

# build_packages CONTROL: print what the file's source package is built with.
build_packages()
{
	echo build-essential lintian
	sed -n '/^Build-Depends:/,/^[^ ]/s/^ \([a-z0-9-]*\).*/\1/p' "$1"
}

# in_build_tree ROOT SHARE COMMAND...: run COMMAND in the tree for packages of the checkout ROOT.
in_build_tree()
{
	local root=$1 share=$2

	shift 2
	"$root/tools/lab/lab" debian --share "$share" \
		--packages "$(build_packages "$root/debian/control" | xargs)" "$@"
}

# copy_tree ROOT TO: copy what packages are built from.
copy_tree()
{
	mkdir -p "$2"
	tar -c -C "$1" --exclude=debian/dkms-source COPYING Makefile debian drivers include \
		patches tests tools | tar -x -C "$2"
}
