# shellcheck shell=bash
# Helpers for all parts of the lab: messages, the cache, hashes, locks.

# Exit statuses of `lab exec`, documented in its --help.
readonly EXIT_LIMIT=124 EXIT_LAB=125 EXIT_CRASH=126

LAB_DIR=$(cd "$(dirname "${BASH_SOURCE[0]}")" && pwd)
REPO=$(cd "$LAB_DIR/../.." && pwd)
LAB_CACHE=${LAB_CACHE:-${XDG_CACHE_HOME:-$HOME/.cache}/xen-dmabuf-lab}

say() { printf 'lab: %s\n' "$*" >&2; }

# die MESSAGE...: exit with the status for a failure of the lab itself.
die()
{
	say "$*"
	exit "$EXIT_LAB"
}

usage_error()
{
	say "$* ('lab help' lists what there is)"
	exit "$EXIT_LAB"
}

# need_value OPTION COUNT: check that OPTION has a value. COUNT is the number of words left.
need_value()
{
	[ "$2" -ge 2 ] || usage_error "$1 wants a value"
}

# one_of WHAT VALUE CHOICE...: check that VALUE is one of the CHOICEs.
one_of()
{
	local what=$1 value=$2 choice

	shift 2
	for choice in "$@"; do
		[ "$value" = "$choice" ] && return 0
	done
	usage_error "$what '$value' is not known: choose one of $*"
}

# hash_files FILE...: print one hash of the contents. The names are left out, because they would
# tie the cache to one checkout.
hash_files() { sha256sum -- "$@" | cut -c1-64 | hash_text; }
hash_text() { sha256sum | cut -c1-20; }

# with_lock NAME COMMAND...: run COMMAND in a subshell that holds the lock NAME of this cache.
with_lock()
{
	local name=$1

	shift
	mkdir -p "$LAB_CACHE/locks"
	(
		exec 9>"$LAB_CACHE/locks/$name"
		flock 9
		"$@"
	)
}

# logged FILE COMMAND...: run COMMAND with its output in FILE. If it fails, show the end of FILE.
logged()
{
	local log=$1

	shift
	mkdir -p "$(dirname "$log")"
	if "$@" >"$log" 2>&1; then
		return 0
	fi
	tail -n 25 "$log" >&2
	die "failed: $* (whole log: $log)"
}

# fresh_dir DIR: make DIR an empty directory, with its parents.
fresh_dir()
{
	rm -rf -- "$1"
	mkdir -p -- "$1"
}

deb_arch() { [ "$1" = arm64 ] && echo arm64 || echo amd64; }
triplet() { [ "$1" = arm64 ] && echo aarch64-linux-gnu || echo x86_64-linux-gnu; }

# cross_prefix ARCH: print the prefix of the tools that build for ARCH on this machine. It is
# empty for native tools.
cross_prefix()
{
	local native

	native=$(dpkg --print-architecture)
	[ "$native" = "$(deb_arch "$1")" ] || echo "$(triplet "$1")-"
}
