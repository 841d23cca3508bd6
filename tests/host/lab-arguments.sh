#!/bin/bash
# lab refuses invalid arguments with status 125 and a message that names the error.
set -u
lab=$(cd "$(dirname "$0")/../.." && pwd)/tools/lab/lab
failed=0

# refused PHRASE WORD...: the lab ends with status 125 and prints PHRASE.
refused()
{
	local phrase=$1 said status

	shift
	said=$("$lab" "$@" 2>&1)
	status=$?
	if [ "$status" -ne 125 ] || [[ $said != *"$phrase"* ]]; then
		echo "lab $*: status $status, expected 125; printed '$said', expected '$phrase'"
		failed=1
	fi
}

# helps PHRASE WORD...: the lab ends with status 0 and prints PHRASE.
helps()
{
	local phrase=$1 said

	shift
	if ! said=$("$lab" "$@" 2>&1) || [[ $said != *"$phrase"* ]]; then
		echo "lab $*: no '$phrase' in '$said'"
		failed=1
	fi
}

refused "'frobnicate' is not a command" frobnicate
refused "wants --in-dom0" exec
refused "--in-dom0 wants a value" exec --in-dom0
refused "--before-domu wants a value" exec --in-dom0 true --before-domu
refused "'--nonsense' is not an option" exec --nonsense 1 --in-dom0 true
refused "architecture 'riscv' is not known: choose one of x86_64 arm64" exec --arch riscv --in-dom0 true
refused "Linux '5.10' is not known: choose one of 6.12 7.3" exec --linux 5.10 --in-dom0 true
refused "Xen '3.4' is not known" exec --xen 3.4 --in-dom0 true
refused "kind of Dom0 'hvm' is not known" exec --dom0 hvm --in-dom0 true
refused "kind of DomU 'hvm' is not known" exec --domu hvm --in-dom0 true
refused "series 'mine' is not known" exec --series mine --in-dom0 true
refused "series '0' is not known" exec --series 0 --in-dom0 true
refused "series '-1' is not known" kernel --series -1
refused "configuration 'big' is not known" kernel --config big
refused "--limit wants seconds, not 'soon'" exec --limit soon --in-dom0 true
refused "--limit wants seconds, not '0'" exec --limit 0 --in-dom0 true
refused "--dom0-memory wants MiB, not '1G'" exec --dom0-memory 1G --in-dom0 true
refused "--domus wants a number from 1 to 9, not '0'" exec --domus 0 --in-dom0 true
refused "4 DomUs of 256 MiB need 1024 MiB, but 866 MiB is what" exec --domus 4 --in-dom0 true
refused "at most 1 fit" exec --domus 2 --xl-opt 'memory = 500' --in-dom0 true
refused "--lib: there is no directory /nonexistent" exec --lib /nonexistent --in-dom0 true
refused "there is no file /nonexistent" exec --kernel /nonexistent --in-dom0 true
refused "there is no file /nonexistent" exec --xen-file /nonexistent --in-dom0 true
refused "--view: arm64's machine has no screen" exec --arch arm64 --view :1 --in-dom0 true
refused "keys wants a log directory and the keys" keys /tmp
refused "nothing boots with the log directory /nonexistent" keys /nonexistent q
refused "--modules goes with --kernel" exec --modules / --in-dom0 true
refused "debian: which command is to run?" debian
refused "debian: '--nonsense' is not an option" debian --nonsense true
refused "--packages wants a value" debian --packages
refused "--share: there is no directory /nonexistent" debian --share /nonexistent true
refused "'extra' is not known here" kernel extra
refused "name a package" packages
refused "'--nonsense' is not a package" packages --nonsense
refused "Debian 13 has no packages for arm64 with these names: no-such-package" \
	packages --arch arm64 no-such-package
refused "--linux wants a value" source --linux
refused "Xen '3.4' is not known" source --xen 3.4

helps "lab exec" help
for option in --arch --linux --xen --dom0 --domu --series --kernel --xen-file --gdb --modules --add --xen-opt \
	--xl-opt --limit --out by-driver "have dmabuf_heaps udmabuf vgem vkms" \
	"modules xen_gntdev vivid" --in-dom0 --in-domu --before-domu --domus --lib --wait-domu 124 125 126; do
	helps "$option" exec --help
done

exit "$failed"
