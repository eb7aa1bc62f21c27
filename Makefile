# What can be done here. Every target does its own set-up.
SHELL := /bin/bash
.DEFAULT_GOAL := help
export PATH := $(CURDIR)/node_modules/.bin:$(PATH)

# npm leaves this file behind when the dependencies are installed.
INSTALLED := node_modules/.package-lock.json

$(INSTALLED): package.json package-lock.json
	@npm ci --no-audit --no-fund
	@touch $@

.PHONY: help
help: ## Show this help
	@awk 'BEGIN {FS = ":.*## "} /^[a-z-]+:.*## / {printf "  %-12s %s\n", $$1, $$2}' $(MAKEFILE_LIST)

.PHONY: demo
demo: build ## Play the main job on a local control plane (KEEP=1 leaves it running)
	@node dist/cli.js demo $(if $(KEEP),--keep)

.PHONY: test
test: $(INSTALLED) ## Run all tests: unit, property, and end-to-end on a real control plane
	@vitest run

.PHONY: test-unit
test-unit: $(INSTALLED) ## Run the unit and property tests
	@vitest run --project unit

.PHONY: bench
bench: build ## Measure the operator beside a no-op webhook and ValidatingAdmissionPolicy (ARGS="--quick")
	@node scripts/bench.ts $(ARGS)

.PHONY: check
check: $(INSTALLED) ## Check format, lint, folder boundaries, types, dead code, and that generated files are current
	@npm run --silent check

.PHONY: format
format: $(INSTALLED) ## Format the code and mend what the linter can mend
	@biome check --write .

.PHONY: generate
generate: $(INSTALLED) ## Write the files that are made from others: types, schemas, docs/actions.md
	@node scripts/generate.ts

.PHONY: build
build: $(INSTALLED) ## Compile to dist/
	@tsc -p tsconfig.build.json

.PHONY: sandbox
sandbox: build ## Start a local control plane and keep it until Ctrl-C
	@node dist/cli.js sandbox up

.PHONY: clean
clean: ## Remove what was built and installed
	@rm -rf dist node_modules coverage
