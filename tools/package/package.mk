# SPDX-License-Identifier: GPL-2.0
# The library, the command and the backend on this machine; included by the top Makefile.
#:   native         compile the library, the command and displd for this machine, in build/. It
#:                  needs libxen-dev, libdrm-dev and libpng-dev; for displd's windows also
#:                  libwayland-dev and wayland-protocols
#:   install        the same, and install them [PREFIX=/usr/local] [LIBDIR=] [DESTDIR=]
#:   uninstall      remove what `make install` with the same variables has installed
#:   deb            packages for Debian 13, in build/deb: the library, the command, displd, and the
#:                  module for its kernel by DKMS

BUILD ?= build
PKG_CONFIG ?= pkg-config

# $(call native,TARGET,VARIABLES) makes the target of all. Their Makefiles run in their own
# directories, so all paths are absolute.
native = for tool in libgnttab-dmabuf xen-dmabuf displd; do \
		$(MAKE) -C tools/$$tool OUT='$(abspath $(BUILD))'/$$tool $2 $1 || exit; \
	done

.PHONY: native install uninstall native-libraries deb

native: native-libraries
	@$(call native,all)

install: native-libraries
	@$(call native,install,DESTDIR='$(abspath $(DESTDIR))')
	@[ -n '$(DESTDIR)' ] || [ "$$(id -u)" -ne 0 ] || ldconfig

# An installation into an empty directory gives the list of what to remove.
uninstall: native-libraries
	@list=$$(mktemp -d) || exit; trap 'rm -rf "$$list"' EXIT; \
	{ $(call native,install,DESTDIR="$$list"); } >/dev/null && \
	(cd "$$list" && find . ! -type d -printf '$(abspath $(DESTDIR))/%P\0') | xargs -0 rm -fv

native-libraries:
	@$(PKG_CONFIG) --exists xengnttab libdrm libpng || { \
		echo 'pkg-config does not find xengnttab, libdrm and libpng. On Debian:' \
			'apt-get install pkg-config libxen-dev libdrm-dev libpng-dev' >&2; exit 1; }

deb:
	@BUILD='$(abspath $(BUILD))' tools/package/deb
