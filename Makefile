# make lab    set up, and open JupyterLab with the examples
# make test   set up, and run every test: Python, TypeScript, real browser
# make lint   ruff, mypy, import-linter, ESLint, prettier, tsc
# make bench  the benchmarks, each a small table
# make types  generate the TypeScript types of the protocol

PYTHON ?= python3
VENV := .venv
BIN := $(CURDIR)/$(VENV)/bin
LAB := labextension
PORT ?= 8888
# More options of jupyter lab, as in `make lab LAB_ARGS="--no-browser"`; a port among them is the one that counts.
LAB_ARGS ?=
LAB_PORT = $(if $(filter --port --port=% --ServerApp.port=%,$(LAB_ARGS)),,--port=$(PORT))
# How many tests run at a time.
JOBS ?= 2
# Each has a browser, a server and kernels, which two processors are busy with.
UI_JOBS ?= 2

export PATH := $(BIN):$(PATH)

.PHONY: lab test lint lint-python lint-labextension bench types setup test-python test-ts test-ui browser format clean

lab: .stamps/lab
	@$(BIN)/jupyter lab --ServerApp.root_dir=examples $(LAB_PORT) $(LAB_ARGS) --LabApp.default_url=/lab/tree/Tour.ipynb

test: setup browser test-python test-ts test-ui

setup: .stamps/lab .stamps/dev

# The virtual environment, with the package installed for use; building it builds the labextension.
$(VENV)/pyvenv.cfg:
	@$(PYTHON) scripts/check_requirements.py
	@echo "Setting up in $(VENV): one or two minutes, once."
	@$(PYTHON) -m venv $(VENV)
	@$(BIN)/python -m pip install --quiet --upgrade pip

.stamps/lab: $(VENV)/pyvenv.cfg pyproject.toml .stamps/labextension
	@echo "  Townie and what the examples need ..."
	@$(BIN)/python -m pip install --quiet --editable ".[openai,keyring,examples]"
	@mkdir -p $(VENV)/share/jupyter/lab/settings
	@echo '{"@jupyterlab/apputils-extension:notification": {"fetchNews": "false"}}' > $(VENV)/share/jupyter/lab/settings/overrides.json
	@mkdir -p .stamps && touch $@

.stamps/dev: .stamps/lab
	$(BIN)/python -m pip install --quiet --editable ".[test,lint]"
	@touch $@

.stamps/node: $(VENV)/pyvenv.cfg $(LAB)/package.json $(LAB)/yarn.lock
	@echo "  JupyterLab ..."
	@$(BIN)/python -m pip install --quiet "jupyter-builder>=1.2" "jupyterlab>=4.4,<5"
	@echo "  The packages of the extension ..."
	@mkdir -p .stamps
	@cd $(LAB) && jlpm install --immutable > $(CURDIR)/.stamps/install.log 2>&1 || { cat $(CURDIR)/.stamps/install.log; exit 1; }
	@touch $@

.stamps/labextension: .stamps/node $(shell find $(LAB)/src $(LAB)/style $(LAB)/schema -type f 2>/dev/null)
	@echo "  The extension ..."
	@cd $(LAB) && jlpm build:prod > $(CURDIR)/.stamps/build.log 2>&1 || { cat $(CURDIR)/.stamps/build.log; exit 1; }
	@touch $@

test-python: setup
	$(BIN)/python -m pytest -n $(JOBS) --dist loadfile tests --ignore=tests/ui

test-ts: setup
	cd $(LAB) && jlpm test

test-ui: setup browser
	$(BIN)/python -m pytest -n $(UI_JOBS) --dist loadfile tests/ui

browser: .stamps/dev
	$(BIN)/python scripts/ensure_browser.py

lint: lint-python lint-labextension

lint-python: setup types-check
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .
	$(BIN)/mypy
	$(BIN)/lint-imports

lint-labextension: setup types-check
	cd $(LAB) && jlpm lint:check
	cd $(LAB) && jlpm tsc --noEmit

types: setup
	$(BIN)/python scripts/generate_types.py $(LAB)/protocol.schema.json
	cd $(LAB) && jlpm types

# Beside the types, which a new date would make the extension be built for again.
.PHONY: types-check
types-check: setup
	$(BIN)/python scripts/generate_types.py .stamps/protocol.schema.json
	cd $(LAB) && jlpm json2ts --input ../.stamps/protocol.schema.json --output ../.stamps/protocol.ts
	diff -u $(LAB)/src/protocol.ts .stamps/protocol.ts

format: setup
	$(BIN)/ruff check --fix .
	$(BIN)/ruff format .
	cd $(LAB) && jlpm lint

bench: setup browser
	-$(BIN)/python -m pip install --quiet --editable ".[bench]"
	$(BIN)/python benchmarks/startup.py
	$(BIN)/python benchmarks/chat.py
	$(BIN)/python benchmarks/context.py
	$(BIN)/python benchmarks/edits.py --changes 20
	$(BIN)/python benchmarks/review.py --rounds 1
	$(BIN)/python benchmarks/tokens.py
	$(BIN)/python benchmarks/fixes.py
	$(BIN)/python benchmarks/repair.py
	$(BIN)/python benchmarks/slice.py
	$(BIN)/python benchmarks/apps.py
	$(BIN)/python benchmarks/fuzz_edits.py

clean:
	rm -rf $(VENV) .stamps $(LAB)/node_modules $(LAB)/lib $(LAB)/tsconfig.tsbuildinfo jupyter_townie/labextension
