# shellcheck shell=bash
# A private apt with its own lists and archives in the cache, for any suite and architecture.
# It uses the mirrors from the apt configuration of this machine. It neither uses nor changes
# the packages and lists of the host.

# The suite of the C library, libgcc and the libraries of our own programs, for every Xen
# version. It is the newest supported Debian, so a program built on any supported host runs.
readonly LIBC_SUITE=trixie

xen_suite()
{
	case $1 in
	4.17) echo bookworm ;;
	4.20) echo trixie ;;
	*) usage_error "Xen '$1' is not known: choose 4.20 or 4.17" ;;
	esac
}

# apt_uris: print "SUITE URI" lines from the apt configuration of this machine, in both formats.
apt_uris()
{
	local file

	for file in /etc/apt/sources.list /etc/apt/sources.list.d/*.list; do
		[ -r "$file" ] || continue
		sed -nE 's/^deb +(\[[^]]*\] +)?([^ ]+) +([^ ]+).*/\3 \2/p' "$file"
	done
	for file in /etc/apt/sources.list.d/*.sources; do
		[ -r "$file" ] || continue
		awk 'function flush(  i, j) {
			for (i in uri) for (j in suite) print suite[j], uri[i]
			delete uri; delete suite
		     }
		     /^$/ { flush() }
		     tolower($1) == "uris:" { for (i = 2; i <= NF; i++) uri[i] = $i }
		     tolower($1) == "suites:" { for (i = 2; i <= NF; i++) suite[i] = $i }
		     END { flush() }' "$file"
	done
}

# apt_mirror KIND: print the mirror of the main suite (KIND is empty) or of the -security suite.
apt_mirror()
{
	local codename uri

	# shellcheck disable=SC1091 # a file of every Debian
	codename=$(. /etc/os-release && echo "${VERSION_CODENAME:-}")
	uri=$(apt_uris | awk -v s="$codename$1" '$1 == s { print $2; exit }')
	[ -n "$uri" ] ||
		die "this machine's apt names no mirror of $codename$1: the lab needs Debian 12 or 13"
	echo "$uri"
}

apt_suites()
{
	echo "$1"
	echo "$1-security"
	[ "$1" = trixie ] && echo trixie-backports
	return 0
}

# The packages that the lists are about: those of an architecture, or the sources.
apt_type() { [ "$1" = source ] && echo deb-src || echo deb; }
apt_arch() { [ "$1" = source ] && dpkg --print-architecture || echo "$1"; }

# apt_private SUITE DEBARCH COMMAND...: run COMMAND, which is a program of apt with its arguments.
# With 'source' in place of the architecture, apt knows the source packages of the suite, and no
# others.
apt_private()
{
	local dir=$LAB_CACHE/apt/$1-$2 arch program=$3

	arch=$(apt_arch "$2")
	shift 3
	"$program" \
		-oDir::Etc::sourcelist="$dir/sources.list" -oDir::Etc::sourceparts=- \
		-oDir::State::Lists="$dir/lists" -oDir::State::Status="$dir/status" \
		-oDir::Cache="$dir/cache" -oAPT::Architecture="$arch" \
		-oAPT::Architectures="$arch" -oAPT::Sandbox::User=root \
		-oAPT::Get::List-Cleanup=false -oDebug::NoLocking=true "$@"
}

# apt_refresh SUITE DEBARCH: fetch the lists, at most once an hour.
apt_refresh() { with_lock "apt-$1-$2" apt_refresh_locked "$@" || exit; }

apt_refresh_locked()
{
	local dir=$LAB_CACHE/apt/$1-$2 suite mirror

	[ -z "$(find "$dir/fresh" -mmin -60 2>/dev/null)" ] || return 0
	mkdir -p "$dir/lists/partial" "$dir/cache/archives/partial"
	: >"$dir/status"
	for suite in $(apt_suites "$1"); do
		case $suite in
		*-security) mirror=$(apt_mirror -security) ;;
		*) mirror=$(apt_mirror "") ;;
		esac || exit
		echo "$(apt_type "$2") [arch=$(apt_arch "$2")" \
			"signed-by=/usr/share/keyrings/debian-archive-keyring.gpg]" \
			"$mirror $suite main"
	done >"$dir/sources.list"
	logged "$LAB_CACHE/logs/apt-$1-$2.log" apt_private "$1" "$2" apt-get \
		-oAPT::Update::Error-Mode=any update
	touch "$dir/fresh"
}

# apt_fetch SUITE DEBARCH DIR PACKAGE...: download the packages' files into DIR.
apt_fetch()
{
	local suite=$1 arch=$2 dir=$3

	shift 3
	mkdir -p "$dir"
	(cd "$dir" && logged "$LAB_CACHE/logs/fetch-$suite-$arch.log" \
		apt_private "$suite" "$arch" apt-get download "$@")
}

# apt_closure SUITE DEBARCH PACKAGE...: print the packages and their dependencies.
apt_closure()
{
	local suite=$1 arch=$2

	shift 2
	apt_private "$suite" "$arch" apt-get -s install --no-install-recommends "$@" |
		sed -n 's/^Inst \([^ ]*\) .*/\1/p'
}
