# Everything a user or a developer does has a verb here; `make help` lists them.
VENV   ?= .venv
PYTHON ?= $(shell for p in python3.13 python3.12 python3.11 python3; do \
	command -v $$p >/dev/null 2>&1 && $$p -c 'import sys, venv; sys.exit(sys.version_info < (3, 11))' \
	2>/dev/null && command -v $$p && break; done)
BIN    := $(VENV)/bin
SCENARIO ?= scenarios/pre_cutover.yaml
NIGHTLY := --hypothesis-profile=nightly --timeout=1800

.DEFAULT_GOAL := help
.PHONY: help setup setup-dev rehearsal test test-all check format docs dashboards pictures bench wheel lock clean

help: ## Show this list
	@grep -hE '^[a-z-]+:.*## ' $(MAKEFILE_LIST) | awk -F ':.*## ' '{printf "  make %-10s %s\n", $$1, $$2}'

setup: $(VENV)/ready ## Install the harness into its own virtual environment
setup-dev: $(VENV)/ready-dev ## Install what tests and checks need too

rehearsal: $(VENV)/ready ## Rehearse on the mock centre: four minutes to GO or NO-GO
	@$(BIN)/harness run $(SCENARIO)

# In two steps: whole rehearsals keep time, and a machine that is busy with something else makes the
# generator late, which the harness then says instead of GO. Four of them leave a third of two cores
# idle; they are handed out one by one, so that none waits behind a long one.
test: $(VENV)/ready-dev ## Run the tests: eight minutes on two cores
	@$(BIN)/python -m pytest -n 4 --dist worksteal -m "not e2e and not nightly"
	@$(BIN)/python -m pytest -n 4 --maxschedchunk 1 -m "e2e and not nightly" tests/e2e

# Properties are tried 25 times as often, and with new examples each time.
test-all: $(VENV)/ready-dev ## Run the long tests too: an hour and more
	@$(BIN)/python -m pytest $(NIGHTLY) -n 4 --dist worksteal -m "not e2e"
	@$(BIN)/python -m pytest $(NIGHTLY) -n 3 --maxschedchunk 1 -m e2e

check: $(VENV)/ready-dev ## Check format, lint, types and architecture
	@$(BIN)/ruff format --check .
	@$(BIN)/ruff check .
	@$(BIN)/mypy
	@$(BIN)/python -m pytest -q tests/test_architecture.py

format: $(VENV)/ready-dev ## Put the code into its format
	@$(BIN)/ruff format .
	@$(BIN)/ruff check --fix .

docs: $(VENV)/ready-dev ## Write anew what is made from the code: reference pages, the schema of SLAs
	@$(BIN)/python -m reference

dashboards: $(VENV)/ready-dev ## Write rules for Prometheus and dashboards for Grafana anew
	@$(BIN)/python -c "from pathlib import Path; from harness.files.load import load_sla; \
	from harness.known import KNOWN; from reports.dashboards.grafana import write; \
	write(load_sla(Path('scenarios/sla/outsourced_care.yaml'), known=KNOWN), Path('reports'))"

pictures: $(VENV)/ready-dev ## Draw the pictures of README and docs anew (needs Chromium)
	@$(BIN)/python -m tests.reports.live_picture
	@$(BIN)/python -m tests.reports.pictures

bench: $(VENV)/ready-dev ## Measure speed and memory, as ratios, into docs/performance.md
	@$(BIN)/python -m bench $(ONLY)

wheel: $(VENV)/ready ## Build the wheel into dist/: all of the harness in one file
	@$(BIN)/python -m hatchling build -t wheel -d dist

lock: ## Resolve the dependencies anew (needs uv)
	uv pip compile -q --universal --python-version 3.11 --generate-hashes --no-header \
		--no-emit-index-url --no-emit-find-links --extra build pyproject.toml -o requirements.lock
	uv pip compile -q --universal --python-version 3.11 --generate-hashes --no-header \
		--no-emit-index-url --no-emit-find-links --extra build --extra dev -c requirements.lock \
		pyproject.toml -o requirements-dev.lock

clean: ## Remove the virtual environment and everything that was built
	rm -rf $(VENV) dist .pytest_cache .mypy_cache .ruff_cache .hypothesis
	find . -name __pycache__ -type d -prune -exec rm -rf {} +

$(VENV)/bin/python:
	@if [ -z "$(PYTHON)" ]; then \
		echo "The harness needs Python 3.11 or newer with its venv module, and found none."; \
		echo "Debian, Ubuntu: apt install python3 python3-venv.  macOS: brew install python@3.13."; \
		exit 1; \
	fi
	@echo "Setting up $(VENV) with $(PYTHON); this is done once and takes a minute or a few."
	@$(PYTHON) -m venv $(VENV) || { \
		echo "Python could not make a virtual environment. Debian, Ubuntu: apt install python3-venv."; \
		rm -rf $(VENV); exit 1; }

$(VENV)/ready: requirements.lock pyproject.toml | $(VENV)/bin/python
	@$(BIN)/python -m pip install --quiet --disable-pip-version-check --require-hashes -r requirements.lock
	@$(BIN)/python -m pip install --quiet --disable-pip-version-check --no-deps --no-build-isolation -e .
	@touch $@

$(VENV)/ready-dev: requirements-dev.lock $(VENV)/ready
	@$(BIN)/python -m pip install --quiet --disable-pip-version-check --require-hashes -r requirements-dev.lock
	@touch $@
