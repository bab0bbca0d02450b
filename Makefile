# The two commands: `make run` runs the main job, `make test` passes the tests.
# Both make the same .venv first; Python 3.11 with venv, and make, are all they need.

PYTHON ?= python3.11
VENV := .venv
BIN := $(VENV)/bin
STAMP := $(VENV)/installed

.PHONY: run test check demo bench upgrade docs clean

run: $(STAMP)
	@$(BIN)/digikooste run

demo: $(STAMP)
	@$(BIN)/digikooste demo

test: check
	@$(BIN)/pytest -n 2 --cov --cov-report= $(PYTEST_ARGS)
	@$(BIN)/coverage report --fail-under=90 --format=total

check: $(STAMP)
	@$(BIN)/ruff check .
	@$(BIN)/ruff format --check --quiet .
	@$(BIN)/mypy
	@$(BIN)/lint-imports --no-cache

bench: $(STAMP)
	@$(BIN)/python benchmarks/run.py $(BENCH_ARGS)

# Writes every generated page again: the JSON Schema and the configuration reference.
docs: $(STAMP)
	@$(BIN)/python -m pipeline.config.reference docs

# Refreshes the pins (needs a package index). yt-dlp ages within weeks; do this monthly.
upgrade: $(STAMP)
	@$(BIN)/pip-compile --upgrade --quiet --generate-hashes --no-build-isolation --allow-unsafe --strip-extras \
	  --no-header --no-annotate --no-emit-index-url --no-emit-find-links --no-emit-trusted-host \
	  --all-extras --output-file requirements.txt pyproject.toml
	@$(MAKE) --no-print-directory $(STAMP)

# A .venv is made once and again whenever the pins change; an interrupted set-up starts over.
$(STAMP): requirements.txt pyproject.toml
	@echo "Setting up $(VENV) (once; a minute or two)"
	@$(PYTHON) -m venv $(VENV)
	@$(BIN)/python -m pip install --quiet --disable-pip-version-check --require-hashes --requirement requirements.txt
	@$(BIN)/python -m pip install --quiet --disable-pip-version-check --no-deps --no-build-isolation --editable .
	@touch $@

clean:
	@rm -rf $(VENV) .mypy_cache .ruff_cache .pytest_cache .hypothesis .coverage*
