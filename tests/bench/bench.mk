#:   bench          what an export costs, in counted instructions: ours, mainline's, and the
#:                  hypercalls alone

BENCH_ENV = $(foreach v,BOOTS PAGES REPETITIONS,$(if $($(v)),$(v)='$($(v))'))

.PHONY: bench

bench:
	@$(BENCH_ENV) tests/bench/run
