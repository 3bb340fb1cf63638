# make populate     populate the database: on this machine, or with
#                   INVENTORY=inventories/staging (ARGS='--check --diff')
# make status       show the run and write its report; reads only
# make up           start the sandbox, an AWS account on this machine
# make down         stop it
# make setup        install what all the others need, into .venv
#
# make test         every check and test, as CI runs them
# make lint         style, types, imports between packages, documentation
# make unit         unit tests only
# make integration  playbooks against sandboxes of their own only
# make sanity       ansible-test's sanity tests
# make artefact     build the collection, install it into an empty environment,
#                   and use it there
# make molecule     all role scenarios; make molecule-quick: the quick ones
#
# make crash-sweep  kill a run at each call that changes something, and run
#                   it again; writes docs/crash-sweep.md (half an hour)
# make fault-sweep  let each operation of a run meet each fault of AWS and the
#                   network; writes docs/fault-sweep.md (40 minutes)
# make soak         one run that meets everything at random; writes
#                   docs/soak.md (10 minutes)
#
# make sample       write the sample report in docs/ from a run in a sandbox
# make cast         record the terminal of make populate for the README
# make test-versions  test the oldest and newest supported versions on each
#                   Python (ARGS=--write: and write README.md's table)
# make docs         build the documentation site in build/docs/html
# make release      write CHANGELOG.rst for the version of galaxy.yml, and
#                   build the artefact
# make prices       update the prices from AWS's list (needs credentials)
# make lock         upgrade the versions in requirements-dev.txt
# make clean        remove what make created
#
# PYTHON=python3.12 chooses the interpreter; an existing .venv keeps its own.
SHELL := /bin/bash
INVENTORY ?= inventories/sandbox
# these have sandboxes of their own
OWN := $(strip $(foreach name,production tiles,$(if $(findstring inventories/sandbox-$(name),$(INVENTORY)),$(name))))
STATE := $(if $(OWN),--state-dir .sandbox-$(OWN))
# jobs that take long enough for the drain to be watched
UP := $(STATE) $(if $(OWN),--$(OWN),--job-seconds 0.8)
ARGS ?=
PYTHON ?=
READY := .venv/.ready$(if $(PYTHON),-$(notdir $(PYTHON)))
BIN := .venv/bin
PYTEST := $(BIN)/pytest -q -n 3 --dist loadfile
export PIP_DISABLE_PIP_VERSION_CHECK := 1
# ansible does not flush what it prints into a pipe or file: a CI log would show a wait when it is over
export PYTHONUNBUFFERED := 1
# else every process compiles what it imports anew
unexport PYTHONDONTWRITEBYTECODE

.PHONY: help setup populate test lint unit integration artefact crash-sweep fault-sweep soak sanity molecule molecule-quick test-versions docs release up down status sample cast prices lock clean

help:
	@sed -n '/^#/!q; s/^# \{0,1\}//p' Makefile

setup: $(READY)

$(READY): requirements-dev.txt
	@"$(or $(PYTHON),python3)" -c 'import sys; sys.version_info >= (3, 11) or sys.exit("Python 3.11 or newer is needed, not " + sys.version.split()[0] + ": make PYTHON=python3.12 ...")'
	@echo "Setting up .venv, once (half a minute with a quick network):"; echo "  a Python environment ..."
	@"$(or $(PYTHON),python3)" -m venv --clear .venv
	@echo "  the packages of requirements-dev.txt ..."
	@$(BIN)/python -m pip install --quiet "$$(sed -n '/^uv==/p' requirements-dev.txt)"
	@# uv takes seconds; pip takes a minute and knows this machine's own index, proxy and certificates
	@$(BIN)/python -m uv pip install --quiet --system-certs --python $(BIN)/python -r requirements-dev.txt \
	  || $(BIN)/python -m pip install --quiet -r requirements-dev.txt
	@# uv leaves that to the first run, which takes twice as long then (for ever, with PYTHONDONTWRITEBYTECODE)
	@echo "  compiled code ..."
	@site="$$($(BIN)/python -c 'import sysconfig; print(sysconfig.get_path("purelib"))')" && $(BIN)/python -m compileall -q -j 0 \
	  "$$site"/{ansible,boto3,botocore,cryptography,dateutil,jinja2,jmespath,markupsafe,packaging,s3transfer,urllib3,yaml}
	@site="$$($(BIN)/python -c 'import sysconfig; print(sysconfig.get_path("purelib"))')" && cd .venv \
	  && mkdir -p collections/ansible_collections/climate dependencies/ansible_collections/{amazon,community} \
	  && ln -sfn "$(CURDIR)" collections/ansible_collections/climate/ingest \
	  && for name in amazon community; do ln -sfn "$$site/ansible_collections/$$name/aws" dependencies/ansible_collections/$$name/aws; done \
	  && echo ../../../collections > "$$site/climate-ingest.pth"
	@# building the charts' scripts takes five seconds, which the first report would wait for
	@echo "  the scripts of the charts ..."
	@$(BIN)/python -c 'from ansible_collections.climate.ingest.plugins.module_utils.report.script import library; library()'
	@touch .venv/.ready "$@"

