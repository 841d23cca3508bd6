# shellcheck shell=bash
# Which QEMU boots x86. That of Debian 12 loses interrupts under Xen: when Xen leaves a guest,
# do_vmexit() clears a flag of the CPU with an instruction that is not atomic. If QEMU's other thread
# sets the flag of an interrupt at that moment, it is lost, and if that was Xen's timer, Xen sleeps
# until another interrupt. On a busy machine that happens several times a minute.

# The loader of Debian's programs for this machine, whose own C library may be older.
qemu_loader()
{
	case $(dpkg --print-architecture) in
	arm64) echo lib/ld-linux-aarch64.so.1 ;;
	*) echo lib64/ld-linux-x86-64.so.2 ;;
	esac
}

# qemu_x86: set QEMU_X86 to the words that start QEMU for x86: this machine's, or with LAB_QEMU=13 that
# of Debian 13, from the cache.
qemu_x86()
{
	local arch=x86_64 dir

	QEMU_X86=(qemu-system-x86_64)
	[ "$LAB_QEMU" = 13 ] || return 0
	[ "$(dpkg --print-architecture)" != arm64 ] || arch=arm64
	dir=$(packages_dir "$arch" qemu-system-x86) || exit
	QEMU_X86=("$dir/$(qemu_loader)" --library-path
		"$dir/usr/lib/$(triplet "$arch"):$dir/usr/lib/$(triplet "$arch")/pulseaudio"
		"$dir/usr/bin/qemu-system-x86_64" -L "$dir/usr/share/qemu"
		-L "$dir/usr/share/seabios")
}
