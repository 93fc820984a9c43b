# From a bare clone with Python >= 3.11, g++, git and GNU make: `make demo`, `make test`. All is set up in .venv/.
PYTHON ?= python3
VENV := .venv
BIN := $(VENV)/bin
PIP_INSTALL := $(BIN)/python -m pip install --quiet --disable-pip-version-check

SOURCES := pyproject.toml CMakeLists.txt README.md LICENSE \
	$(shell find python cpp third_party -type f -not -name '*.py[co]')
CPP_SOURCES := $(shell find cpp -name '*.cpp' -o -name '*.hpp')

.PHONY: demo test test-exhaustive toolchain install lint types format bench bench-docs constructs docs-check clean
.DELETE_ON_ERROR:

demo: toolchain
	$(BIN)/python examples/demo.py

# Most of the time goes to compilers; kernels of one file are compiled once.
test: toolchain
	$(BIN)/python -m pytest --numprocesses=auto --maxprocesses=4 --dist=loadfile

# What takes half an hour or more: all operators on all scenarios, most of docs/constructs.md, and thresholds of the
# checks over many kernels and points.
test-exhaustive: toolchain
	$(BIN)/python -m pytest -m exhaustive

# Quick when the toolchain is there already; downloads and unpacks it otherwise.
toolchain: $(VENV)/.installed
	$(BIN)/zymogen toolchain install

install: $(VENV)/.installed

$(VENV)/.made:
	@$(PYTHON) -c 'import sys; v = sys.version_info; sys.exit(v < (3, 11) and f"make: {sys.executable} is Python \
	{v[0]}.{v[1]}. zymogen needs Python 3.11 or newer. Run: make PYTHON=/path/to/python3.11")'
	$(PYTHON) -m venv $(VENV)
	@touch $@

# What builds the extension stays in .venv/, so that a change of Python files alone compiles nothing again.
$(VENV)/.tools: $(VENV)/.made pyproject.toml
	$(BIN)/python -c 'import tomllib; print(*tomllib.load(open("pyproject.toml", "rb"))["build-system"]["requires"], \
	"cmake", "ninja", sep="\n")' > $(VENV)/build-requirements.txt
	$(PIP_INSTALL) -r $(VENV)/build-requirements.txt
	@touch $@

# Not editable: what is tested is what users get.
$(VENV)/.installed: $(VENV)/.tools $(SOURCES)
	$(PIP_INSTALL) --no-build-isolation '.[demo,test,dev]'
	@touch $@

lint: $(VENV)/.installed
	$(BIN)/ruff check
	$(BIN)/ruff format --check
	$(BIN)/clang-format --dry-run --Werror $(CPP_SOURCES)

types: $(VENV)/.installed
	$(BIN)/mypy

format: $(VENV)/.installed
	$(BIN)/ruff check --fix
	$(BIN)/ruff format
	$(BIN)/clang-format -i $(CPP_SOURCES)

# JAX, PyTorch and Numba are installed for these alone. PyTorch's own index has builds without CUDA, which are smaller.
$(VENV)/.bench: $(VENV)/.installed
	$(PIP_INSTALL) --no-build-isolation '.[bench]'
	@touch $@

bench: toolchain $(VENV)/.bench
	$(BIN)/python benchmarks/run.py

# Writes docs/benchmarks.md and its pictures from a new run.
bench-docs: bench
	$(BIN)/python benchmarks/publish.py

# Measures what C++ may contain, and writes the tables of docs/constructs.md.
constructs: toolchain
	$(BIN)/python -m tests.constructs

# Runs the examples in the documentation; those of docs/packages.md need a package, and are among the tests.
docs-check: toolchain
	$(BIN)/python -m pytest --doctest-glob='*.md' --ignore=docs/packages.md README.md docs

clean:
	rm -rf $(VENV) build
