# The two commands: `make run` runs the main job, `make test` passes the tests.
# Both make the same .venv first; Python 3.11 with venv, and make, are all they need.

PYTHON ?= python3.11
VENV := .venv
BIN := $(VENV)/bin
# Tools are started through .venv's Python, so that a checkout may be moved.
PY := $(BIN)/python
STAMP := $(VENV)/installed
PIP := $(PY) -m pip --quiet --disable-pip-version-check

.PHONY: run demo test check bench reliability docs pictures checker upgrade clean

run: $(STAMP)
	@$(PY) -m pipeline run $(ARGS)

demo: $(STAMP)
	@$(PY) -m pipeline demo $(ARGS)

# CI also measures which branches the tests walk; that doubles their time.
COVER := $(if $(CI),--cov --cov-report=)
test: check
	@$(PY) -m pytest -n 3 --dist loadgroup $(COVER) $(PYTEST_ARGS)
	@$(if $(CI),$(PY) -m coverage report --fail-under=90 --format=total)

check: $(STAMP)
	@$(PY) -m ruff check .
	@$(PY) -m ruff format --check --quiet .
	@$(PY) -m mypy
	@$(PY) $(BIN)/lint-imports --no-cache

bench: $(STAMP)
	@$(PY) -m benchmarks.run $(BENCH_ARGS)

# Rehearses every fault of the failure matrix in full, and writes docs/reliability.md from what came of it.
reliability: $(STAMP)
	@DIGIKOOSTE_FULL=1 $(PY) -m pytest -n 2 tests/reliability --write-reliability $(PYTEST_ARGS)

# Writes every generated page again: the JSON Schema and the configuration reference.
docs: $(STAMP)
	@$(PY) -m pipeline.config.reference docs
	@$(PY) -m pipeline.render.reference docs

# Draws the letter, every sample, light and dark, 320 and 800 px, with images off; and every page of the archive, the
# readers and the desk, light and dark, 320 and 1280 px, in all three languages (needs Chromium; two minutes).
PICTURES := var/pictures
pictures: $(STAMP)
	@$(PY) -m tests.render.pictures $(PICTURES)
	@$(PY) -m tests.web.pictures $(PICTURES)

# The Nu Html Checker, by which tests/render/test_html.py judges (needs npm; the tests need Java too).
NU := 26.9.27
checker: $(STAMP)
	@npm install --silent --no-save --no-package-lock --ignore-scripts --prefix $(VENV) vnu-jar@$(NU)

# Refreshes the pins (needs a package index). yt-dlp ages within weeks; do this monthly.
# The result names packages and hashes alone: no index, no host, and none of pip-tools' remarks.
upgrade: $(STAMP)
	@$(PY) -m piptools compile --upgrade --quiet --generate-hashes --no-build-isolation --allow-unsafe --strip-extras \
	  --no-header --no-annotate --no-emit-index-url --no-emit-find-links --no-emit-trusted-host --no-emit-options \
	  --all-extras --output-file $(VENV)/pins.txt pyproject.toml
	@grep -v -e '^#' -e '^$$' $(VENV)/pins.txt >requirements.txt
	@rm $(VENV)/pins.txt
	@$(MAKE) --no-print-directory $(STAMP)
	@$(PY) -m deploy.pins

# The stamp stands for a finished set-up. Without it, or without the Python behind it, set-up starts over;
# changed pins are installed over what is there.
$(shell test -x $(PY) || rm -f $(STAMP))

$(STAMP): requirements.txt pyproject.toml
	@$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11))' 2>/dev/null || { echo \
	  "digikooste needs Python 3.11 or newer, and $(PYTHON) is not that: install it" \
	  "(Debian: apt install python3.11 python3.11-venv), or name another one: make PYTHON=python3.12" >&2; exit 1; }
	@$(PYTHON) -c 'import ensurepip, venv' 2>/dev/null || { echo \
	  "$(PYTHON) comes without its venv module: install it (Debian: apt install python3.11-venv), then try again." >&2; exit 1; }
	@echo "Setting up $(VENV) (once; a minute or two)"
	@test -f $@ || $(PYTHON) -m venv --clear $(VENV)
	@rm -f $@
	@{ $(PIP) install --require-hashes --requirement requirements.txt \
	  && $(PIP) install --no-deps --no-build-isolation --editable .; } || { echo \
	  "The set-up did not finish; pip says why above. Once that is mended, the same command starts over." >&2; exit 1; }
	@touch $@

clean:
	@rm -rf $(VENV) .mypy_cache .ruff_cache .pytest_cache .hypothesis .coverage .coverage.*
