# Two commands do everything on a machine with Python 3.11, pip and make: `make quickstart` and `make test`.

PYTHON ?= $(shell command -v python3.11 || command -v python3)
VENV ?= .venv
BIN := $(VENV)/bin

.PHONY: quickstart test lint bench installer clean

quickstart: $(VENV)/installed
	$(BIN)/parity create -n quickstart -f examples/quickstart/environment.yml --force
	$(BIN)/parity run -n quickstart python examples/quickstart/train.py
	@$(BIN)/parity env show -n quickstart

test: lint
	$(BIN)/python -m pytest -n auto

lint: $(VENV)/installed-test
	$(BIN)/ruff check
	$(BIN)/ruff format --check
	$(BIN)/mypy
	$(BIN)/lint-imports

bench: $(VENV)/installed-test
	$(BIN)/python -m benchmarks

# Miniparity: Parity from this tree with a Python of its own, as one file that needs a shell, tar and gzip.
installer: $(VENV)/installed
	rm -rf build/installer
	$(BIN)/uv build --quiet --wheel --out-dir build/installer
	$(BIN)/parity lock -f installer/environment.yml --pypi build/installer/*.whl -o build/installer/parity.lock
	$(BIN)/parity installer build build/installer/parity.lock --root --slim --compile --without installer/left-out \
	  --licence LICENSE --title Miniparity --release "$$($(BIN)/parity --version | cut -d' ' -f2)" \
	  -o "dist/Miniparity-$$($(BIN)/parity --version | cut -d' ' -f2)-$$(uname -s)-$$(uname -m).sh" --force

clean:
	rm -rf $(VENV) build dist

$(VENV)/installed: pyproject.toml
	$(PYTHON) -m venv $(VENV)
	$(BIN)/python -m pip install --quiet --editable .
	@touch $@

$(VENV)/installed-test: pyproject.toml
	$(PYTHON) -m venv $(VENV)
	$(BIN)/python -m pip install --quiet --editable '.[test,lint]'
	@touch $(VENV)/installed $@
