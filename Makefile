# make demo   the main job on an embedded default (PROVIDER=maxma or amocrm: a double of those)
# make test   installs what the tests need, then runs them all
# make e2e    the tests in a virtual machine (scanners on a real kernel, power cuts) and in Wine
# make bench  the figures of the README, beside a peer, in one run
# make cycles, bench-till, bench-idle, bench-storage: longer runs, each described below

GO      ?= go
VERSION ?= $(shell git describe --tags --always --dirty 2>/dev/null || echo dev)
LDFLAGS := -X main.version=$(VERSION)

.PHONY: build demo test e2e cycles deps bench bench-till bench-idle bench-storage fuzz

build:
	$(GO) build -trimpath -ldflags '$(LDFLAGS)' -o bin/tillgate ./cmd/tillgate

demo: build
	@exec bin/tillgate demo $(if $(PROVIDER),--provider $(PROVIDER))

deps:
	@.ci/deps

test: deps
	$(GO) vet ./...
	GOOS=windows CGO_ENABLED=0 $(GO) vet ./...
	CGO_ENABLED=0 $(GO) build -o /dev/null ./cmd/tillgate
	$(GO) test -race -timeout 20m ./...
	@$(MAKE) --no-print-directory e2e

# Without -race: the processor of the machine is made of software as it is. A
# machine that can not fetch QEMU or the kernel skips, and says so.
e2e:
	-@driver/drivertest/vm/setup.sh
	-@.ci/wine --setup
	TILLGATE_E2E=1 $(GO) test -count=1 -v -timeout 25m -run 'InTheKernel|PowerCut' ./driver/drivertest/vm ./sync/journal/powercut ./cmd/tillgate
	TILLGATE_E2E=1 $(GO) test -count=1 -v -timeout 15m -run 'InWine|EveryWriteFails' ./cmd/tillgate
	$(GO) test -count=1 -v -timeout 10m -run 'TestKill$$' ./sync/journal -kills 200
	$(GO) test -count=1 -v -timeout 10m -run 'TestSimulatedChain$$' ./cmd/tillgate -tills 50 -days 30 -seed 7

# Scanners of four kinds plugged in and pulled 200 times, under the real program.
cycles:
	-@driver/drivertest/vm/setup.sh
	TILLGATE_E2E=1 TILLGATE_CYCLES=200 $(GO) test -count=1 -v -timeout 35m -run DaemonInTheKernel ./driver/drivertest/vm

bench:
	$(GO) run ./cmd/scanbench

# A till alone, all day: idle with four scanners, codes to the POS, a replug.
bench-till:
	$(GO) run ./cmd/scanbench -till

# What idle costs with scanners of each kind, in instructions, in the virtual machine.
bench-idle:
	-@driver/drivertest/vm/setup.sh
	TILLGATE_E2E=1 TILLGATE_IDLE=1 $(GO) test -count=1 -v -timeout 35m -run IdleInstructions ./driver/drivertest/vm

# The copy of a million customers, and a promise made durable, beside SQLite (needs a C compiler; Linux).
# CUSTOMERS=5000000 SHORT=1 is the stress size, without the merges at the end.
CUSTOMERS ?= 1000000
bench-storage:
	cd sync/cache/bench && $(GO) run . -n $(CUSTOMERS) $(if $(SHORT),-short) && $(GO) run ./commits

# Each fuzz target for FUZZTIME; go test runs their seeds anyway. An input that is
# new is made smaller for a minute by default, while nothing else is tried and the
# rate says 0: files of 100 KB never get smaller.
FUZZTIME ?= 30s
fuzz:
	@set -e; for p in $$($(GO) list ./...); do \
		for f in $$($(GO) test -list '^Fuzz' $$p | grep '^Fuzz' || true); do \
			echo "$$p $$f"; $(GO) test -run '^$$' -fuzz "^$$f\$$" -fuzztime $(FUZZTIME) -fuzzminimizetime 10x $$p; \
		done; done
