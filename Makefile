# What one does with Textdesk. `make help` lists it.
.DEFAULT_GOAL := help
.PHONY: help run test sim bench check openapi docs build deploy validate test-stack test-sdks

# `make run DATA=memory` keeps nothing, `make run PORT=9000` listens elsewhere.
DATA ?= .data
PORT ?= 8080
# Seeds that `make sim` tries.
SEEDS ?= 500
# The first of them.
FIRST ?= 0
# Sequences of acts that `make sim` compares with the model of the inbox.
SEQUENCES ?= 10000
# Rows of the import that `make sim` kills.
ROWS ?= 100000
STAGE ?= dev

help: ## List the targets
	@grep -hE '^[a-z-]+:.*## ' $(MAKEFILE_LIST) | sed 's/:.*## /\t/' | expand -t 14

run: ## The whole product on http://localhost:8080, data in .data/ (DATA=memory keeps nothing, PORT=8080)
	cargo run --package local --bin textdesk-local -- --data $(DATA) --port $(PORT)

test: ## Everything that needs no AWS account: formatting, lints, all tests
	cargo fmt --all --check
	cargo clippy --workspace --all-targets --quiet -- -D warnings
	cargo test --workspace --lib --bins --tests --quiet

sim: ## The simulation with more seeds (SEEDS=500), the inbox against its model (SEQUENCES=10000), imports (ROWS=100000)
	SEEDS=$(SEEDS) SEQUENCES=$(SEQUENCES) ROWS=$(ROWS) FIRST=$(FIRST) cargo test --package tests --test sim --profile stack --quiet -- --nocapture

bench: ## Budgets: table calls and units are asserted, times reported (see docs/performance.md)
	cargo build --release --package tests --package send --package conversations
	cargo test --package tests --test bench --profile stack -- --all

check: ## As test without running anything, and the dependency rules (needs cargo-deny)
	cargo fmt --all --check
	cargo clippy --workspace --all-targets --quiet -- -D warnings
	RUSTDOCFLAGS="-D warnings" cargo doc --workspace --no-deps --quiet
	cargo deny --workspace check

openapi: ## Write infra/openapi.json from the code
	UPDATE=1 cargo test --package tests --test it openapi -- --quiet

docs: openapi ## Write what is generated: infra/openapi.json, docs/table.md, docs/permissions.md
	UPDATE=1 cargo test --package storage --test storage document -- --quiet
	UPDATE=1 cargo test --package tests --test it matrix -- --quiet

validate: ## Lint the template (needs aws-sam-cli and cfn-lint)
	AWS_DEFAULT_REGION=$${AWS_DEFAULT_REGION:-eu-central-1} sam validate
	cfn-lint infra/template.yaml

build: ## Build the functions for Lambda (needs aws-sam-cli and cargo-lambda)
	sam build --config-env $(STAGE)

deploy: build ## Deploy to AWS (STAGE=dev or prod)
	sam deploy --config-env $(STAGE)

test-sdks: ## Signatures and segments against the carriers' own libraries (needs Python 3 and Node)
	tests/sdks/run

test-stack: ## The API tests against the built template on an AWS emulator (needs Python 3; see tests/stack)
	tests/stack/run
