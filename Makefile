# make run and make test need nothing but Python 3.11 or newer; the rest is set up in .venv: the
# program alone for `make run` and `make setup`, with the development tools for all that needs them.

.DEFAULT_GOAL := help
VENV := .venv
BIN := $(VENV)/bin
PROGRAM := $(VENV)/.installed-program
STAMP := $(VENV)/.installed

# The first Python that is new enough; set PYTHON to take another.
PYTHON ?= $(shell for python in python3.11 python3.12 python3.13 python3.14 python3; do \
	$$python -c 'import sys; sys.exit(sys.version_info < (3, 11))' 2>/dev/null \
	&& echo $$python && break; done)

# The pictures of `make run`; CONTENT empty is a sample photo. Only the default OUT is overwritten.
CONTENT ?=
STYLE ?= builtin/woodcut
OUT ?= out/painted.png
export CONTENT STYLE OUT

.PHONY: help
help:
	@echo "make run        paint a picture; CONTENT=photo.jpg STYLE=painting.jpg OUT=out.png are yours"
	@echo "make setup      the program in .venv; make setup-dev also the development tools"
	@echo "make test       the tests that take seconds"
	@echo "make test-slow  the other ones"
	@echo "make test-all   both"
	@echo "make test-editors      tests in the real GIMP and Krita, in a Debian root of their own"
	@echo "make test-editors-all  the same in every series of both that can be had"
	@echo "make check      style, types, imports, contract, texts"
	@echo "make bench      benchmarks"
	@echo "make soak       an hour of everything at once, to a daemon: SOAK_SECONDS, SOAK_SEED"
	@echo "make fuzz       a million damaged inputs: FUZZ_CASES, FUZZ_SECONDS, FUZZ_SEED"
	@echo "make protos     generate the code in daemon/styleswap/v1"
	@echo "make texts      list the plug-ins' texts for translators, in plugins/locale"
	@echo "make vendor     build the client for the editors, build/styleswap_vendor"
	@echo "make plugins    build the plug-ins for installation by hand, build/plugins/*.zip"
	@echo "make wheel      build the distribution, dist/"
	@echo "make clean      remove what was built; .venv stays"

INSTALL := $(BIN)/python -m pip install --quiet --disable-pip-version-check --constraint constraints.txt

$(PROGRAM): pyproject.toml constraints.txt
	@test -n "$(PYTHON)" || { echo "Python 3.11 or newer is needed; install it, or set PYTHON." >&2; exit 1; }
	@test -x $(BIN)/python || $(PYTHON) -m venv $(VENV)
	@echo "Installing what Style Swap needs in $(VENV) (some minutes the first time) ..."
	@$(INSTALL) --editable '.[editors]'
	@touch $@

$(STAMP): $(PROGRAM)
	@echo "Installing the development tools in $(VENV) ..."
	@$(INSTALL) --editable '.[dev]'
	@touch $@

# With the editors' client, so that `styleswap install` needs no network.
.PHONY: setup setup-dev
setup: $(PROGRAM)
	@$(BIN)/python plugins/vendor.py >/dev/null

setup-dev: $(STAMP)

.PHONY: run
run: $(PROGRAM)
	@mkdir -p out
	@$(BIN)/styleswap stylize $(if $(CONTENT),"$$CONTENT",--sample astronaut) "$$STYLE" \
		--output "$$OUT" --times $(if $(filter file,$(origin OUT)),--overwrite)

# Two threads: tests must take the same paths on every machine. Most of them wait a good deal, so two
# run at once; each file stays in one process, which has its daemon or its editor.
PYTEST := OMP_NUM_THREADS=2 GOMP_SPINCOUNT=10000 $(BIN)/python -m pytest
SIDE_BY_SIDE := --numprocesses 2 --dist loadfile

.PHONY: test
test: $(STAMP)
	@$(PYTEST) -m "not slow and not editors" $(SIDE_BY_SIDE)

.PHONY: test-slow
test-slow: $(STAMP)
	@$(PYTEST) -m "slow and not editors" $(SIDE_BY_SIDE)

.PHONY: test-all
test-all: $(STAMP)
	@$(PYTEST) -m "not editors" $(SIDE_BY_SIDE)

# PYTEST_ARGS="-k gimp" takes a part of them. The roots are built once; that needs root rights.
.PHONY: test-editors test-editors-all
test-editors: $(STAMP)
	@$(PYTEST) tests/editors -m editors $(SIDE_BY_SIDE) $(PYTEST_ARGS)

test-editors-all: $(STAMP)
	@$(PYTEST) tests/editors -m editors --editor-versions all $(SIDE_BY_SIDE) $(PYTEST_ARGS)

.PHONY: check check-style check-types check-imports check-contract check-texts
check: check-style check-types check-imports check-contract check-texts

check-style: $(STAMP)
	$(BIN)/ruff check
	$(BIN)/ruff format --check

check-types: $(STAMP)
	$(BIN)/mypy

check-imports: $(STAMP)
	PYTHONPATH=daemon $(BIN)/lint-imports --no-logo --no-cache

check-contract: $(STAMP)
	$(BIN)/buf lint protos
	$(BIN)/python protos/generate.py --check

check-texts: $(PROGRAM)
	$(BIN)/python plugins/translations.py --check

.PHONY: bench
bench: $(STAMP)
	@$(BIN)/python -m benchmarks

.PHONY: soak fuzz
soak: $(STAMP)
	@GRPC_VERBOSITY=ERROR $(BIN)/python -m tests.soak soak

fuzz: $(STAMP)
	@GRPC_VERBOSITY=ERROR $(BIN)/python -m tests.soak fuzz

.PHONY: protos
protos: $(STAMP)
	@$(BIN)/python protos/generate.py

.PHONY: texts
texts: $(PROGRAM)
	@$(BIN)/python plugins/translations.py

.PHONY: vendor
vendor: $(PROGRAM)
	@$(BIN)/python plugins/vendor.py

.PHONY: plugins
plugins: $(PROGRAM)
	@$(BIN)/python plugins/archive.py

.PHONY: wheel
wheel: $(STAMP)
	@$(BIN)/python -m build --wheel --no-isolation

.PHONY: clean
clean:
	rm -rf build dist out .hypothesis .mypy_cache .pytest_cache .ruff_cache
	find benchmarks daemon plugins protos tests -name __pycache__ -prune -exec rm -rf {} +
