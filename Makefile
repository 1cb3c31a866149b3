# Every target sets up .venv by itself: a bare machine with Python 3.11 (venv, pip), git and make is enough.
PYTHON ?= python3
# Where an image sets it, each of the hundreds of processes that the tests start would compile this project again.
unexport PYTHONDONTWRITEBYTECODE
BIN := .venv/bin
ARGS ?=
COMPILE = $(BIN)/uv pip compile --quiet --universal --python-version 3.11 --generate-hashes --no-header --no-emit-index-url --no-annotate

PACKAGES = $(shell grep -c == requirements.lock)
SHELL := bash
.SHELLFLAGS := -o pipefail -c
define PIP_FAILED
tail -n 12 .venv/pip.log >&2; \
if grep -q CERTIFICATE_VERIFY_FAILED .venv/pip.log; then \
	echo "A proxy reads TLS here, and pip does not know its certificate. Where this machine does: PIP_CERT=/etc/ssl/certs/ca-certificates.crt make ...; else name the proxy's own file so." >&2; \
elif grep -q 'No matching distribution' .venv/pip.log; then \
	echo "A package is not there for this Python or machine, or no registry is within reach. Linux (glibc, x86-64 or aarch64) with Python 3.11 to 3.14 has them all: make PYTHON=/path/to/python" >&2; fi; \
echo "Set-up failed: pip could not install what requirements.lock names (.venv/pip.log has all of it). Run it again once that is mended." >&2
endef

.PHONY: demo test bench chaos simulate cluster check format lock clean

# Says what it does; pip's own lines are kept in .venv/pip.log, and shown where it fails.
.venv/ready: requirements.lock pyproject.toml
	@$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11))' || { echo "Python 3.11 or newer is needed; name one with make PYTHON=/path/to/python"; exit 2; }
	@echo "set-up, once, about a minute: 1 of 3, .venv for $$($(PYTHON) --version)"
	@$(PYTHON) -m venv --clear .venv
	@echo "set-up: 2 of 3, $(PACKAGES) packages, checked by hash"
	@$(BIN)/pip install --disable-pip-version-check --no-color --progress-bar off --require-hashes -r requirements.lock 2>&1 \
		| tee .venv/pip.log | awk '/^Collecting/ && ++n % 20 == 0 { print "  " n " fetched"; fflush() }' || { $(PIP_FAILED); exit 2; }
	@echo "set-up: 3 of 3, this project"
	@$(BIN)/pip install --quiet --disable-pip-version-check --no-deps --no-build-isolation -e . 2>&1 | tee -a .venv/pip.log || { $(PIP_FAILED); exit 2; }
	@touch $@

demo: .venv/ready  ## the whole handoff, simulated: make demo ARGS="--cases 20 --exit"
	@$(BIN)/handoff demo $(ARGS)

test: .venv/ready  ## every test, on real Kafka, Temporal and PostgreSQL: make test ARGS="-k consent"
	@$(BIN)/pytest --numprocesses 3 --dist loadfile --no-loadscope-reorder $(ARGS)

bench: .venv/ready  ## what a case costs, compared with the least it could cost; half an hour, nothing else running: make bench ARGS=--quick
	@$(BIN)/python -m tests.benchmarks $(ARGS)

cluster: .venv/ready  ## the journeys on Temporal's real server on PostgreSQL: make cluster ARGS="tests/journeys/test_whole_handoff.py"
	@nice -n 10 $(BIN)/python -m tests.cluster $(ARGS)

chaos: .venv/ready  ## hospitals publish while everything goes wrong: make chaos ARGS="--seeds 100"
	@$(BIN)/python -m tests.chaos $(ARGS)

simulate: .venv/ready  ## lives of three cases without a server, by the thousand: make simulate ARGS="--minutes 20"
	@$(BIN)/python -m tests.lives.simulate $(ARGS)

check: .venv/ready  ## formatting, lint, types, import directions
	@$(BIN)/ruff format --check --quiet .
	@$(BIN)/ruff check --quiet .
	@$(BIN)/mypy
	@$(BIN)/lint-imports

format: .venv/ready  ## let ruff format and mend what it can
	@$(BIN)/ruff format .
	@$(BIN)/ruff check --fix .

lock: .venv/ready  ## renew requirements.lock from pyproject.toml, and from it the image's two
	@$(COMPILE) --extra embedded --extra dev pyproject.toml -o requirements.lock
	@$(COMPILE) -c requirements.lock pyproject.toml -o docker/requirements.lock
	@echo hatchling | $(COMPILE) -c requirements.lock - -o docker/build.lock

clean:
	rm -rf .venv
