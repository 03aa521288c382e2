# Tallystick. `make demo` shows it, `make test` checks it, `make help` lists the rest.
# Needs Python 3.11 or later with venv, and nothing else: Node comes from a wheel where it is missing.

PYTHON ?= python3
SERVE ?= yes
PORT ?= 8000
TALLY_HOME ?= .tally

override TALLY_HOME := $(abspath $(TALLY_HOME))
export TALLY_HOME

VENV := .venv
BIN := $(CURDIR)/$(VENV)/bin
UV := $(BIN)/uv pip install --quiet --python $(BIN)/python --constraint requirements.lock
SAMPLES := $(TALLY_HOME)/samples/aws
UI_SOURCES := $(shell find ui/src ui/public ui/index.html ui/*.ts ui/package-lock.json -type f 2>/dev/null)
WEB := src/tallystick/api/web
PYTEST := $(BIN)/python -m pytest
CHECKED := src tests demo benchmarks
HELM := v3.16.4
COMPOSE_GO := v2.16.2

.DELETE_ON_ERROR:
.PHONY: help demo ui samples test test-services test-conformance test-chaos lint lint-deploy bench bench-cluster bench-rating lock clean

help:  ## this list
	@awk -F ':.*## ' '/^[a-z-]+:.*## / { printf "  make %-14s %s\n", $$1, $$2 }' $(MAKEFILE_LIST)

# ---------------------------------------------------------------------------------------------------------- to use it

demo: $(VENV)/.demo $(WEB)/index.html $(SAMPLES).made  ## sample bills in, costs out, then the web page (SERVE=no: without)
	@$(BIN)/python demo/tour.py $(SAMPLES)
ifneq ($(SERVE),no)
	@echo "\nServing http://127.0.0.1:$(PORT)/ - stop with Ctrl-C. Try also: $(VENV)/bin/tally --help"
	@exec $(BIN)/tally serve --port $(PORT)
endif

ui: $(WEB)/index.html  ## build the web page into the package

samples: $(SAMPLES).made  ## make the sample bills

# ----------------------------------------------------------------------------------------------------------- to check

test: $(VENV)/.dev  ## the tests that need no server
	@if [ -d ui/node_modules ]; then cd ui && PATH="$(BIN):$$PATH" npm run --silent test; fi
	$(PYTEST) -m "not services and not browser and not conformance" --numprocesses 2

test-services: $(VENV)/.dev $(VENV)/.services $(VENV)/.deploy $(VENV)/.chromium $(WEB)/index.html  ## the tests against real servers and a real browser
	$(PYTEST) -m "services or browser"

test-conformance: $(VENV)/.dev $(VENV)/.services  ## CloudKitty's clients and their own tests, against a server of ours
	@cd tests && $(BIN)/python -m servers.install conformance
	$(PYTEST) -m conformance
	HASHMAP_CASES=10000 $(PYTEST) -m services tests/services/test_hashmap_like_cloudkitty.py

test-chaos: $(VENV)/.dev $(VENV)/.services  ## fifty storms: servers and workers die while bills are delivered (STORMS=50)
	STORMS=$(or $(STORMS),50) $(PYTEST) -m services tests/chaos

lint: $(VENV)/.dev  ## style, types and the import contract
	$(BIN)/ruff check $(CHECKED)
	$(BIN)/ruff format --check $(CHECKED)
	$(BIN)/mypy
	MYPYPATH=src:demo $(BIN)/mypy --strict benchmarks demo
	$(BIN)/lint-imports
	@if [ -d ui/node_modules ]; then $(MAKE) --no-print-directory lint-ui; \
	else echo "The web page was not checked: make ui, then make lint."; fi

.PHONY: lint-ui
lint-ui:
	cd ui && PATH="$(BIN):$$PATH" npm run --silent lint
	cd ui && PATH="$(BIN):$$PATH" npm exec -- tsc --noEmit

lint-deploy: $(VENV)/.dev $(VENV)/.deploy  ## the compose file and the Helm chart
	$(PYTEST) tests/deploy

bench: $(VENV)/.demo  ## speed and size against a yardstick, in one run (LINES, REPEAT)
	$(BIN)/python -m benchmarks $(BENCH)

bench-cluster: $(VENV)/.dev $(VENV)/.services  ## the same of the cluster, with servers of its own
	$(BIN)/python -m benchmarks $(or $(BENCH),seam workers reports --store postgresql --clients 16 --processes 2)

bench-rating: $(VENV)/.dev $(VENV)/.services  ## hashmap, scripts, collecting and summaries, beside CloudKitty in the same run
	$(BIN)/python -m benchmarks $(or $(BENCH),rating scripts collect summary)

lock: $(VENV)/.made  ## choose the versions in requirements.lock anew
	$(BIN)/uv pip compile --quiet --upgrade pyproject.toml --universal --python-version 3.11 --all-extras \
	  --group dev --group services --group ui --group build --generate-hashes --no-annotate \
	  --custom-compile-command "make lock" --output-file requirements.lock

clean:  ## remove what make made, except TALLY_HOME
	rm -rf $(VENV) $(WEB) ui/node_modules .bench .mypy_cache .ruff_cache .pytest_cache .hypothesis .import_linter_cache

# ------------------------------------------------------------------------------------- made once, each with its stamp

$(VENV)/.made:
	@$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11))' \
	  || { echo "Tallystick needs Python 3.11 or later; PYTHON=/path/to/python says where it is."; exit 1; }
	@$(PYTHON) -c 'import venv, ensurepip' 2>/dev/null \
	  || { echo "This Python has no venv. On Debian: apt-get install python3-venv"; exit 1; }
	@echo "Making the Python environment in $(VENV)"
	@$(PYTHON) -m venv $(VENV)
	@$(BIN)/python -m pip install --quiet --disable-pip-version-check \
	  "$$(sed -n 's/^\(uv==[^ ]*\).*/\1/p' requirements.lock)"
	@touch $@

$(VENV)/.demo: $(VENV)/.made pyproject.toml requirements.lock
	@echo "Installing what Tallystick needs"
	@$(UV) --build-constraint requirements.lock --editable . --group demo
	@touch $@

$(VENV)/.dev: $(VENV)/.demo
	@echo "Installing what the tests need"
	@$(UV) --editable '.[cluster,openstack]' --build-constraint requirements.lock --group dev
	@touch $@

$(VENV)/.services: $(VENV)/.dev
	@echo "Installing the servers that the tests speak to"
	@$(UV) --group services
	@cd tests && $(BIN)/python -m servers.install
	@touch $@

$(VENV)/.deploy: $(VENV)/.made
	@if command -v go >/dev/null; then echo "Building Helm and compose-go, which check deploy/"; \
	  GOBIN=$(BIN) go install helm.sh/helm/v3/cmd/helm@$(HELM) && \
	  GOBIN=$(BIN) go install github.com/compose-spec/compose-go/v2/cmd@$(COMPOSE_GO) && mv $(BIN)/cmd $(BIN)/compose-go; \
	else echo "Helm chart and compose file are checked in part only: there is no Go."; fi
	@touch $@

$(VENV)/.node: $(VENV)/.made
	@if node -e 'const [a, b] = process.versions.node.split(".").map(Number); process.exit(a > 20 || (a == 20 && b >= 19) ? 0 : 1)' \
	  2>/dev/null && npm --version >/dev/null 2>&1; then :; \
	else echo "Installing Node from a wheel"; $(UV) --group ui; fi
	@touch $@

$(VENV)/.chromium: $(VENV)/.made
	@if ! command -v chromium >/dev/null; then \
	  if [ "$$(id -u)" = 0 ] && command -v apt-get >/dev/null; then \
	    echo "Installing Chromium"; apt-get update -qq && DEBIAN_FRONTEND=noninteractive apt-get install -qq -y \
	      --no-install-recommends chromium fonts-dejavu-core >/dev/null; \
	  else echo "The browser tests need Chromium. On Debian: apt-get install chromium"; exit 1; fi; fi
	@touch $@

ui/node_modules/.made: ui/package.json ui/package-lock.json $(VENV)/.node
	@echo "Installing what the web page is built with"
	@cd ui && PATH="$(BIN):$$PATH" npm ci --no-audit --no-fund >$(BIN)/../ui.log 2>&1 || { cat $(BIN)/../ui.log; exit 1; }
	@touch $@

$(WEB)/index.html: ui/node_modules/.made $(UI_SOURCES)
	@echo "Building the web page"
	@cd ui && PATH="$(BIN):$$PATH" npm run build >$(BIN)/../ui.log 2>&1 || { cat $(BIN)/../ui.log; exit 1; }
	@touch $@

$(SAMPLES).made: $(VENV)/.demo demo/company.py demo/bills.py
	@$(BIN)/python demo/make_samples.py $(SAMPLES)
	@touch $@
