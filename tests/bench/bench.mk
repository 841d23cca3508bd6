#:   bench          cost of an export in counted instructions: our kernel, mainline, and the
#:                  hypercalls alone

BENCH_ENV = $(foreach v,BOOTS PAGES REPETITIONS,$(if $($(v)),$(v)='$($(v))'))

.PHONY: bench

bench:
	@$(BENCH_ENV) tests/bench/run
