# shellcheck shell=bash
# Xen's source, from Debian's source package: the tree of Xen's own stable branch, without Debian's
# patches.

# xen_source_base XEN: print the release that the hunks of our series are made for.
xen_source_base() { sed -n 's/^# base: //p' "$REPO/patches/xen/$1/series"; }

# xen_source_versions SUITE BASE: print the versions of the source package. Those of the release
# BASE come first, then the newest.
xen_source_versions()
{
	apt_private "$1" source apt-cache madison xen | tr -d ' ' | cut -d'|' -f2 |
		awk -v base="$2" '!($0 in seen) {
			seen[$0]
			rank = index($0, base "+") == 1 || index($0, base "-") == 1 ? 0 : 1
			print rank, NR, $0
		}' | sort -k1,1n -k2,2n | cut -d' ' -f3
}

# xen_source_fetch SUITE VERSION FILE: download Xen's own archive of this version. Its hash is in
# the signed lists. An archive of packages may list a version and not have its files.
xen_source_fetch()
{
	local uri hash

	read -r uri _ _ hash < <(apt_private "$1" source apt-get source --print-uris \
		--only-source "xen=$2" 2>/dev/null | tr -d "'" | grep '\.orig\.tar\.') || return
	apt_private "$1" source /usr/lib/apt/apt-helper download-file "$uri" "$3" "$hash" \
		>>"$LAB_CACHE/logs/xen-source-$1.log" 2>&1
}

xen_source_none()
{
	die "the source of Xen $1 cannot be had: the archive lists $2 and delivers none of them" \
		"(log: $LAB_CACHE/logs/xen-source-$3.log). Try again later, or use a source tree" \
		"that you have: make series-xen SOURCE=DIR"
}

xen_source_download()
{
	local xen=$1 suite=$2 file=$3 versions version

	versions=$(xen_source_versions "$suite" "$(xen_source_base "$xen")")
	mkdir -p "$LAB_CACHE/logs"
	: >"$LAB_CACHE/logs/xen-source-$suite.log"
	for version in $versions; do
		xen_source_fetch "$suite" "$version" "$file" || continue
		echo "$version"
		return
	done
	xen_source_none "$xen" "${versions:+$(echo "$versions" | paste -sd' ')}" "$suite"
}

xen_source_make()
{
	local xen=$1 dir=$2 tmp=$2.tmp suite

	[ -e "$dir/VERSION" ] && return 0
	say "fetching the source of Xen $xen"
	suite=$(xen_suite "$xen")
	fresh_dir "$tmp/pristine"
	apt_refresh "$suite" source
	xen_source_download "$xen" "$suite" "$tmp/archive" >"$tmp/VERSION" || exit
	tar -xf "$tmp/archive" --strip-components=1 -C "$tmp/pristine" ||
		die "could not unpack the source of Xen $xen"
	rm -rf "$tmp/archive" "$dir"
	mv "$tmp" "$dir"
	say "Xen $xen is $(cat "$dir/VERSION")"
}

# xen_source_dir XEN: print the directory of the pristine source.
xen_source_dir()
{
	local dir

	xen_suite "$1" >/dev/null || exit
	[ -e "$REPO/patches/xen/$1/series" ] || die "there is no patches/xen/$1/series"
	dir=$LAB_CACHE/xen/$(xen_source_base "$1")
	if [ ! -e "$dir/VERSION" ]; then
		mkdir -p "$LAB_CACHE/xen"
		with_lock "xen-source-$1" xen_source_make "$1" "$dir" >&2 || exit
	fi
	echo "$dir/pristine"
}
