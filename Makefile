# The commands a newcomer needs. What they need is installed by scripts/setup.sh.
SHELL := bash
.SHELLFLAGS := -euo pipefail -c
.DEFAULT_GOAL := help
.NOTPARALLEL:
.PHONY: help setup build run test e2e bench fmt clippy

help: ## list these commands
	@awk -F ':.*## ' '/^[a-z0-9]+:.*## / { printf "make %-8s %s\n", $$1, $$2 }' $(MAKEFILE_LIST)

setup: ## install everything that building and testing need
	@scripts/setup.sh test

build: ## build the release binary, target/release/roster, and its site
	@scripts/setup.sh build
	@scripts/build.sh

run: build ## build, and serve on http://127.0.0.1:3000
	@exec target/release/roster serve

test: setup ## all checks and all tests
	@scripts/test.sh

e2e: setup ## the browser tests only
	@scripts/test.sh end2end

bench: build ## measure against the budgets
	@scripts/bench.sh

fmt: ## format the Rust code
	@. scripts/env.sh; cargo fmt --all

clippy: ## lint, for the server and for the browser
	@. scripts/env.sh; cargo clippy --workspace --exclude frontend --all-targets -- --deny warnings
	@. scripts/env.sh; cargo clippy --package frontend --target wasm32-unknown-unknown -- --deny warnings
