# Two commands do everything on a machine with Python 3.11 or newer and make: "make demo", "make test".

# Hundreds of processes are begun: what is compiled once is compiled for all.
unexport PYTHONDONTWRITEBYTECODE

PYTHON ?= python3
VENV   := .venv
BIN    := $(VENV)/bin
DIST   := dist
# The maintainers' key: openssl genpkey -algorithm ed25519 -out release.key
RELEASE_KEY ?=

.PHONY: demo test check style pages laws docs sbom release lock bench mutants campaign clean

demo: $(VENV)/.runtime ## a whole federation, offline, in under a minute
	$(BIN)/fedcli demo

test: $(VENV)/.dev ## all tests, and which took longest
	$(BIN)/python -m compileall -q src
	$(BIN)/python -m pytest -n auto --dist worksteal --durations 20 --durations-min 5

check: $(VENV)/.dev ## style, types, rooms, generated pages and schemas
	$(MAKE) --no-print-directory --jobs 2 style pages

style: $(VENV)/.dev
	$(BIN)/ruff format --check src tests bench sample_data
	$(BIN)/ruff check src tests bench sample_data
	$(BIN)/mypy
	$(BIN)/lint-imports --no-cache
	$(BIN)/python -m tests.spec --check
	$(BIN)/python sample_data/make.py --check

pages: $(VENV)/.dev
	$(BIN)/python -m compileall -q src
	$(BIN)/python -m tests.pages --check

docs: $(VENV)/.dev ## write the generated pages and schemas anew
	$(BIN)/python -m tests.pages
	$(BIN)/python -m tests.spec

bench: $(VENV)/.dev ## timings, as ratios measured side by side
	$(BIN)/python -m bench
	$(BIN)/python -m bench.models
	$(BIN)/python -m bench.survival || test $$? -eq 2
	$(BIN)/python -m bench.training
	$(BIN)/python -m bench.peers || test $$? -eq 2
	$(BIN)/python -m bench.flamby
	$(BIN)/python -m bench.descriptive
	$(BIN)/python -m bench.gate
	$(BIN)/python -m bench.privacy

mutants: $(VENV)/.dev ## every mutant, of which "make test" runs a sample
	FEDCLI_MUTANTS=all $(BIN)/python -m pytest tests/test_mutants.py -n auto --dist worksteal

laws: $(VENV)/.dev ## the laws with many examples, of which "make test" tries a few
	FEDCLI_LAW_EXAMPLES=100 $(BIN)/python -m pytest tests/laws -n auto --dist worksteal

campaign: mutants laws ## long runs: all of what the tests do a sample of
	$(BIN)/python -m tests.campaign

sbom: $(VENV)/.runtime ## the bill of materials of what is installed here: dist/sbom.cdx.json
	mkdir -p $(DIST)
	$(BIN)/python -c "import sys; from fedcli.workflows.sbom import sbom; sys.stdout.buffer.write(sbom())" \
	  > $(DIST)/sbom.cdx.json

# What is built depends on the commit alone: the archives have its time, and nothing that is not in it.
release: sbom ## what is published, signed with RELEASE_KEY: wheel, source, locks, bill of materials, SHA256SUMS
	@test -f "$(RELEASE_KEY)" || { echo "name the key that signs: make release RELEASE_KEY=FILE" >&2; exit 2; }
	@test -z "$$(git status --porcelain)" || { echo "commit first: a release is of a commit" >&2; exit 2; }
	rm -rf $(DIST)/release && mkdir $(DIST)/release
	SOURCE_DATE_EPOCH=$$(git log -1 --format=%ct) $(BIN)/python -m hatchling build -d $(DIST)/release
	cp requirements.lock requirements-exchange.lock $(DIST)/sbom.cdx.json $(DIST)/release
	cd $(DIST)/release && sha256sum * > SHA256SUMS
	openssl pkeyutl -sign -rawin -inkey "$(RELEASE_KEY)" -in $(DIST)/release/SHA256SUMS \
	  -out $(DIST)/release/SHA256SUMS.sig

lock: ## resolve the dependencies anew (needs uv)
	uv pip compile pyproject.toml --group build --universal --python-version 3.11 --generate-hashes \
	  --no-emit-index-url --no-emit-find-links --no-header --no-annotate -o requirements.lock
	uv pip compile pyproject.toml --extra sftp --extra s3 --group build --universal --python-version 3.11 --generate-hashes \
	  --no-emit-index-url --no-emit-find-links --no-header --no-annotate -o requirements-exchange.lock
	uv pip compile pyproject.toml --extra sftp --extra s3 --group build --group dev --universal --python-version 3.11 --generate-hashes \
	  --no-emit-index-url --no-emit-find-links --no-header --no-annotate -o requirements-dev.lock

clean:
	rm -rf $(VENV) .mypy_cache .ruff_cache .pytest_cache .hypothesis .import_linter_cache

$(BIN)/python:
	$(PYTHON) -m venv $(VENV)

$(VENV)/.runtime: requirements.lock pyproject.toml | $(BIN)/python
	test -e $(VENV)/.dev || $(BIN)/python -m pip install --quiet --require-hashes -r requirements.lock
	$(BIN)/python -m pip install --quiet --no-deps --no-build-isolation --editable .
	touch $@

$(VENV)/.dev: requirements-dev.lock pyproject.toml | $(BIN)/python
	$(BIN)/python -m pip install --quiet --require-hashes -r requirements-dev.lock
	$(BIN)/python -m pip install --quiet --no-deps --no-build-isolation --editable .
	touch $@
