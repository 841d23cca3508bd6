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

# --- the checks --------------------------------------------------------------------------------

# The series has every file of the library but these: what they do is done in another way in Xen's
# tree, or is for programs that Xen does not have.
not_for_xen='include/xengnttab_dmabuf_v2.h src/old-ioctls.h src/public.h'

check_xen_listed() {
	comm -23 <(files_for_xen) <(printf '%s\n' "${made_from[@]}" | sort) |
		sed "s|.*|no patch of $patch_dir/series makes a file from &|"
}

files_for_xen() {
	local file
	for file in PROTOCOL $(files_below tools/libgnttab-dmabuf '*.[ch]' | grep -v ^examples/); do
		[[ " $not_for_xen " == *" $file "* ]] || echo "tools/libgnttab-dmabuf/$file"
	done | sort
}

# The new files are in Xen's style: what clang-format can tell, and the length of the lines. The
# copy of the kernel's header is not.
check_xen_style() {
	local file
	for file in $(added_files | grep '\.[ch]$' | grep -v ^tools/include/xen-sys/); do
		clang-format --style=file:"$here/xen.clang-format" "$new_files/$file" |
			python3 "$here/xen-style.py" | diff "$new_files/$file" - >"$place/log/style" ||
			{ echo "$file is not in Xen's style:"; cat "$place/log/style"; }
		grep -nE $'.{80}|\t|[ \t]$|//' "$new_files/$file" | sed "s|^|$file:|" || :
	done
}

# The change of style changes nothing else: the machine code is that of the library's files. (The
# names of functions, which differ, are not in these sections.)
check_xen_same() {
	local path library=$root/tools/libgnttab-dmabuf flags=(-std=gnu99 -D_GNU_SOURCE -O2 -fno-pic)
	need_series
	xen_build series
	for path in $(added_files | grep '\.c$'); do
		[[ ${made_from[$path]-} ]] || continue
		gcc "${flags[@]}" -I"$library/include" -I"$root/include/uapi" \
			-I"$build/tools/include" -c "$root/${made_from[$path]}" -o "$place/library.o"
		gcc "${flags[@]}" -I"$build/tools/include" -c "$build/$path" -o "$place/xen.o"
		cmp <(code "$place/library.o") <(code "$place/xen.o") >/dev/null ||
			echo "$path is not the same code as ${made_from[$path]}"
	done
}

code() { objdump -s -j .text -j .rodata -j .rodata.str1.1 "$1" 2>/dev/null | sed 1,3d; }

# Every commit builds without warnings, because the series must not break a bisection.
check_xen_steps() {
	local commit
	need_series
	for commit in $(git -C "$tree" rev-list --reverse base..series); do
		xen_build "$commit" >"$place/log/step" 2>&1 || echo failed >>"$place/log/step"
		[[ ! -s $place/log/step ]] ||
			{ git -C "$tree" log -1 --format='at "%s":' "$commit"; cat "$place/log/step"; }
	done
}

# The library has the names of its map with their versions, and no others; all that it had before;
# the names of libgnttab-dmabuf in the newest node; and internal names with a prefix.
check_xen_symbols() {
	local gnttab=$build/tools/libs/gnttab
	need_series
	xen_build base
	nm -D --defined-only "$gnttab/libxengnttab.so" | symbols >"$place/log/symbols.base"
	xen_build series
	nm -D --defined-only "$gnttab/libxengnttab.so" | symbols >"$place/log/symbols"
	map_symbols "$gnttab/libxengnttab.map" >"$place/log/symbols.map"
	diff "$place/log/symbols.map" "$place/log/symbols" ||
		echo "the library has other symbols (>) than its map (<)"
	comm -23 "$place/log/symbols.base" "$place/log/symbols" | sed 's/$/ is lost/'
	diff <(map_symbols "$root/tools/libgnttab-dmabuf/libgnttab-dmabuf.map" | cut -d@ -f1) \
		<(comm -13 "$place/log/symbols.base" "$place/log/symbols" | cut -d@ -f1) ||
		echo "the new symbols (>) are not those of libgnttab-dmabuf (<)"
	comm -13 "$place/log/symbols.base" "$place/log/symbols" | grep -v '@VERS_1\.3$' |
		sed 's/$/ is not in the new node/' || :
	nm -g --defined-only "$gnttab/libxengnttab.a" | awk 'NF == 3 { print $3 }' |
		grep -vE '^(xengn|dmabuf_|osdep_)' | sed 's/$/ is visible in the static library/' || :
}

