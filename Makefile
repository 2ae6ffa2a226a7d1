# Two commands are all a newcomer needs: `make demo` and `make test`. Both install what they need into .venv.
SHELL := /bin/sh
VENV := .venv
BIN := $(VENV)/bin
PYTHON ?= $(shell for p in python3 python3.11 python3.12 python3.13 python3.14; do \
	if command -v $$p >/dev/null 2>&1 && $$p -c 'import sys; sys.exit(sys.version_info < (3, 11))' >/dev/null 2>&1; then \
	command -v $$p; break; fi; done)

.PHONY: console console-shots bench-console demo test install lint bench sim sim-long kills fuzz lock golden docs clean help

help:
	@echo "make demo     run the five nodes of a fictional day in Syria, 2025"
	@echo "make test     run every test"
	@echo "make lint     ruff, mypy and the contracts between rooms"
	@echo "make bench    measure this machine"
	@echo "make sim SEED=n   reproduce one simulated run; make sim-long SEED=n COUNT=m looks for broken promises"
	@echo "make console  build the console anew (needs Node; the built bundle is in the repository)"
	@echo "make bench-console  measure the console in a real browser (needs Chromium): ARGS=--quick, ARGS=--strict"
	@echo "make console-shots  write pictures of every view to docs/img (needs Chromium)"
	@echo "make kills COUNT=n   kill a busy node n times (1000) and look for anything that it lost"
	@echo "make fuzz SECONDS=n  look for bytes that crash a reader, guided by coverage (60 s; needs atheris)"
	@echo "make lock     resolve requirements.lock anew"
	@echo "make docs     write docs/phrase-book.md and docs/commands.md anew"
	@echo "make golden   write the golden files anew (a deliberate change of the record format)"

install: $(VENV)/.installed

$(VENV)/.installed: requirements.lock pyproject.toml
	@if [ -z "$(PYTHON)" ]; then echo "Clearline needs Python 3.11 or newer with venv (Debian, Ubuntu: apt-get install python3 python3-venv)" >&2; exit 1; fi
	@echo "Installing into $(VENV) with $(PYTHON) (once; a minute or so) ..." >&2
	@$(BIN)/python -c '' 2>/dev/null || "$(PYTHON)" -m venv --clear $(VENV) || { echo "The venv module is missing (Debian, Ubuntu: apt-get install python3-venv)" >&2; rm -rf $(VENV); exit 1; }
	@$(BIN)/python -m pip install --quiet --no-input --disable-pip-version-check --require-hashes --only-binary :all: -r requirements.lock
	@$(BIN)/python -m pip install --quiet --disable-pip-version-check --no-deps --no-build-isolation --no-index -e .
	@touch $@

demo: install
	@exec $(BIN)/clearline demo $(ARGS)

# Two workers: one for everything that drives a browser, one for all the rest. WORKERS=0 runs one test after the other.
WORKERS ?= 2

test: install
	@$(BIN)/python -m pytest -n $(WORKERS) --dist loadgroup $(ARGS)

lint: install
	@$(BIN)/ruff check .
	@$(BIN)/ruff format --check .
	@$(BIN)/mypy
	@$(BIN)/lint-imports --no-logo

bench: install
	@$(BIN)/clearline bench $(ARGS)
	@$(BIN)/python bench/flood_bench.py

bench-console: install
	@$(BIN)/python bench/console_bench.py $(ARGS)

SEED ?= 1
COUNT ?= 1000

sim: install
	@$(BIN)/python -m clearline.testing $(SEED)

sim-long: install
	@$(BIN)/python -m clearline.testing --many $(SEED) $(COUNT)

docs: install
	@CLEARLINE_WRITE_DOCS=1 $(BIN)/python -m pytest tests/docs/test_generated_pages.py

kills: install
	@$(BIN)/python -u -m clearline.testing.kills $(COUNT)

SECONDS ?= 60

fuzz: install
	@$(BIN)/python -m clearline.testing.fuzz $(SECONDS)

golden: install
	@CLEARLINE_WRITE_GOLDEN=1 $(BIN)/python -m pytest tests/golden

console:
	@command -v npm >/dev/null 2>&1 || { echo "make console needs Node.js and npm" >&2; exit 1; }
	@cd console && npm ci --silent && npm run --silent check && npm run --silent build -- --logLevel warn

console-shots: install
	@$(BIN)/python -m clearline.testing.shots docs/img

lock:
	@command -v uv >/dev/null 2>&1 || { echo "make lock needs uv on the PATH" >&2; exit 1; }
	uv pip compile --quiet --universal --python-version 3.11 --generate-hashes --no-emit-index-url --no-header \
		--no-annotate --group dev pyproject.toml -o requirements.lock

clean:
	rm -rf $(VENV) .mypy_cache .ruff_cache .pytest_cache
