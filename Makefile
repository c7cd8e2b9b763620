# make demo and make test set everything up by themselves. They need python3, g++, make and perl.
PYTHON ?= python3
VENV   := .venv
BIN    := $(VENV)/bin
READY  := $(VENV)/.ready
UV     := .tools/bin/uv
# Brian2 for Python 3.11 does not import with our NumPy: an environment of its own.
BRIAN2 := build/brian2
BRIAN2_TESTS := tests/interchange "tests/test_docs.py::test_code_blocks_run[interchange]"
WITH_BRIAN2 := .[rtl,synth,sonata,nir,brian2,test,docs]

# Everything that is compiled is cached here: Verilated modules, Numba code, the synthesis wheels.
export BITCORTEX_CACHE  ?= $(CURDIR)/build/cache
export NUMBA_CACHE_DIR  ?= $(CURDIR)/build/cache/numba
export YOWASP_CACHE_DIR ?= $(CURDIR)/build/cache/yowasp
# One Numba thread per process: test workers share the cores.
export NUMBA_NUM_THREADS ?= 2

JOBS ?= $(shell nproc)

.PHONY: demo test test-full lint docs benchmarks clean

demo: $(READY)
	$(BIN)/bitcortex demo

test: $(READY) lint $(BRIAN2)/.ready
	$(BIN)/python -m pytest -n $(JOBS) --dist worksteal -m "not full"
	$(BRIAN2)/bin/python -m pytest -n $(JOBS) -m "not full" $(BRIAN2_TESTS)

test-full: $(READY) lint docs $(BRIAN2)/.ready
	$(UV) pip install --quiet --python $(BIN)/python -e '.[oracle]' || \
		$(BIN)/python -m pip install --quiet -e '.[oracle]'
	$(BIN)/python -m pytest -n $(JOBS) --dist worksteal
	$(BRIAN2)/bin/python -m pytest -n $(JOBS) $(BRIAN2_TESTS)
	$(BIN)/bitcortex verify --all --cycles 1000000 --mutants 0

lint: $(READY)
	$(BIN)/ruff format --check .
	$(BIN)/ruff check .
	$(BIN)/mypy
	$(BIN)/lint-imports

docs: $(READY)
	$(BIN)/python -m sphinx -W -b html docs build/docs

benchmarks: $(READY)
	$(BIN)/python benchmarks/sc_layer.py
	$(BIN)/python benchmarks/sc_error.py

clean:
	rm -rf build dist $(VENV) .tools *.egg-info

$(BRIAN2)/.ready: $(READY)
	@if test -x $(UV); then \
		$(UV) venv --quiet --allow-existing --python-preference only-system \
			--python $(PYTHON) $(BRIAN2) && \
		$(UV) pip install --quiet --python $(BRIAN2)/bin/python -e '$(WITH_BRIAN2)'; \
	else \
		$(PYTHON) -m venv $(BRIAN2) && \
		$(BRIAN2)/bin/python -m pip install --quiet -e '$(WITH_BRIAN2)'; \
	fi
	@touch $@

# uv is quick and needs neither venv nor a system-wide pip install; plain pip is the fallback.
$(READY): pyproject.toml
	$(PYTHON) -c 'import sys; sys.exit(not (3, 11) <= sys.version_info[:2] < (3, 14))' || \
		{ echo "bitcortex needs Python 3.11 to 3.13; set PYTHON=..."; exit 1; }
	@test -x $(UV) || $(PYTHON) -m pip install --quiet --target .tools uv || true
	@if test -x $(UV); then \
		$(UV) venv --quiet --allow-existing --python-preference only-system \
			--python $(PYTHON) $(VENV) && \
		$(UV) pip install --quiet --python $(BIN)/python -e '.[all]'; \
	else \
		$(PYTHON) -m venv $(VENV) && $(BIN)/python -m pip install --quiet -e '.[all]'; \
	fi
	@touch $@
