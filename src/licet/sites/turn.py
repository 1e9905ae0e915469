"""One after the other, by the name of a thing, until the transaction ends."""

from django.db import connection


def wait_turn(thing: str) -> None:
    """Until this transaction ends nobody else who waits for the same thing goes on. On SQLite one writes at a time anyhow."""
    if connection.vendor == "postgresql":
        with connection.cursor() as cursor:
            cursor.execute("SELECT pg_advisory_xact_lock(hashtextextended(%s, 0))", [thing])
