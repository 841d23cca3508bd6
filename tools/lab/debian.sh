# shellcheck shell=bash
# A Debian 13 of its own, in a tree of files: a command runs there as its root, and the tree is
# thrown away. The user of the lab need not be root, but then needs subordinate ids (/etc/subuid),
# for the owners of the files.

readonly DEBIAN_SUITE=trixie

debian_help()
{
	cat <<'EOF'
usage: lab debian [--packages 'P...'] [--share DIR] COMMAND [WORD...]

Runs COMMAND as root in a fresh tree of Debian 13 of this machine's architecture. The tree has
apt, its sources and the network, and is removed afterwards.

  --packages 'P...'   packages that are installed from the start. A tree for the same packages
                      is unpacked from the cache the next time
  --share DIR         a directory of this machine, which is /mnt there

exit status: that of COMMAND, or 125 if the lab itself failed
EOF
}

# Without subordinate ids, only one id exists in a namespace, and Debian's files need more.
debian_namespace()
{
	local ids=()

	[ "$(id -u)" -eq 0 ] || ids=(--map-root-user --map-auto)
	unshare "${ids[@]}" --mount --pid --fork --kill-child "$@"
}

debian_check()
{
	# shellcheck disable=SC2034 # for deps.sh
	DEPS_MORE="mmdebstrap$([ "$(id -u)" -eq 0 ] || echo ' uidmap')"
	deps_install
	debian_namespace true 2>/dev/null ||
		die "cannot make a namespace with many user ids: run as root, or give $(id -un)" \
			"subordinate ids (usermod --add-subuids 100000-165535" \
			"--add-subgids 100000-165535 $(id -un))"
}

# without_descriptors COMMAND...: mmdebstrap passes the number of the next free descriptor to dash,
# which accepts numbers of one digit only.
without_descriptors()
(
	local fd

	for fd in "/proc/$BASHPID/fd"/*; do
		fd=${fd##*/}
		[ "$fd" -le 2 ] || exec {fd}>&-
	done
	exec "$@"
)

# debian_make FILE PACKAGES: make FILE, an archive of a tree with the packages. mmdebstrap works
# in a directory that its user ids can reach, which the cache may not be.
debian_make()
{
	local file=$1 arch stage

	[ ! -e "$file" ] || return 0
	arch=$(dpkg --print-architecture)
	apt_refresh "$DEBIAN_SUITE" "$arch"
	say "installing Debian 13 into a tree${2:+, with $2}"
	stage=${TMPDIR:-/tmp}/xen-dmabuf-lab.$BASHPID-$RANDOM
	# shellcheck disable=SC2064 # the files of now
	trap "trap '' INT TERM HUP; debian_namespace rm -rf '$stage' '$file.tmp'" EXIT
	mkdir -m 755 "$stage" || exit
	TMPDIR=$stage logged "$LAB_CACHE/logs/debian.log" without_descriptors mmdebstrap \
		--variant=minbase --format=tar --architectures="$arch" ${2:+--include="${2// /,}"} \
		"$DEBIAN_SUITE" "$file.tmp" "$LAB_CACHE/apt/$DEBIAN_SUITE-$arch/sources.list" || exit
	mv "$file.tmp" "$file"
}

# debian_archive PACKAGES: print the archive's name, and make it if it does not exist.
debian_archive()
{
	local file

	file=$LAB_CACHE/debian/$(echo "$DEBIAN_SUITE minbase $1" | hash_text).tar
	mkdir -p "$LAB_CACHE/debian"
	with_lock debian debian_make "$file" "$1" >&2 || exit
	echo "$file"
}

# debian_enter TREE SHARE COMMAND...: in the namespace. Its mounts end with it. The nodes of /dev
# are this machine's, as a user cannot make any.
debian_enter()
{
	local tree=$1 share=$2

	shift 2
	mount --rbind /dev "$tree/dev" &&
		mount -t proc proc "$tree/proc" || exit "$EXIT_LAB"
	if [ -n "$share" ]; then
		mount --bind "$share" "$tree/mnt" || exit "$EXIT_LAB"
	fi
	cat /etc/resolv.conf >"$tree/etc/resolv.conf" 2>/dev/null
	exec env -i PATH=/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin \
		HOME=/root LC_ALL=C.UTF-8 DEBIAN_FRONTEND=noninteractive LAB_RUN="${LAB_RUN:-}" \
		chroot "$tree" "$@"
}

debian_main()
{
	local packages='' share='' archive tree

	while [[ ${1:-} == -* ]]; do
		case $1 in
		--packages) need_value "$1" $#; packages=$2; shift 2 ;;
		--share) need_value "$1" $#; share=$2; shift 2 ;;
		--help|-h) debian_help; exit ;;
		*) usage_error "debian: '$1' is not an option" ;;
		esac
	done
	[ $# -gt 0 ] || usage_error "debian: which command is to run?"
	[ -z "$share" ] || [ -d "$share" ] || die "--share: there is no directory $share"
	debian_check
	archive=$(debian_archive "$packages") || exit
	tree=$LAB_CACHE/debian/tree.$BASHPID-$RANDOM
	# shellcheck disable=SC2064 # the directory of now
	trap "trap '' INT TERM HUP; debian_namespace rm -rf '$tree'" EXIT
	mkdir -m 755 "$tree" || exit
	debian_namespace tar -x --numeric-owner --exclude='./dev/*' -C "$tree" -f "$archive" ||
		die "could not unpack $archive"
	export -f debian_enter
	# shellcheck disable=SC2016 # for the other shell
	debian_namespace bash -c 'EXIT_LAB=$1; shift; debian_enter "$@"' - \
		"$EXIT_LAB" "$tree" "$share" "$@"
}
