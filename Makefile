PY := .venv/bin/python
PYTHON ?= python3

.PHONY: setup demo test test-postgresql lint bench lock clean

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

# All again on a PostgreSQL that is started for it, but for the parts that know no database.
test-postgresql: setup
	$(PY) tests/postgresql.py -n 2 --dist loadfile tests $(addprefix --ignore=tests/,dates simulator tabular wire)

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
