"""Whether this installation can work now: the database answers and is up to date, the vault's key opens, the disk has room."""

import shutil
from collections.abc import Callable
from functools import cache
from typing import Final

from django.db import DatabaseError, connection
from django.db.migrations.loader import MigrationLoader
from django.db.migrations.recorder import MigrationRecorder

from licet.settings import data_folder
from licet.vault.models import Secret
from licet.vault.provider import BadKey
from licet.vault.record import CannotOpen, use

ROOM: Final = 100_000_000  # bytes free in the data folder, below which nothing more should be begun


def checks() -> dict[str, bool]:
    """Each thing that must hold to its answer; what rests on the database fails with it."""
    return {name: _holds(look) for name, look in _LOOKS.items()}


def _holds(look: Callable[[], bool]) -> bool:
    try:
        return look()
    except (DatabaseError, OSError, CannotOpen, BadKey):
        return False


def _answers() -> bool:
    with connection.cursor() as cursor:
        cursor.execute("SELECT 1")
        return bool(cursor.fetchone())


def _up_to_date() -> bool:
    return _known() <= MigrationRecorder(connection).applied_migrations().keys()


@cache
def _known() -> set[tuple[str, str]]:
    return set(MigrationLoader(None).disk_migrations)


def _opens() -> bool:
    secret = Secret.objects.select_related("wrapping_key").order_by("-pk").first()
    if secret is not None:
        use(secret)
    return True


def _has_room() -> bool:
    return shutil.disk_usage(data_folder()).free >= ROOM


_LOOKS: Final = {"database": _answers, "migrations": _up_to_date, "key": _opens, "disk": _has_room}
