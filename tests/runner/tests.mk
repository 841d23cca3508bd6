#:   test           all cases: those of the host, then on PVH, PV and arm64 Dom0, and on Dom0
#:                  without unpopulated address space
#:   test-all       also Linux 7.3, Xen 4.17, and soaks
#:   test-mainline  faults of the unpatched kernel, reproduced
#:   test-debug     the cases on a kernel with KASAN, UBSAN, lockdep, kmemleak
#:   test-list      the names of all cases

# Variables to pass on from the command line. LINUX, XEN and ACCEL are always exported.
TEST_ENV = $(foreach v,CASE PLATFORMS CONFIG REPEAT LONG JOBS JUNIT,$(if $($(v)),$(v)='$($(v))'))

# exec: a shell between make and the runner would not forward signals to the runner.
TEST_RUN = $(TEST_ENV) exec tests/runner/run

.PHONY: test test-all test-mainline test-debug test-list

test:
	@$(TEST_RUN)

test-all:
	@tests/runner/all

test-mainline:
	@MAINLINE=1 $(TEST_RUN)
# Patch 2 makes the old export work on PVH. Without it, its fault hides those of these cases.
	@$(if $(CASE),:,CASE='contiguous/old-short-populate findings/' PLATFORMS=pvh MAINLINE=1 \
		SERIES=2 BUILD=build/mended exec tests/runner/run)

test-debug:
	@PLATFORMS='pvh pv arm64' CONFIG=debug BUILD=build/debug $(TEST_RUN)

test-list:
	@$(TEST_RUN) --list
