PY := .venv/bin/python
PYTHON ?= python3

.PHONY: setup demo test lint bench lock clean

setup: .venv/.done

.venv/.done: requirements/dev.txt pyproject.toml
	$(PYTHON) -c 'import sys; sys.exit("Licet needs Python 3.11 to 3.13") if not (3, 11) <= sys.version_info[:2] <= (3, 13) else None'
	test -x $(PY) || $(PYTHON) -m venv .venv
	$(PY) -m pip install --quiet --disable-pip-version-check --require-hashes -r requirements/dev.txt
	$(PY) -m pip install --quiet --disable-pip-version-check --no-deps --no-build-isolation -e .
	touch $@

demo: setup
	.venv/bin/licet demo

test: setup
	$(PY) -m pytest -n 2 --dist loadfile
	$(PY) tests/postgresql.py -n 2 --dist loadfile tests/test_migrations.py tests/ledger tests/access tests/sites tests/vault/test_seal.py tests/vault/test_permit.py tests/estate tests/register tests/search tests/authorization tests/advisories tests/alerts tests/renewals tests/audits tests/compliance tests/sweep tests/upkeep/test_backup.py tests/doctor/test_device_causes.py tests/doctor/test_bundle_of_an_estate.py

lint: setup
	.venv/bin/ruff check .
	.venv/bin/ruff format --check .
	.venv/bin/mypy
	.venv/bin/lint-imports

bench: setup
	$(PY) -m benchmarks

lock:
	$(PYTHON) -m pip install --quiet uv
	$(PYTHON) -m uv pip compile --universal --python-version 3.11 --generate-hashes --no-header requirements/run.in -o requirements/run.txt
	$(PYTHON) -m uv pip compile --universal --python-version 3.11 --generate-hashes --no-header requirements/vault.in -o requirements/vault.txt
	$(PYTHON) -m uv pip compile --universal --python-version 3.11 --generate-hashes --no-header requirements/timestamp.in -o requirements/timestamp.txt
	$(PYTHON) -m uv pip compile --universal --python-version 3.11 --generate-hashes --no-header requirements/dev.in -o requirements/dev.txt

clean:
	rm -rf .venv build dist
