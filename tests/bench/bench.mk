#:   bench          what an export costs, in counted instructions: ours against mainline's

BENCH_ENV = $(foreach v,BOOTS PAGES REPETITIONS,$(if $($(v)),$(v)='$($(v))'))

.PHONY: bench

bench:
	@$(BENCH_ENV) tests/bench/run
