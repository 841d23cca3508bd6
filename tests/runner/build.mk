# Builds the programs of the tests for one architecture: cases, agent, demonstration.
#   make -f tests/runner/build.mk ARCH=x86_64 XEN=4.20 OUT=build/tests/x86_64-xen4.20
# Run from the top of the repository.

ARCH ?= x86_64
XEN ?= 4.20
OUT ?= build/tests/$(ARCH)-xen$(XEN)
CASES_DIR ?= tests/cases

# The compiler's words, because a lab for each program takes longer than to compile it.
CC_DOMAINS := $(shell tools/lab/lab cc --arch $(ARCH) --xen $(XEN) --print)
ifeq ($(CC_DOMAINS),)
$(error the lab has no compiler for $(ARCH) and Xen $(XEN))
endif
# Without debugging information, which is most of a program: all programs are unpacked into the
# memory of the domains.
CFLAGS := -std=gnu11 -O2 -Wall -Wextra -Wshadow -Wmissing-prototypes -Werror \
	-Itests/lib -Itools/libgnttab-dmabuf/include -D_GNU_SOURCE -pthread

LIB := $(OUT)/lib/tests.a
LIB_OBJECTS := $(patsubst tests/lib/%.c,$(OUT)/lib/%.o,$(wildcard tests/lib/*.c))
AR_arm64 := aarch64-linux-gnu-ar
AR := $(or $(AR_$(ARCH)),ar)
# The library, which the cases and the demonstration use.
GNTTAB_DMABUF := $(OUT)/libgnttab-dmabuf/libgnttab-dmabuf.a
CASES := $(foreach c,$(wildcard $(CASES_DIR)/*/*.c),\
	$(OUT)/cases/$(subst /,__,$(patsubst $(CASES_DIR)/%.c,%,$(c))))
BENCHES := $(patsubst tests/bench/%.c,$(OUT)/bench/bench-%,$(wildcard tests/bench/*.c))
BENCH_OBJECTS := $(patsubst tests/bench/lib/%.c,$(OUT)/bench/lib/%.o,\
	$(wildcard tests/bench/lib/*.c))

.DELETE_ON_ERROR:
.PHONY: all cases demo display bench bench-display
all: cases demo display
cases: $(CASES) $(OUT)/agent $(OUT)/agentctl $(OUT)/dom0-look
demo: $(OUT)/card-guest $(OUT)/card-show
bench: $(BENCHES) $(OUT)/agent $(OUT)/agentctl

compile = @mkdir -p $(@D) $(@D)/.d; \
	$(CC_DOMAINS) $(CFLAGS) -MMD -MP -MT $@ -MF $(@D)/.d/$(@F).d

link = $(compile) $< $(filter %.o,$^) $(filter %.a,$^) -Wl,--as-needed -o $@

$(OUT)/lib/%.o: tests/lib/%.c
	$(compile) -c $< -o $@

$(LIB): $(LIB_OBJECTS)
	@rm -f $@
	@$(AR) rcs $@ $^

$(GNTTAB_DMABUF): $(wildcard tools/libgnttab-dmabuf/Makefile \
		tools/libgnttab-dmabuf/include/*.h tools/libgnttab-dmabuf/src/*)
	@$(MAKE) -s -C tools/libgnttab-dmabuf CC='$(CC_DOMAINS)' AR=$(AR) \
		CFLAGS='-O2 -Werror' OUT=$(abspath $(@D)) static

# The examples of the library are run by one case, which has several programs in one.
EXAMPLES := $(patsubst %,$(OUT)/examples/%.o,sender receiver sandbox vchan)
$(OUT)/examples/%.o: tools/libgnttab-dmabuf/examples/%.c
	$(compile) -Wno-missing-prototypes -Dmain=$*_main -c $< -o $@

define case_rule
$(OUT)/cases/$(subst /,__,$(patsubst $(CASES_DIR)/%.c,%,$(1))): $(1) \
		$(LIB) $(GNTTAB_DMABUF)
	$$(link) -lxenstore -lxenctrl -lxengnttab $$(LIBS)
endef
$(OUT)/cases/library__examples: $(EXAMPLES)
$(OUT)/cases/library__examples: LIBS := -lxenvchan
$(foreach c,$(wildcard $(CASES_DIR)/*/*.c),$(eval $(call case_rule,$(c))))

$(OUT)/agent: tests/guest/agent.c $(LIB)
	$(link) -lxenstore
$(OUT)/agentctl: tests/runner/agentctl.c $(LIB)
	$(link) -lxenstore
$(OUT)/dom0-look: tests/runner/dom0-look.c $(LIB)
	$(link) -lxenctrl
$(OUT)/card-paint.o: tests/demo/card-paint.c
	$(compile) -c $< -o $@
$(OUT)/card-guest: tests/demo/card-guest.c $(OUT)/card-paint.o $(LIB)
	$(link) -lxenstore
# The pictures of the command.
$(OUT)/picture.o: tools/xen-dmabuf/src/picture.c
	$(compile) -I=/usr/include/libdrm -c $< -o $@
$(OUT)/card-show: CFLAGS += -Itools/xen-dmabuf/src
$(OUT)/card-show: tests/demo/card-show.c $(OUT)/picture.o $(GNTTAB_DMABUF) $(LIB)
	$(link) -lxenstore -lxengnttab -lpng -lz -lm

display: $(OUT)/display-client $(OUT)/display-hostile $(OUT)/display-modes $(OUT)/card-png
$(OUT)/display-client: CFLAGS += -I=/usr/include/libdrm
$(OUT)/display-client: tests/display/client.c $(OUT)/card-paint.o
	$(link) -ldrm
# From this version of Xen's headers on, ring.h leaves the barriers to the program.
$(addprefix $(OUT)/display-,hostile modes frontend.o): \
	CFLAGS += -Itools/displd/src -D__XEN_INTERFACE_VERSION__=0x00030208
$(OUT)/display-frontend.o: tests/display/frontend.c
	$(compile) -c $< -o $@
$(OUT)/display-hostile $(OUT)/display-modes: $(OUT)/display-%: tests/display/%.c $(OUT)/display-frontend.o
	$(link) -lxenstore -lxenevtchn -lxengnttab
$(OUT)/card-png: CFLAGS += -Itools/xen-dmabuf/src -I=/usr/include/libdrm
$(OUT)/card-png: tests/display/card-png.c $(OUT)/card-paint.o $(OUT)/picture.o
	$(link) -lpng -lz -lm

# Only for `make bench` and `make bench-display`.
bench-display: $(OUT)/bench/display-flip $(OUT)/bench/display-load
$(OUT)/bench/display-flip: CFLAGS += -I=/usr/include/libdrm
$(OUT)/bench/display-flip: tests/bench/display/flip.c
	$(link) -ldrm
$(OUT)/bench/display-load: tests/bench/display/load.c
	$(link) -lxenctrl
$(OUT)/bench/lib/%.o: tests/bench/lib/%.c
	$(compile) -c $< -o $@
$(OUT)/bench/bench-%: tests/bench/%.c $(BENCH_OBJECTS) $(LIB) $(GNTTAB_DMABUF)
	$(link) -lxenstore -lxenctrl -lxengnttab

-include $(wildcard $(OUT)/.d/*.d $(OUT)/lib/.d/*.d $(OUT)/cases/.d/*.d $(OUT)/examples/.d/*.d \
	$(OUT)/bench/.d/*.d $(OUT)/bench/lib/.d/*.d)
