# shellcheck shell=bash
# Which QEMU boots. That of Debian 12 is not used, for two reasons. It takes 1.6 times as long for
# the same cases on arm64. And it loses interrupts under Xen on x86: when Xen leaves a guest,
# do_vmexit() clears a flag of the CPU with an instruction that is not atomic. If QEMU's other thread
# sets the flag of an interrupt at that moment, it is lost, and if that was Xen's timer, Xen sleeps
# until another interrupt. On a busy machine that happens several times a minute.

# Does this machine's own QEMU boot? Otherwise it is Debian 13's, from the cache.
qemu_of_host()
{
	[ "$LAB_QEMU" != 13 ] || return 1
	[ "$LAB_QEMU" != host ] || return 0
	[ "$(. /etc/os-release && echo "${VERSION_ID:-}")" != 12 ]
}

# qemu_package ARCH: print the name of the package with the QEMU that boots ARCH.
qemu_package() { [ "$1" = arm64 ] && echo qemu-system-arm || echo qemu-system-x86; }

# The loader of Debian's programs for this machine, whose own C library may be older.
qemu_loader()
{
	case $(dpkg --print-architecture) in
	arm64) echo lib/ld-linux-aarch64.so.1 ;;
	*) echo lib64/ld-linux-x86-64.so.2 ;;
	esac
}

# qemu_find ARCH: set QEMU_WORDS to the words that start QEMU for ARCH.
qemu_find()
{
	local program=qemu-system-x86_64 machine=x86_64 dir libs

	[ "$1" != arm64 ] || program=qemu-system-aarch64
	QEMU_WORDS=("$program")
	! qemu_of_host || return 0
	[ "$(dpkg --print-architecture)" != arm64 ] || machine=arm64
	dir=$(packages_dir "$machine" "$(qemu_package "$1")") || exit
	libs=$dir/usr/lib/$(triplet "$machine")
	QEMU_WORDS=("$dir/$(qemu_loader)" --library-path "$libs:$libs/pulseaudio"
		"$dir/usr/bin/$program" -L "$dir/usr/share/qemu" -L "$dir/usr/share/seabios")
}
