# Two commands on a fresh clone do everything: `make demo` and `make test`; `make docs` makes the site.
PYTHON ?= python3
VENV := .venv
BIN := $(VENV)/bin
WORKERS ?= 2
READY := $(VENV)/.ready

.PHONY: setup demo test docs linkcheck lint types clean

setup: $(READY)

# torch first and alone: everything else then finds the pinned version in place.
$(READY): pyproject.toml constraints.txt
	$(PYTHON) -c 'import sys; sys.exit("pleura needs Python 3.11 or later; try make PYTHON=python3.11" if sys.version_info < (3, 11) else 0)'
	$(PYTHON) -m venv $(VENV)
	$(BIN)/python -m pip install --quiet --disable-pip-version-check -c constraints.txt torch
	$(BIN)/python -m pip install --quiet --disable-pip-version-check -c constraints.txt -e '.[dev]'
	touch $@

demo: setup
	$(BIN)/pleura study run studies/demo.yaml --out runs/demo

# Each worker has one thread. A file's tests stay together, since they share what its fixtures make.
# Compiled modules are kept, whatever the shell says: many tests start a process of their own.
test: setup
	OMP_NUM_THREADS=1 PYTHONDONTWRITEBYTECODE= $(BIN)/python -m pytest -n $(WORKERS) --dist loadfile --no-loadscope-reorder

# Sphinx and its theme come only here.
$(VENV)/.docs: $(READY)
	$(BIN)/python -m pip install --quiet --disable-pip-version-check -c constraints.txt -e '.[docs]'
	touch $@

docs: $(VENV)/.docs
	$(BIN)/python -m docs.site html doctest

linkcheck: $(VENV)/.docs
	$(BIN)/python -m docs.site linkcheck

lint: setup
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .

types: setup
	$(BIN)/mypy

clean:
	rm -rf $(VENV) runs docs/_build
