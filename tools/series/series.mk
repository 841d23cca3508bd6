# SPDX-License-Identifier: GPL-2.0
# The patch series; included by the top Makefile.
#:   series         the patches to mail, in build/series/linux-VERSION/, and the tree beside them
#:   check-series   prove that the series is in order (STEPS=1: also build every commit)
#:   series-xen     the patches for Xen's tools/libs/gnttab, in build/series/xen-VERSION/
#:                  (SOURCE=DIR: for this source tree of Xen, not the one of Debian's package)
#:   check-series-xen
#:                  prove that they apply, build step by step, and have the library's symbols

LINUX ?= 6.12
XEN ?= 4.20
ARCH ?= x86_64

series_tool := $(dir $(lastword $(MAKEFILE_LIST)))series

.PHONY: series check-series series-xen check-series-xen

series:
	@$(series_tool) generate --linux $(LINUX)

check-series:
	@$(series_tool) check --linux $(LINUX) --arch $(ARCH) $(if $(filter-out 0,$(STEPS)),--steps)

series-xen:
	@$(series_tool) generate --xen $(XEN) $(if $(SOURCE),--source '$(SOURCE)')

check-series-xen:
	@$(series_tool) check --xen $(XEN) $(if $(SOURCE),--source '$(SOURCE)')
