# SPDX-License-Identifier: GPL-2.0
# What is different about Xen: most new files are made from the library in tools/libgnttab-dmabuf,
# and the checks build Xen's libraries. Sourced by series.

# --- the new files -----------------------------------------------------------------------------

# Xen's protocol document, as comments in Xen's tree name it.
xen_protocol=docs/misc/xengnttab-dmabuf-stream.txt

make_new_files() {
	local path
	[[ ! ${!made_from[*]} ]] || command -v clang-format >/dev/null ||
		die "clang-format is not installed: apt-get install clang-format"
	for path in $(added_files); do
		mkdir -p "$new_files/${path%/*}"
		make_new_file "$path" "${made_from[$path]-$path}"
	done
}

make_new_file() {
	local path=$1 from=$2
	[[ -f $root/$from ]] || die "$patch_dir/series: + $path: there is no $from"
	case $from in
	"$path"|*/PROTOCOL) cat "$root/$from" ;;
	include/uapi/*) name_origin "$from" ;;
	*.[ch]) in_xen_style "$from" ;;
	*) die "$patch_dir/series: + $path: it is not known how to make it from $from" ;;
	esac > "$new_files/$path"
}

# A copy of a kernel header keeps the kernel's style, and says which revision it is a copy of.
name_origin() {
	local id
	id=$(git hash-object "$root/$1")
	sed "1a/* A copy of Linux's $1, git blob ${id:0:16}. */" "$root/$1"
}

in_xen_style() {
	sed -E -f <(xen_names) "$root/$1" |
		clang-format --style=file:"$here/xen.clang-format" --assume-filename="$1" |
		python3 "$here/xen-style.py"
}

# Prints the sed script which gives files, functions and headers the names that they have in Xen's
# tree. In a static library all functions of several files are visible, so they get a prefix.
xen_names() {
	local file name
	cat <<-EOF
	s|^// (SPDX.*)|/* \\1 */|
	s|#include "public.h"|#include <xengnttab_dmabuf.h>|
	s|#include "old-ioctls.h"|#include <xen/sys/gntdev.h>|
	s|\\bxen/gntdev_dmabuf\\.h|xen/sys/gntdev_dmabuf.h|
	s|\\bthe file PROTOCOL\\b|$xen_protocol|
	s/\\b(KERNEL|PRIVATE|STREAM|WIRE)_H\\b/DMABUF_\\1_H/
	EOF
	for file in $(files_below tools/libgnttab-dmabuf/src '*.[ch]'); do
		name=${file//-/_}
		printf '%s\n' "s/(^|[ \"])${file/./\\.}/\\1dmabuf_$name/"
	done
	for name in $(library_functions); do
		printf '%s\n' "s/\\b$name\\b/dmabuf_$name/g"
	done
}

# Prints the functions that the library's internal headers declare.
library_functions() {
	(set +f; cat "$root"/tools/libgnttab-dmabuf/src/*.h) | grep -v '^static ' |
		sed -nE 's/^[a-z][a-z0-9_ *]*[ *]([a-z0-9_]+)\(.*/\1/p' | sort -u
}
