# Every target sets up .venv by itself: a bare machine with Python 3.11 (venv, pip), git and make is enough.
PYTHON ?= python3
BIN := .venv/bin
ARGS ?=
COMPILE = $(BIN)/uv pip compile --quiet --universal --python-version 3.11 --generate-hashes --no-header --no-emit-index-url --no-annotate

.PHONY: demo test bench chaos cluster check format lock clean

.venv/ready: requirements.lock pyproject.toml
	@$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11))' || { echo "Python 3.11 or newer is needed; name one with make PYTHON=/path/to/python"; exit 2; }
	@echo "Setting up .venv (once; about a minute on an idle machine) ..."
	@$(PYTHON) -m venv --clear .venv
	@$(BIN)/pip install --disable-pip-version-check --require-hashes -r requirements.lock
	@$(BIN)/pip install --quiet --disable-pip-version-check --no-deps --no-build-isolation -e .
	@touch $@

demo: .venv/ready  ## the whole handoff, simulated: make demo ARGS="--cases 20 --exit"
	@$(BIN)/handoff demo $(ARGS)

test: .venv/ready  ## every test, on real Kafka, Temporal and PostgreSQL: make test ARGS="-k consent"
	@$(BIN)/pytest --numprocesses 3 --dist loadfile --no-loadscope-reorder $(ARGS)

bench: .venv/ready  ## what a case costs, beside the least it could; half an hour, nothing else running: make bench ARGS=--quick
	@$(BIN)/python -m tests.benchmarks $(ARGS)

cluster: .venv/ready  ## the journeys on Temporal's real server on PostgreSQL: make cluster ARGS="tests/journeys/test_whole_handoff.py"
	@nice -n 10 $(BIN)/python -m tests.cluster $(ARGS)

chaos: .venv/ready  ## hospitals publish while everything goes wrong: make chaos ARGS="--seeds 100"
	@$(BIN)/python -m tests.chaos $(ARGS)

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
