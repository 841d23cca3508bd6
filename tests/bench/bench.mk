#:   bench          cost of an export in counted instructions: our kernel, mainline, and the
#:                  hypercalls alone
#:   bench-display  cost of a guest's frame on a display in counted instructions: copied, shared

BENCH_ENV = $(foreach v,BOOTS PAGES REPETITIONS,$(if $($(v)),$(v)='$($(v))'))

.PHONY: bench bench-display

bench:
	@$(BENCH_ENV) tests/bench/run

bench-display:
	@$(foreach v,WIDTH HEIGHT,$(if $($(v)),$(v)='$($(v))')) tests/bench/display/run
