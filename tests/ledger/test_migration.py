"""A record of the first alpha, with rows in it, goes through the migration unchanged and protected."""

import json
import os
import subprocess
import sys
from pathlib import Path

import pytest
from django.db import DatabaseError, connection, transaction
from django.db.migrations.executor import MigrationExecutor
from tests.ledger.test_chain import first_version

from licet.ledger import chain
from licet.ledger.models import Entry
from licet.ledger.read import verify
from licet.ledger.record import append

COLUMNS = ("seq", "at", "actor", "action", "object_type", "object_id", "site", "reason", "before", "after", "previous")
ROOT = Path(__file__).resolve().parents[2]


def go_through():
    migrate("0002_append_only")
    first = first_version(1, chain.GENESIS, {"name": "Lager"})
    second = first_version(2, first.digest, None)
    with connection.cursor() as cursor:
        for row in (first, second):
            values = [getattr(row, name) for name in COLUMNS] + [row.digest]
            values = [json.dumps(value) if isinstance(value, dict) else value for value in values]
            marks = ", ".join(["%s"] * len(values))
            cursor.execute(f"INSERT INTO ledger_entry ({', '.join(COLUMNS)}, digest) VALUES ({marks})", values)
    migrate("0003_signed_pseudonymous_and_kept_short")
    assert list(Entry.objects.values_list("seq", "part", "text")) == [(1, "sites", ""), (2, "sites", "")]
    assert verify() == chain.Verdict(2, ok=True)
    with transaction.atomic():
        append(actor="anna", action="sites:site:added", object_type="site", object_id=2)
    assert verify() == chain.Verdict(3, ok=True)
    for statement in ("UPDATE ledger_entry SET part = 'x'", "DELETE FROM ledger_entry"):
        with pytest.raises(DatabaseError, match="append-only"), transaction.atomic(), connection.cursor() as cursor:
            cursor.execute(statement)


def migrate(name):
    MigrationExecutor(connection).migrate([("ledger", name)])


def test_rows_of_the_first_alpha_stay_as_they_are_and_verify(request, tmp_path):
    if connection.vendor == "postgresql":
        request.getfixturevalue("db")
        go_through()
        return
    # SQLite builds tables anew only outside of a transaction, and the tests' own record cannot be emptied again.
    program = (
        "import django; django.setup()\n"
        "from django.core.management import call_command; call_command('migrate', 'ledger', verbosity=0)\n"
        "from tests.ledger.test_migration import go_through; go_through(); print('went through')"
    )
    environment = os.environ | {"LICET_DATA": str(tmp_path), "DJANGO_SETTINGS_MODULE": "licet.settings.embedded"}
    answer = subprocess.run(
        [sys.executable, "-c", program],
        cwd=ROOT,
        env=environment | {"PYTHONPATH": f"{ROOT / 'src'}{os.pathsep}{ROOT}"},
        capture_output=True,
        text=True,
        check=False,
        timeout=60,
    )
    assert answer.stdout == "went through\n", answer.stderr