# Prints name@version of the output of nm.
symbols() { awk '$2 == "T" { sub("@@", "@", $3); print $3 }' | sort; }

map_symbols() {
	awk '/^VERS_/ { node = $1 }
	     $1 ~ /^xen[a-z_]*;$/ { sub(";", "", $1); print $1 "@" node }' "$1" | sort
}

# A program is compiled against the installed library, and runs with it.
check_xen_client() {
	local install=$place/install libraries
	need_series
	xen_build series
	rm -rf "$install"
	for library in "${xen_libraries[@]}"; do
		xen_make "$build/tools/libs/$library" install DESTDIR="$install"
	done
	xen_make "$build/tools/include" install DESTDIR="$install"
	libraries=$install/usr/lib
	gcc -std=c99 -Wall -Wextra -Werror -I"$install/usr/include" "$here/xen-client.c" \
		-o "$place/client" -L"$libraries" -lxengnttab -Wl,-rpath-link,"$libraries"
	LD_LIBRARY_PATH=$libraries "$place/client"
	# And with the static libraries.
	gcc -std=c99 -I"$install/usr/include" "$here/xen-client.c" -o "$place/client-static" \
		"$libraries"/libxen{gnttab,toollog,toolcore}.a -pthread
	"$place/client-static"
	! command -v g++ >/dev/null || g++ -x c++ -std=c++11 -Wall -Wextra -Werror -fsyntax-only \
		-I"$install/usr/include" -include xengnttab_dmabuf_stream.h /dev/null
}

# On other systems, the library has the same functions, and they fail with EOPNOTSUPP.
check_xen_stubs() {
	local gnttab=$build/tools/libs/gnttab
	need_series
	xen_build series
	(set +f; gcc -std=gnu99 -Wall -Werror -Wmissing-prototypes -I"$build/tools/include" \
		-shared -fPIC "$gnttab"/dmabuf*_unimp.c -o "$place/stubs.so")
	diff <(map_symbols "$gnttab/libxengnttab.map" | sed -n 's/@VERS_1\.3$//p') \
		<(nm -D --defined-only "$place/stubs.so" | symbols) ||
		echo "the stubs have other functions (>) than the new node of the map (<)"
	gcc -std=c99 -DUNSUPPORTED -Wall -Wextra -Werror -I"$build/tools/include" \
		"$here/xen-client.c" -o "$place/client-stubs" "$place/stubs.so" \
		-L"$gnttab" -lxengnttab -Wl,-rpath-link,"$build/tools/libs/toollog" \
		-Wl,-rpath-link,"$build/tools/libs/toolcore"
	LD_LIBRARY_PATH=$place:$build/tools/libs/gnttab:$build/tools/libs/toollog:$build/tools/libs/toolcore \
		"$place/client-stubs"
}

# --- building Xen's libraries ------------------------------------------------------------------

# The libraries that libxengnttab needs, in the order to build them in.
xen_libraries=(toolcore toollog gnttab)

# Builds the libraries of a commit in a copy of the source. No ./configure is run, because it wants
# what all of Xen's tools need.
xen_build() {
	local library stamp
	stamp=$(cat "$tree/.git/series-source")
	if [[ $stamp != "$(cat "$build/series-source" 2>/dev/null)" ]]; then
		rm -rf "$build"
		cp -a "$source" "$build"
		touch "$build/config/Tools.mk"
		xen_make "$build/tools/include"
		echo "$stamp" >"$build/series-source"
	fi
	# Nothing of another commit may satisfy this one.
	(set +f; cd "$build/tools" && rm -rf libs/gnttab include/xengnttab_dmabuf*)
	cp -a "$source/tools/libs/gnttab" "$build/tools/libs"
	git -C "$tree" archive "$1" | tar -x -C "$build"
	for library in "${xen_libraries[@]}"; do
		xen_make "$build/tools/libs/$library"
	done
}

# Prints warnings, and the end of the output if it fails.
xen_make() {
	local directory=$1 log=$place/log/xen-make
	shift
	make -s -C "$directory" -j"$(nproc)" PYTHON=python3 AWK=awk PERL=perl \
		CONFIG_WERROR=y PTHREAD_CFLAGS=-pthread PTHREAD_LDFLAGS=-pthread \
		PTHREAD_LIBS=-pthread prefix=/usr includedir=/usr/include libdir=/usr/lib debug=n \
		ABI_DUMPER= nosharedlibs= "$@" >"$log" 2>&1 ||
		{ tail -n 30 "$log"; return 1; }
	grep 'warning: ' "$log" || :
}
