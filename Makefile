# make populate | test | down | status | clean   (INVENTORY=inventories/staging, PYTHON=python3.12, ARGS='--check --diff')
SHELL := /bin/bash
INVENTORY ?= inventories/sandbox
ARGS ?=
# without PYTHON an existing .venv is kept, whatever it was made with
PYTHON ?=
UV := uv==$(shell sed -n 's/^uv==//p' requirements.txt)
READY := .venv/.ready$(if $(PYTHON),-$(notdir $(PYTHON)))
BIN := .venv/bin
export PYTHONPYCACHEPREFIX :=
export PIP_DISABLE_PIP_VERSION_CHECK := 1

.PHONY: help setup populate test down up status lock clean
help:
	@sed -n 's/^# make/make/p' Makefile

setup: $(READY)

$(READY): requirements.txt
	@"$(or $(PYTHON),python3)" -c 'import sys; sys.version_info >= (3, 11) or sys.exit("Python 3.11 or newer is needed, not " + sys.version.split()[0] + ": make PYTHON=python3.12 ...")'
	"$(or $(PYTHON),python3)" -m venv --clear .venv
	$(BIN)/python -m pip install --quiet "$(UV)"
	$(BIN)/python -m uv pip install --quiet --python $(BIN)/python -r requirements.txt
	@collections="$$($(BIN)/python -c 'import sysconfig; print(sysconfig.get_path("purelib"))')/ansible_collections" \
	  && mkdir -p "$$collections/climate" && ln -sfn "$$PWD" "$$collections/climate/ingest"
	@touch .venv/.ready "$@"

up: $(READY)
	@$(BIN)/python -m sandbox up

down: $(READY)
	@$(BIN)/python -m sandbox down

lock: $(READY)
	$(BIN)/python -m uv pip compile --quiet --universal --python-version 3.11 --custom-compile-command 'make lock' requirements.in -o requirements.txt

clean: down
	rm -rf .venv .sandbox .cache build
