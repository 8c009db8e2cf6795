# Everything is done by `make`; `make help` lists what there is.
# Python packages come from requirements*.lock; pip's and uv's own settings say from where.

SHELL := /bin/bash
PYTHON ?= >=3.11
ARGS ?=
BIN := .venv/bin
STEP := @tools/step
SOURCES := sdk server tests benchmarks docs .ci conftest.py

.DEFAULT_GOAL := help
.PHONY: help quickstart env dev test test-long lint format bench docs pictures wheel studio lock openapi clean

help: ## this list
	@grep -hE '^[a-z-]+:.*## ' $(MAKEFILE_LIST) | sed -E 's/^([a-z-]+):.*## (.*)/make \1|\2/' | column -t -s '|'

quickstart: env .stamps/studio ## install, start the server and do the whole lesson (ARGS=--exit stops it at the end)
	@$(BIN)/workstead quickstart $(ARGS)

env: .stamps/env ## the environment that the server runs in

dev: .stamps/dev ## the same with all that tests, docs and benchmarks need

test: .stamps/dev .stamps/studio .stamps/browser ## every test that is not marked long
	$(STEP) "Test" $(BIN)/pytest $(ARGS)

test-long: .stamps/dev .stamps/studio .stamps/browser ## the long suites: faults, load, big data, foreign servers
	$(STEP) "Test the long suites" $(BIN)/pytest -m long $(ARGS)

lint: .stamps/dev ## ruff, basedpyright strict, import contracts
	$(STEP) "Lint" $(BIN)/ruff check $(SOURCES)
	$(STEP) "Check the format" $(BIN)/ruff format --check $(SOURCES)
	$(STEP) "Check the imports" $(BIN)/lint-imports --config importlinter.toml
	$(STEP) "Check the types" $(BIN)/basedpyright --level error

format: .stamps/dev ## let ruff mend what it can
	@$(BIN)/ruff check --fix $(SOURCES)
	@$(BIN)/ruff format $(SOURCES)

bench: .stamps/dev ## measure, and write the table in the README and docs/performance.md
	$(STEP) "Measure" $(BIN)/python benchmarks/table.py $(ARGS)

docs: .stamps/dev ## build the documentation into docs/_build/html
	$(STEP) "Write the generated pages" $(BIN)/python docs/generate.py
	$(STEP) "Build the documentation" $(BIN)/sphinx-build -W --keep-going -q -b html docs docs/_build/html
	@echo "docs/_build/html/index.html"

pictures: .stamps/dev .stamps/studio .stamps/browser ## take Studio's pictures for the documentation
	$(STEP) "Take the pictures" $(BIN)/python docs/pictures.py

wheel: .stamps/dev ## build both wheels into dist/
	@rm -rf dist
	$(STEP) "Build the SDK's wheel" $$(tools/find-uv) build --wheel -o dist sdk
	$(STEP) "Build the server's wheel" $$(tools/find-uv) build --wheel -o dist server

studio: .stamps/dev ## Studio's development server, against a server that runs
	@$(BIN)/python studio/build.py --dev $(ARGS)

lock: ## resolve every package anew into requirements*.lock
	$(STEP) "Lock" tools/lock

openapi: .stamps/dev ## accept the present API as the frozen one
	@$(BIN)/python tests/house/freeze.py

clean: ## remove what was made here (never a home)
	rm -rf .venv .uv .stamps dist docs/_build .pytest_cache .ruff_cache .hypothesis .import_linter_cache
	rm -rf server/src/workstead/studio/static studio/node_modules

.stamps/env: requirements.lock sdk/pyproject.toml server/pyproject.toml
	$(STEP) "Make the environment" tools/make-env '$(PYTHON)' requirements.lock
	@mkdir -p .stamps && touch $@

# Compiled here once, and not by each of the hundreds of servers that tests start.
.stamps/dev: .stamps/env requirements-dev.lock
	$(STEP) "Install what tests and docs need" tools/make-env '$(PYTHON)' requirements-dev.lock --compile-bytecode
	@mkdir -p .stamps && touch $@

.stamps/browser: .stamps/dev
	$(STEP) "Look for a browser" tools/need-browser
	@mkdir -p .stamps && touch $@

# studio/build.py knows by itself whether anything has changed since it last built.
.PHONY: .stamps/studio
.stamps/studio: .stamps/env
	$(STEP) "Build Studio" $(BIN)/python studio/build.py
