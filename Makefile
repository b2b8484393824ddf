# The two commands of the README are `make demo` and `make test`; `make help` lists the rest.
# Without make (Windows), see README: the same steps by hand.

PYTHON ?= python3
VENV := .venv
BIN := $(VENV)/bin
TOOLS := .venv-linkage
HOME_DIR ?= data

.DEFAULT_GOAL := help
.PHONY: help demo test check format ui bench fuzz linkage-tools lock clean

help: ## say what there is
	@awk -F ':.*## ' '/^[a-z-]+:.*## /{printf "  make %-13s %s\n", $$1, $$2}' $(MAKEFILE_LIST)

demo: .installed ## make the sample county, run its three rounds, say what was found and where it lies
	$(BIN)/bidui demo --home $(HOME_DIR)

test: .installed-dev ## run every test
	$(BIN)/python -m pytest -n 2 --dist worksteal

check: .installed-dev ## formatting, lint, types, Dagster definitions, import direction
	$(BIN)/ruff format --check .
	$(BIN)/ruff check .
	$(BIN)/mypy
	$(BIN)/python -m pytest -q -m architecture
	$(BIN)/dg check defs

format: .installed-dev ## format the code and mend what lint can mend
	$(BIN)/ruff format .
	$(BIN)/ruff check --fix .

ui: .installed ## Dagster's web pages and daemon on the data folder
	$(BIN)/bidui ui --home $(HOME_DIR)

bench: .installed-dev ## measure; results under benchmarks/
	$(BIN)/python benchmarks/round.py

fuzz: .installed-dev ## read 20,000 damaged and hostile files as a round would; results under benchmarks/
	$(BIN)/python -m benchmarks.fuzz

linkage-tools: $(TOOLS)/.installed ## the other tools of benchmarks/linkage, in an environment of their own

lock: .installed-dev ## pin the dependencies of pyproject.toml again, with hashes, naming no index
	$(BIN)/uv pip compile -q --universal --python-version 3.11 --generate-hashes --no-header --no-annotate pyproject.toml -o requirements.lock
	$(BIN)/uv pip compile -q --universal --python-version 3.11 --generate-hashes --no-header --no-annotate --extra dev -c requirements.lock pyproject.toml -o requirements-dev.lock
	$(BIN)/uv pip compile -q --universal --python-version 3.11 --generate-hashes --no-header --no-annotate benchmarks/linkage/requirements.in -o benchmarks/linkage/requirements.lock

clean: ## remove the environment and everything made at run time
	rm -rf $(VENV) $(TOOLS) .installed .installed-dev
	rm -rf data/inbox data/archive data/mappings data/models data/store data/warehouse data/lists data/dagster data/logs data/truth

# --no-deps: the lock names every package; pip would refuse one extra in it otherwise.
.installed: requirements.lock pyproject.toml
	$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11) and "bidui needs Python 3.11 or newer; this is " + sys.version.split()[0])'
	test -x $(BIN)/python || $(PYTHON) -m venv $(VENV)
	$(BIN)/python -m pip install --quiet --disable-pip-version-check --require-hashes --no-deps -r requirements.lock
	$(BIN)/python -m pip install --quiet --disable-pip-version-check --no-deps --no-build-isolation --editable .
	touch $@

.installed-dev: requirements-dev.lock .installed
	$(BIN)/python -m pip install --quiet --disable-pip-version-check --require-hashes --no-deps -r requirements-dev.lock
	touch $@

$(TOOLS)/.installed: benchmarks/linkage/requirements.lock
	test -x $(TOOLS)/bin/python || $(PYTHON) -m venv $(TOOLS)
	$(TOOLS)/bin/python -m pip install --quiet --disable-pip-version-check --require-hashes --no-deps -r benchmarks/linkage/requirements.lock
	touch $@
