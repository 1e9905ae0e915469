from contextlib import contextmanager

import pytest
from django.db import connection, transaction

from licet.ledger.record import append

TABLES = ("entry", "checkpoint", "summary", "reason")


@pytest.fixture(autouse=True)
def own_key(tmp_path, monkeypatch):
    """A data folder of each test's own, so that keys and checkpoint files of others are not there."""
    monkeypatch.setenv("LICET_DATA", str(tmp_path))
    return tmp_path


@pytest.fixture
def write(db):
    """Writes so many entries; the odd ones have a reason."""

    def entries(number=6, actor="anna"):
        with transaction.atomic():
            for n in range(number):
                append(
                    actor=actor, action="register:licence:added", object_type="licence", object_id=n,
                    reason=f"asked by line {n}" if n % 2 else "", after={"n": n, "title": 'Büro "9"'},
                )  # fmt: skip

    return entries


@contextmanager
def no_triggers():
    """The database as somebody has it who may do everything with it."""
    with connection.cursor() as cursor:
        if connection.vendor == "postgresql":
            for table in TABLES:
                cursor.execute(f"ALTER TABLE ledger_{table} DISABLE TRIGGER USER")
            yield cursor
            for table in TABLES:
                cursor.execute(f"ALTER TABLE ledger_{table} ENABLE TRIGGER USER")
        else:
            cursor.execute("SELECT name, sql FROM sqlite_master WHERE type = 'trigger' AND name LIKE 'ledger%%'")
            kept = cursor.fetchall()
            for name, _ in kept:
                cursor.execute(f"DROP TRIGGER {name}")
            yield cursor
            for _, sql in kept:
                cursor.execute(sql)


@pytest.fixture
def tamper():
    """Runs SQL past the triggers."""

    def run(*statements):
        with no_triggers() as cursor:
            for statement in statements:
                cursor.execute(statement)

    return run