populate: $(READY)
	@$(if $(findstring inventories/sandbox,$(INVENTORY)),$(BIN)/python -m sandbox up $(UP))
	@$(BIN)/ansible-playbook -i "$(INVENTORY)" playbooks/populate.yml $(ARGS)

# of the tests the long ones first, for the short ones to fill the cores to the end
test: $(READY)
	$(MAKE) --no-print-directory -j 2 --output-sync=target lint sanity molecule-quick
	$(PYTEST) --no-loadscope-reorder tests/integration tests/unit

lint: export PATH := $(CURDIR)/$(BIN):$(PATH)
lint: $(READY)
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .
	$(BIN)/yamllint --strict .
	PYTHONPATH=plugins $(BIN)/lint-imports --no-logo --cache-dir .cache/import-linter
	MYPYPATH=.venv/collections:. $(BIN)/mypy -p ansible_collections.climate.ingest.plugins -p sandbox
	$(BIN)/ansible-lint
	$(BIN)/antsibull-changelog lint
	@# without the hundred other collections that ansible brings, whose documentation takes it minutes to read
	ANSIBLE_COLLECTIONS_SCAN_SYS_PATH=false ANSIBLE_COLLECTIONS_PATH=.venv/dependencies \
	  $(BIN)/antsibull-docs lint-collection-docs --plugin-docs --validate-collection-refs all .

unit: $(READY)
	$(PYTEST) tests/unit

integration: $(READY)
	$(PYTEST) tests/integration

artefact: $(READY)
	$(PYTEST) tests/unit/test_packaging.py tests/integration/artefact

crash-sweep: $(READY)
	$(BIN)/python -m tests.crash_sweep --output docs/crash-sweep.md --keep-log reports/crash-sweep $(ARGS)

fault-sweep: $(READY)
	$(BIN)/python -m tests.fault_sweep --output docs/fault-sweep.md --keep-log reports/fault-sweep $(ARGS)

soak: $(READY)
	$(BIN)/python -m tests.soak --output docs/soak.md --keep-log reports/soak.log $(ARGS)

sanity: $(READY)
	$(BIN)/python tests/sanity.py

molecule: $(READY)
	$(BIN)/python tests/molecule.py

molecule-quick: $(READY)
	$(BIN)/python tests/molecule.py --quick

test-versions: $(READY)
	$(BIN)/python -m tools.supported_versions $(ARGS)

docs: $(READY)
	$(BIN)/python -m tools.docs_site

# until its version is tagged, a release can be made again: fragments that were added since join those of changelogs/changelog.yaml
release: export PATH := $(CURDIR)/$(BIN):$(PATH)
release: $(READY)
	@test -z "$$(git status --porcelain)" || { echo "commit first: a release is made from a clean checkout"; exit 1; }
	@version="$$(sed -n 's/^version: //p' galaxy.yml)"; ! git rev-parse --quiet --verify "refs/tags/$$version" > /dev/null \
	  || { echo "$$version is released: set the next version in galaxy.yml"; exit 1; }
	$(BIN)/antsibull-changelog lint
	$(BIN)/antsibull-changelog release --update-existing $(ARGS)
	$(BIN)/ansible-galaxy collection build --force --output-path build .
	@echo "Look at CHANGELOG.rst, commit it, tag the commit with the version, and publish the artefact in build/."

up: $(READY)
	@$(BIN)/python -m sandbox up $(UP)

down: $(READY)
	@$(BIN)/python -m sandbox down $(STATE)

status: $(READY)
	@$(BIN)/ansible-playbook -i "$(INVENTORY)" playbooks/status.yml $(ARGS)

sample: $(READY)
	$(BIN)/python -m tools.sample_report

cast: $(READY)
	@$(BIN)/python -m tools.cast

prices: $(READY)
	$(BIN)/python -m tools.refresh_prices $(ARGS)

lock: $(READY)
	$(BIN)/python -m uv pip compile --quiet --upgrade --universal --python-version 3.11 \
	  --custom-compile-command 'make lock' requirements-dev.in -o requirements-dev.txt

clean: down
	rm -rf .venv .sandbox .cache build
