"""Looks over this installation itself: files, database, settings. Says what is weak and how to mend it."""

import os
import stat
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from django.conf import settings
from django.db import DatabaseError, connection
from django.db.migrations.executor import MigrationExecutor

from licet.ledger.read import verify
from licet.sites.read import administrators, anybody
from licet.vault.keyring import BadKey
from licet.vault.keyring import check as check_key
from licet.vault.models import Secret
from licet.vault.record import CannotOpen, use

SQLITE_AT_LEAST = (3, 39)  # IS DISTINCT FROM


@dataclass(frozen=True, slots=True)
class Problem:
    """One thing to mend. ``severity`` is high, medium or low."""

    code: str
    severity: str
    detail: str
    remedy: str


def problems() -> Iterator[Problem]:
    """Everything that is weak or broken, worst last."""
    yield from _settings()
    yield from _files()
    broken = list(_database())
    yield from broken
    if not broken:
        yield from _secrets()
        yield from _people()
        yield from _record()


def _settings() -> Iterator[Problem]:
    if settings.DEBUG:
        yield Problem("debug_on", "high", "Debug pages are on and show internals.", "Start without DEBUG.")
    if "*" in settings.ALLOWED_HOSTS:
        yield Problem("any_host", "medium", "Any host name is accepted.", "Name your hosts in LICET_HOSTS.")
    outside = [host for host in settings.ALLOWED_HOSTS if host not in {"127.0.0.1", "localhost", "[::1]"}]
    if outside and not settings.SESSION_COOKIE_SECURE:
        yield Problem(
            "no_tls", "high", f"Served as {outside[0]} without TLS: passwords travel readable.",
            "Put a TLS proxy in front and set LICET_TLS=1.",
        )  # fmt: skip


def _files() -> Iterator[Problem]:
    try:
        check_key()
    except BadKey as error:
        yield Problem("vault_key", "high", str(error), "Restore vault.key from its backup; without it no secret opens.")
    for name in ("vault.key", "session.key", "licet.sqlite3"):
        path = Path(settings.DATA) / name
        if path.exists() and os.name == "posix" and stat.S_IMODE(path.stat().st_mode) & 0o077:
            yield Problem("file_readable", "high", f"{name} can be read by others.", f"chmod 600 {path}")
    if "LICET_KEY" not in os.environ and (Path(settings.DATA) / "vault.key").exists():
        folder = stat.S_IMODE(Path(settings.DATA).stat().st_mode)
        if folder & 0o022:
            yield Problem(
                "folder_writable", "medium", "Others may write to the data folder.", f"chmod go-w {settings.DATA}"
            )


def _database() -> Iterator[Problem]:
    try:
        executor = MigrationExecutor(connection)
        if executor.migration_plan(executor.loader.graph.leaf_nodes()):
            yield Problem("not_migrated", "high", "The database is not up to date.", "licet migrate")
    except DatabaseError as error:
        yield Problem(
            "database_down", "high", str(error).splitlines()[0], "Check DATABASE_URL, or the disk of the data folder."
        )
        return
    if connection.vendor == "sqlite":
        import sqlite3  # noqa: PLC0415 - only where SQLite is the database

        if sqlite3.sqlite_version_info < SQLITE_AT_LEAST:
            yield Problem(
                "sqlite_old", "high", f"SQLite {sqlite3.sqlite_version} is too old; 3.39 is needed.",
                "Use a newer Python, or PostgreSQL by DATABASE_URL.",
            )  # fmt: skip


def _secrets() -> Iterator[Problem]:
    secret = Secret.objects.order_by("-pk").first()
    if secret is None:
        return
    try:
        use(secret)
    except CannotOpen:
        yield Problem(
            "vault_key_other", "high", "The vault's key does not open the stored passwords.",
            "Restore vault.key (or LICET_KEY) from its backup, or replace each credential.",
        )  # fmt: skip


def _people() -> Iterator[Problem]:
    if anybody() and not administrators():
        yield Problem(
            "no_administrator", "high", "Nobody is administrator everywhere.",
            "Add one: licet user add NAME --role administrator. Or use the link that licet serve prints.",
        )  # fmt: skip


def _record() -> Iterator[Problem]:
    verdict = verify()
    if not verdict.ok:
        yield Problem(
            "ledger_broken",
            "high",
            f"The record is not in order: {verdict.why}.",
            "Compare with a backup; tell your auditor.",
        )
