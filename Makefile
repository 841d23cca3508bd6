# The targets for users. The work is done in tools/lab (building, booting), tools/series (the
# patch series) and tests/runner (the cases).

# Choices; `make help` explains them.
ARCH   ?= x86_64
LINUX  ?= 6.12
XEN    ?= 4.20
DOM0   ?= pvh
DOMU   ?= pvh
ACCEL  ?= tcg
export ARCH LINUX XEN DOM0 DOMU ACCEL

LAB := tools/lab/lab
DEMO_ENV = $(foreach v,WATCH FRAMES,$(if $($(v)),$(v)='$($(v))'))
AR_arm64 := aarch64-linux-gnu-ar
# One lab for all files: it takes longer to start than a file to compile.
CC_DOMAINS := cc=$$($(LAB) cc --print)

.PHONY: help run demo shell kernel tools lib command displd deps clean clean-cache

help:
	@sed -n 's/^#: \?//p' $(MAKEFILE_LIST)
	@echo Choices
	@echo "  ARCH=x86_64 (arm64)   LINUX=6.12 (7.3)   XEN=4.20 (4.17)"
	@echo "  DOM0=pvh (pv)   DOMU=pvh (pv)   ACCEL=tcg (kvm)"

#: Targets
#:   run            boot Xen, share a guest's picture through a dma-buf, show and save it
#:   demo           boot Xen, and show the para-virtual displays of two guests with displd: pictures
#:                  and videos in build/demo. WATCH=127.0.0.1:1 lets a VNC viewer watch one
#:   shell          a console in Dom0, with a DomU running
#:   kernel         build the kernel with our series
#:   tools          compile the programs that run in the domains
#:   lib            compile the library libgnttab-dmabuf for ARCH and XEN, in build/
#:   command        compile the command xen-dmabuf for ARCH and XEN, in build/
#:   displd         compile the display backend displd for ARCH and XEN, in build/
#:   deps           install the build dependencies that are missing (root or sudo)
#:   clean          remove build/
#:   clean-cache    remove everything that was fetched and built outside the checkout
run:
	@tests/demo/run

demo:
	@$(DEMO_ENV) tests/demo/display

shell:
	@$(LAB) shell

kernel:
	@$(LAB) kernel

tools:
	@tests/runner/build

lib:
	@$(CC_DOMAINS) && $(MAKE) -C tools/libgnttab-dmabuf \
		OUT=$(CURDIR)/build/libgnttab-dmabuf-$(ARCH) CC="$$cc" AR=$(or $(AR_$(ARCH)),ar)

command:
	@$(CC_DOMAINS) && $(MAKE) -C tools/xen-dmabuf OUT=$(CURDIR)/build/xen-dmabuf-$(ARCH) \
		DRM_CFLAGS=-I=/usr/include/libdrm CC="$$cc" AR=$(or $(AR_$(ARCH)),ar)

displd: deps
	@$(CC_DOMAINS) && $(MAKE) -C tools/displd OUT=$(CURDIR)/build/displd-$(ARCH) WAYLAND=y \
		DRM_CFLAGS=-I=/usr/include/libdrm CC="$$cc" AR=$(or $(AR_$(ARCH)),ar)

deps:
	@$(LAB) deps

clean:
	rm -rf build

clean-cache:
	@$(LAB) clean-cache

include tests/runner/tests.mk
include tests/bench/bench.mk
include tools/package/package.mk
include tools/series/series.mk

