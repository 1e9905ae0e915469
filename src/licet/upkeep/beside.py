"""Databases beside the one in use: opened by their address, laid down, read at one instant, and put in its place for a while."""

import copy
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any
from urllib.parse import unquote, urlsplit

import dj_database_url
from django.core.management import call_command
from django.db import DEFAULT_DB_ALIAS, connections, transaction
from django.db.backends.base.base import BaseDatabaseWrapper

from licet.sites.record import NotPossible
from licet.sites.schema import check_encoding

SQLITE = "sqlite:///"


@contextmanager
def beside(address: str, alias: str = "beside") -> Iterator[BaseDatabaseWrapper]:
    """Open the database of an address: ``postgres://user:password@host/name`` or ``sqlite:////absolute/path``.

    Raises :class:`NotPossible` for what is neither; the address is not repeated, it may hold a password.
    """
    given = {DEFAULT_DB_ALIAS: {}, alias: _settings(address)}
    connections.settings[alias] = connections.configure_settings(given)[alias]
    try:
        yield connections[alias]
    finally:
        connections[alias].close()
        del connections[alias]
        del connections.settings[alias]


def address_of(path: Path) -> str:
    """The address of an SQLite file."""
    return f"{SQLITE}{path.resolve()}"


def _settings(address: str) -> dict[str, Any]:
    scheme = urlsplit(address).scheme
    if scheme == "sqlite":
        from licet.settings.embedded import DATABASES  # noqa: PLC0415 - only where a file is opened

        path = unquote(address.removeprefix(SQLITE))
        if not address.startswith(SQLITE) or not path.startswith("/"):
            raise NotPossible("A file is named by its whole path, like sqlite:////var/lib/licet/licet.sqlite3")
        embedded: dict[str, Any] = copy.deepcopy(DATABASES[DEFAULT_DB_ALIAS])
        return embedded | {"NAME": path, "TEST": {}}
    if scheme in {"postgres", "postgresql"}:
        return dict(dj_database_url.parse(address))
    raise NotPossible("This is no address of a database. Write it like postgres://user:password@host:5432/licet")


@contextmanager
def in_its_place(other: BaseDatabaseWrapper) -> Iterator[None]:
    """Have everything in this thread that asks for the database ask ``other``."""
    own = connections[DEFAULT_DB_ALIAS]
    connections[DEFAULT_DB_ALIAS] = other
    try:
        yield
    finally:
        connections[DEFAULT_DB_ALIAS] = own


@contextmanager
def one_instant(source: BaseDatabaseWrapper, *, hold: bool) -> Iterator[None]:
    """Read a database as it stands now, whatever others write meanwhile. ``hold`` = others cannot write meanwhile."""
    if source.vendor != "postgresql":
        with transaction.atomic(using=source.alias):  # takes the write lock of the file
            yield
        return
    tables = ", ".join(source.ops.quote_name(name) for name in source.introspection.table_names())
    with transaction.atomic(using=source.alias):
        with source.cursor() as cursor:
            cursor.execute("SET TRANSACTION ISOLATION LEVEL REPEATABLE READ")
            if hold:  # before anything is read: the first reading decides which instant it is
                cursor.execute(f"LOCK TABLE {tables} IN SHARE MODE")
        yield


def bring_up_to_date(database: BaseDatabaseWrapper) -> None:
    """Lay down the schema, or apply what is pending. Raises :class:`NotPossible` for a database without Unicode."""
    check_encoding(database)
    with in_its_place(database):  # what migrations run in Python asks for the database in use
        call_command("migrate", database=DEFAULT_DB_ALIAS, verbosity=0, interactive=False)
