# shellcheck shell=bash
# Build dependencies on this machine. The lab changes nothing else outside its cache.
# DEPS_MORE names those that only one command needs.

readonly DEPS_COMMON="bc bison build-essential cpio debian-archive-keyring
	file flex git kmod libelf-dev libssl-dev patch
	libwayland-bin perl pkg-config python3 sparse wayland-protocols xz-utils"

deps_wanted()
{
	local arch

	echo "$DEPS_COMMON ${DEPS_MORE:-}"
	for arch in x86_64 arm64; do
		! qemu_of_host || qemu_package "$arch"
		[ -z "$(cross_prefix $arch)" ] && continue
		case $arch in
		x86_64) echo gcc-x86-64-linux-gnu libc6-dev-amd64-cross ;;
		arm64) echo gcc-aarch64-linux-gnu libc6-dev-arm64-cross ;;
		esac
	done
}

# deps_missing [PACKAGE...]: of the packages that the lab needs, and of these.
deps_missing()
{
	# shellcheck disable=SC2046 # a list of words
	set -- $(deps_wanted) "$@"
	{
		dpkg-query -W -f '${Package} ${db:Status-Status}\n' "$@" 2>/dev/null || true
		printf '%s wanted\n' "$@"
	} | awk '$2 == "installed" { have[$1] } $2 == "wanted" && !($1 in have) { print $1 }'
}

# deps_install [PACKAGE...]: install the missing packages. Only this step needs root.
deps_install()
{
	local missing as_root=()

	missing=$(deps_missing "$@" | paste -sd' ')
	[ -n "$missing" ] || return 0
	say "installing with apt: $missing"
	if [ "$(id -u)" -ne 0 ]; then
		command -v sudo >/dev/null ||
			die "not root and no sudo here: as root, run: apt-get install $missing"
		as_root=(sudo)
	fi
	logged "$LAB_CACHE/logs/deps-update.log" "${as_root[@]}" apt-get update
	# apt runs without the lab's token, because dpkg must not be killed halfway.
	# shellcheck disable=SC2086 # a list of words
	logged "$LAB_CACHE/logs/deps.log" "${as_root[@]}" env -u LAB_RUN DEBIAN_FRONTEND=noninteractive \
		apt-get install -y --no-install-recommends $missing
}
