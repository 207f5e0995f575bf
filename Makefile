# `make` lists the targets. Nothing needs to be set up first: the first target that needs .venv makes it.

.DEFAULT_GOAL := help
MAKEFLAGS += --no-print-directory
STAGE ?= dev
ARGS ?=

# The first Python that is new enough, preferring one that can make virtual environments (Debian splits that off).
PYTHON ?= $(shell for needs in sys,ensurepip sys; do \
	for python in python3.11 python3.12 python3.13 python3 python3.14; do \
	$$python -c "import $$needs; sys.exit(sys.version_info < (3, 11))" && echo $$python && exit; \
	done; done 2>/dev/null)

READY := .venv/.ready
COMMAND := .venv/bin/leak-responder
PIP := .venv/bin/python -m pip -qq --disable-pip-version-check --no-input

.PHONY: help setup drill test check lint types imports fresh package deploy bench bench-peers docs clean

help: ## List these targets
	@awk -F ':.*## ' '/^[a-z-]+:.*## / { printf "  make %-12s %s\n", $$1, $$2 }' $(MAKEFILE_LIST)

setup: $(READY) ## Build .venv, with the command at .venv/bin/leak-responder; every other target does this by itself

drill: $(READY) ## Leak a key on an embedded AWS and watch the response; ARGS=--json prints the facts alone
	@$(COMMAND) drill $(ARGS)

test: $(READY) ## Run every test, or ARGS="tests/test_playbook.py -k root"
	@.venv/bin/pytest $(ARGS)

check: lint types imports fresh test ## Everything that must pass before a change lands

lint: $(READY) ## Check style and formatting
	@.venv/bin/ruff check
	@.venv/bin/ruff format --check

types: $(READY) ## Check types
	@.venv/bin/mypy

imports: $(READY) ## Check that imports point one way
	@.venv/bin/lint-imports --no-logo

fresh: $(READY) ## Check that generated policies and catalogues are what the code says
	@$(COMMAND) generate --check

package: $(READY) ## Build the zip and the CloudFormation template; STAGE=prod for production
	@$(COMMAND) package --stage $(STAGE)

deploy: $(READY) ## Package and deploy to the AWS account of your credentials; STAGE=prod for production
	@$(COMMAND) deploy --stage $(STAGE)

bench: $(READY) ## Measure the response against its floor
	@.venv/bin/python -m bench $(ARGS)

bench-peers: $(READY) ## Measure the same leak handled by Cloud Custodian, side by side
	@.venv/bin/python -m bench.peers $(ARGS)

docs: $(READY) ## Write the generated policies and catalogues again
	@$(COMMAND) generate

clean: ## Remove .venv and everything else that make has made
	@rm -rf .venv build .drill .hypothesis .import_linter_cache .mypy_cache .pytest_cache .ruff_cache *.egg-info
	@find . -name __pycache__ -type d -prune -exec rm -rf {} +

# Progress goes to stderr: stdout belongs to the target that was asked for. The stamp is written last, so that an
# interrupted setup is taken up again.
$(READY): requirements-dev.lock pyproject.toml
	@test -n "$(PYTHON)" || { echo "Leak Responder needs Python 3.11 or newer and found none. \
	Install one, or name it: make setup PYTHON=/path/to/python3.12" >&2; exit 1; }
	@$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11))' || { \
	echo "Leak Responder needs Python 3.11 or newer; $(PYTHON) is not." >&2; exit 1; }
	@$(PYTHON) -c 'import ensurepip' 2>/dev/null || { echo "$(PYTHON) cannot make virtual environments: its ensurepip \
	module is missing. On Debian and Ubuntu: apt install python3-venv. Then run make again." >&2; exit 1; }
	@echo "Setting up .venv with $$($(PYTHON) --version): once, about a minute…" >&2
	@test -x .venv/bin/pip || $(PYTHON) -m venv .venv >&2
	@$(PIP) install --require-hashes --only-binary :all: --requirement requirements-dev.lock >&2
	@$(PIP) install --no-deps --no-build-isolation --editable . >&2
	@touch $@
