# Everything runs in .venv, made on first use. PYTHON names the interpreter to make it with (3.11 or newer).
PYTHON ?= python3
VENV   := .venv
BIN    := $(VENV)/bin

# make demo DEMO_FILE=applications.csv.gz takes your file instead of a generated one
DEMO              ?= demo
DEMO_FILE         ?=
DEMO_APPLICATIONS ?= 20000

.PHONY: setup demo test check wheel quality anomaly bench lock clean

setup: $(VENV)/.ready  ## make .venv, so that .venv/bin/graphfraud runs

$(VENV)/.ready: requirements.lock pyproject.toml
	$(PYTHON) -m venv $(VENV)
	$(BIN)/python -m pip install --quiet --disable-pip-version-check --requirement requirements.lock
	$(BIN)/python -m pip install --quiet --disable-pip-version-check --no-deps --no-build-isolation --editable .
	touch $@

demo: setup  ## a file, the embedded engine, a scan, the top rings
	@BIN=$(BIN) DEMO=$(DEMO) DEMO_FILE="$(DEMO_FILE)" DEMO_APPLICATIONS=$(DEMO_APPLICATIONS) sh bench/demo.sh

test: setup  ## the whole suite on all cores, on Neo4j too where Java and Maven are there
	$(BIN)/python -m pytest --numprocesses auto --dist loadfile --no-loadscope-reorder

check: setup  ## style, types, and who may import whom
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .
	$(BIN)/mypy
	$(BIN)/lint-imports

wheel: setup  ## build the wheel and prove it in an empty environment outside the checkout
	PYTHON=$(PYTHON) BIN=$(BIN) sh tests/wheel.sh

quality: setup  ## detection quality beside the baselines; writes docs/quality.md
	$(BIN)/python bench/quality.py

anomaly: setup  ## evidence, each detector and what is said in the end, side by side; fails where the end is worse than a part
	$(BIN)/python -m bench.anomaly

bench: setup  ## speed and memory, ratios in one run
	$(BIN)/python -m bench.detection
	$(BIN)/python -m bench.projection
	$(BIN)/python bench/load.py --times 10
	$(BIN)/python bench/generate.py
	$(BIN)/python -m bench.checks
	$(BIN)/python -m bench.live
	$(BIN)/python -m bench.kill_checks
	$(BIN)/python -m bench.same_keys
	$(BIN)/python bench/scoring.py
	$(BIN)/python bench/state.py

lock: setup  ## pin the newest versions that fit pyproject.toml (needs uv)
	uv pip compile --quiet --universal --python-version 3.11 --all-extras --no-emit-index-url --no-emit-find-links \
	  --no-header pyproject.toml --output-file requirements.lock

clean:  ## remove what was made, but not your data
	rm -rf $(VENV) dist build .mypy_cache .ruff_cache .pytest_cache .import_linter_cache
	rm -rf $(addprefix $(DEMO)/,world export report application.json)
	rmdir $(DEMO) 2>/dev/null || true
