# Two commands: `make study` runs the default study, `make test` runs every check.
PYTHON ?= python3
VENV := .venv
BIN := $(VENV)/bin
UV_VERSION := 0.13.9
PYTEST_ARGS ?= -n 2
export PATH := $(CURDIR)/$(BIN):$(PATH)

# PyPI's torch for Linux brings several GB of CUDA libraries. `auto` takes the build that fits this machine, unless pip
# has been told of a folder of wheels, which uv does not look into by itself.
TORCH := $(if $(PIP_FIND_LINKS),--find-links $(PIP_FIND_LINKS),--torch-backend=auto)
INSTALL := $(BIN)/uv pip install --quiet --compile-bytecode --python $(BIN)/python $(TORCH) -c constraints.txt

BENCHMARKS ?= round passes explainers explainer_growth growth growth_profile study_growth dry_run labs
.PHONY: study report overview test test-slow test-mutations lint format bench

study: $(VENV)/study.installed
	$(BIN)/snakemake
	@echo "Report: $(CURDIR)/results/report.html"

RESULTS ?= results
report: $(VENV)/study.installed # what is finished so far, also while the study runs
	$(BIN)/python -m recursive_roar.report $(RESULTS)

overview: $(VENV)/study.installed # the figure of the README, from the results of the default study
	cp $(RESULTS)/exports/overview.svg docs/overview.svg

test: $(VENV)/test.installed lint
	$(BIN)/pytest -m "not slow" $(PYTEST_ARGS)

test-slow: $(VENV)/test.installed
	$(BIN)/pytest -m slow

test-mutations: $(VENV)/test.installed # do the explainers' tests notice mistakes?
	$(BIN)/python tests/mutations.py

bench: $(VENV)/test.installed
	for name in $(BENCHMARKS); do $(BIN)/python benchmarks/$$name.py || exit 1; done
	$(BIN)/python benchmarks/page.py

lint: $(VENV)/test.installed
	$(BIN)/ruff format --check
	$(BIN)/ruff check
	$(BIN)/mypy
	$(BIN)/snakefmt --check Snakefile workflow
	$(BIN)/snakemake --lint

format: $(VENV)/test.installed
	$(BIN)/ruff format
	$(BIN)/ruff check --fix
	$(BIN)/snakefmt Snakefile workflow

$(VENV)/uv.installed:
	@$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11))' || \
		{ echo "Python 3.11 or newer is needed; name one, such as: make PYTHON=python3.12 study"; exit 1; }
	$(PYTHON) -m venv $(VENV)
	$(BIN)/python -m pip install --quiet uv==$(UV_VERSION)
	@touch $@

$(VENV)/study.installed: $(VENV)/uv.installed pyproject.toml constraints.txt
	$(INSTALL) -e .
	@touch $@

$(VENV)/test.installed: $(VENV)/uv.installed pyproject.toml constraints.txt
	$(INSTALL) -e '.[test,glove,mimic]'
	@touch $@ $(VENV)/study.installed
