"""A part of a name, anywhere in it: the condition, and the indexes that answer it on PostgreSQL (decision 016).

PostgreSQL finds a part by three characters of it, where its own module ``pg_trgm`` is there; else, and for shorter parts, it reads the
column of every device, as SQLite does.
"""

import logging
import re
from typing import Final

from django.db import DatabaseError, transaction
from django.db.backends.base.base import BaseDatabaseWrapper
from django.db.models import Q, Value
from django.db.models.functions import Lower
from django.db.models.lookups import Contains

logger = logging.getLogger(__name__)
COLUMNS: Final = ("name", "serial_number", "model")
_TABLE: Final = "estate_device"
_FOUND_BY_INDEX: Final = re.compile(r"[^\W_]{3}")


def inside(text: str) -> list[Q]:
    """The conditions that the name, the serial number or the model of a device has this text in it, capitals or not."""
    if _FOUND_BY_INDEX.search(text):
        return [Q(**{f"{column}__icontains": text}) for column in COLUMNS]
    # Asked so, no index of parts is used: it has nothing for fewer than three letters, and PostgreSQL would walk all of it.
    return [Q(Contains(Lower(column), Lower(Value(text)))) for column in COLUMNS]


def put_up(connection: BaseDatabaseWrapper) -> bool:
    """Make the indexes that do not stand yet, without stopping who writes. Whether all of them stand now."""
    if connection.vendor != "postgresql" or not _has_trigrams(connection):
        return False
    now = "" if connection.in_atomic_block else "CONCURRENTLY"
    with connection.cursor() as cursor:
        for column in COLUMNS:
            name = f"device_{column}_inside"
            cursor.execute("SELECT indisvalid FROM pg_index WHERE indexrelid = to_regclass(%s)", [name])
            found = cursor.fetchone()
            if found == (True,):
                continue
            if found is not None:  # a making that was broken off left one that serves nothing
                cursor.execute(f"DROP INDEX {now} {name}")
            # "Contains" of Django compares capitals.
            cursor.execute(f"CREATE INDEX {now} {name} ON {_TABLE} USING gin (upper({column}::text) gin_trgm_ops)")
    return True


def _has_trigrams(connection: BaseDatabaseWrapper) -> bool:
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT installed_version IS NOT NULL FROM pg_available_extensions"
            " WHERE name = 'pg_trgm' AND to_regclass(%s) IS NOT NULL",
            [_TABLE],
        )
        found = cursor.fetchone()
    if found is None or found[0]:
        return found is not None
    try:
        with transaction.atomic(using=connection.alias), connection.cursor() as cursor:
            cursor.execute("CREATE EXTENSION pg_trgm")
    except DatabaseError as error:
        logger.warning("a search inside names reads all of them: %s", str(error).strip().partition("\n")[0])
        return False
    return True
