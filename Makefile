# Everything that is done often, by name. `make help` lists it; ARCHITECTURE.md and CONTRIBUTING.md say what stands behind.

SHELL := bash
.SHELLFLAGS := -euo pipefail -c
.DEFAULT_GOAL := help

# The Go that is installed, never another one fetched behind our back.
export GOTOOLCHAIN := local

TOOLS    := go tool -modfile=hack/tools/go.mod
BIN      := bin
FUZZTIME ?= 20s
# More flags for the bench; -gates makes it fail when we need too much of nginx's processor time.
BENCHFLAGS ?=
# All packages but none of the vendored or generated kind: there are none.
PACKAGES := ./...
# Rooms with benchmarks of their own; looked for when it is needed.
BENCHED   = $(sort $(addprefix ./,$(dir $(shell grep -rl --include='*_test.go' '^func Benchmark' internal))))
# What is tested with both drivers of plain HTTP/1.1. Packages that do not ask for the driver come from the cache.
DRIVEN       := ./internal/proxy/... ./internal/local ./internal/elbapi/... ./test
OTHER_DRIVER := goroutines
# What the parts of Kubernetes in kubebox say they are.
KUBERNETES := v1.36.3
KUBE_LDFLAGS := -s -w $(foreach p,k8s.io/component-base/version k8s.io/client-go/pkg/version,-X $p.gitVersion=$(KUBERNETES) -X $p.gitMajor=1 -X $p.gitMinor=36)

##@ Look

.PHONY: help
help: ## list what can be made
	@awk 'BEGIN {FS = ":.*## "} \
		/^##@/ {printf "\n%s\n", substr($$0, 5)} \
		/^[a-z][a-z-]*:.*## / {printf "  make %-12s %s\n", $$1, $$2}' $(MAKEFILE_LIST)
	@echo

.PHONY: build
build: ## build the binary into bin/
	@mkdir -p $(BIN)
	go build -o $(BIN)/gwanmun ./cmd/gwanmun

.PHONY: kubebox
kubebox: ## build kubebox into bin/: etcd, API server, controllers, scheduler and kubectl in one binary
	@mkdir -p $(BIN)
	@test -x $(BIN)/kubebox || echo "building kubebox (all of Kubernetes' control plane); the first time takes minutes, then seconds"
	go build -C kubebox -ldflags "$(KUBE_LDFLAGS)" -o ../$(BIN)/kubebox .

.PHONY: local
local: build kubebox ## run Kubernetes, AWS and the controller on this machine, with the examples applied; Ctrl-C ends it
	$(BIN)/gwanmun local --apply examples

.PHONY: demo
demo: build kubebox ## the examples on such a cluster: send requests, show which pod and rule answered
	$(BIN)/gwanmun demo examples

.PHONY: demo-files
demo-files: build ## the demo from files alone, without Kubernetes and AWS
	$(BIN)/gwanmun demo --files examples

##@ Check

.PHONY: test
test: kubebox ## run all tests, those against a real Kubernetes API too
	GWANMUN_CONFORMANCE=1 go test $(PACKAGES)
	@echo "once more with the driver GWANMUN_DRIVER=$(OTHER_DRIVER), which is not the default on Linux:"
	GWANMUN_DRIVER=$(OTHER_DRIVER) go test $(DRIVEN)
	go test -C hack/tools ./...
	go test -C kubebox -vet=off ./...

.PHONY: check
check: format vet portable lint generated arch licences ## everything a reviewer should not have to say

.PHONY: format
format: ## fail on files that gofumpt would change
	@files="$$($(TOOLS) gofumpt -l .)"; \
	if [ -n "$$files" ]; then echo "not formatted (make fmt mends it):"; echo "$$files"; exit 1; fi

.PHONY: fmt
fmt: ## format all Go files
	$(TOOLS) gofumpt -w .

# kubebox is not vetted here: vet would look at all of Kubernetes for it, which takes longer than everything else together.
.PHONY: vet
vet: ## go vet
	go vet $(PACKAGES)
	go vet -C hack/tools ./...

# Not the whole: what is left out has no files of its own for a system.
.PHONY: portable
portable: ## vet for macOS what differs between systems: the data plane, and how a process is replaced
	GOOS=darwin go vet ./internal/proxy/... ./internal/handover

.PHONY: lint
lint: ## staticcheck, as staticcheck.conf says
	$(TOOLS) staticcheck $(PACKAGES)

.PHONY: generated
generated: ## fail when a generated page is not fresh, or go.mod is not tidy
	go run ./hack/gen -check
	go mod tidy -diff
	cd hack/tools && go mod tidy -diff
	cd kubebox && go mod tidy -diff

.PHONY: arch
arch: ## compare ARCHITECTURE.md with the code
	go test ./internal/arch

.PHONY: licences
licences: ## fail on any module whose licence is not permissive
	go run -C hack/tools ./licences -root ../..
	go run -C hack/tools ./licences -root ../../kubebox -shipped ''

.PHONY: stats
stats: ## lines per room, length of files and functions
	@go run ./hack/stats

##@ Measure

.PHONY: bench
bench: build ## requests against nginx and haproxy in one run, and the Go benchmarks; figures also as bin/bench.json and bin/bench.md
	go run ./test/perf -gwanmun $(BIN)/gwanmun -json $(BIN)/bench.json -markdown $(BIN)/bench.md $(BENCHFLAGS)
	go test -run '^$$' -bench . -benchmem -benchtime 0.2s $(BENCHED)

.PHONY: bench-full
bench-full: build ## all cases; it takes half an hour
	go run ./test/perf -gwanmun $(BIN)/gwanmun -full -json $(BIN)/bench-full.json -markdown $(BIN)/bench-full.md $(BENCHFLAGS)

.PHONY: soak
soak: build ## ten minutes of mixed traffic while rules, targets and certificates change; fails on any fault and on growth
	go run ./test/soak -gwanmun $(BIN)/gwanmun

.PHONY: fuzz
fuzz: ## run each fuzz target for FUZZTIME (20s)
	@go run ./hack/fuzz -time $(FUZZTIME)

.PHONY: hostile
hostile: ## hostile input at our listeners, and at nginx and haproxy where installed: a table of misses, also in docs/hostile.md
	go run ./test/hostile -write docs/hostile.md

.PHONY: overload
overload: ## ten times too many connections and every flood at once, for a minute: memory and latency
	@mkdir -p $(BIN)
	go build -o $(BIN)/overload ./test/overload
	$(BIN)/overload -time 1m

.PHONY: cases
cases: ## run the cases of test/cases alone
	go test ./test

.PHONY: update
update: ## rewrite the outputs of the cases; look at the difference before you commit it
	go test ./test -update

##@ Make

.PHONY: gen
gen: ## write the generated pages
	go run ./hack/gen

.PHONY: tidy
tidy: ## tidy all modules
	go mod tidy
	cd hack/tools && go mod tidy
	cd kubebox && go mod tidy

.PHONY: clean
clean: ## remove what was built
	rm -rf $(BIN)
