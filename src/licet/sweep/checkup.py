"""Looks over this installation itself: files, database, settings. Says what is weak and how to mend it."""

import os
import stat
from collections.abc import Iterator
from pathlib import Path

from django.conf import settings
from django.db import DatabaseError, connection

from licet.estate.models import Device
from licet.ledger.read import verify
from licet.sites.read import administrators, administrators_without_second_factor, anybody
from licet.sites.schema import newer, steps
from licet.sweep.problem import Problem
from licet.sweep.weak_settings import OWN_HOSTS, Values, weak_settings
from licet.vault.keyring import BadKey
from licet.vault.keyring import check as check_key
from licet.vault.models import Secret
from licet.vault.record import CannotOpen, use, why
from licet.wire.places import also_asked

SQLITE_AT_LEAST = (3, 39)  # IS DISTINCT FROM


def problems() -> Iterator[Problem]:
    """Everything that is weak or broken, worst last."""
    yield from weak_settings(_values())
    yield from _files()
    broken = list(_database())
    yield from broken
    if not broken:
        yield from _secrets()
        yield from _people()
        yield from _exceptions()
        yield from _record()


def _values() -> Values:
    database = settings.DATABASES["default"]
    host = str(database.get("HOST") or "")
    also, unreadable = also_asked()
    return Values(
        debug=settings.DEBUG,
        hosts=settings.ALLOWED_HOSTS,
        cookies_by_tls_only=settings.SESSION_COOKIE_SECURE and settings.CSRF_COOKIE_SECURE,
        hsts_seconds=settings.SECURE_HSTS_SECONDS,
        proxies=settings.LICET_PROXIES,
        secret_key_length=len(settings.SECRET_KEY),
        session_seconds=settings.SESSION_COOKIE_AGE,
        first_hasher=settings.PASSWORD_HASHERS[0],
        database_host="" if host.startswith("/") or host in {"localhost", "127.0.0.1", "::1"} else host,
        database_ssl=str(database.get("OPTIONS", {}).get("sslmode", "")),
        as_root=hasattr(os, "geteuid") and os.geteuid() == 0,
        also_asked=[str(one) for one in also],
        also_unreadable=unreadable,
    )


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
        if unknown := newer(connection):
            yield Problem(
                "database_newer", "high", f"A newer Licet wrote the database ({unknown[0]}).",
                "Install that Licet; or, to go back, restore the backup of before the upgrade with --replace.",
            )  # fmt: skip
        if steps(connection):
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
    except CannotOpen as error:
        yield Problem(
            "vault_key_other",
            "high",
            why(error),
            "Without the key, replace each credential and seal each licence key again.",
        )


def _people() -> Iterator[Problem]:
    if anybody() and not administrators():
        yield Problem(
            "no_administrator", "high", "Nobody is administrator everywhere.",
            "Add one: licet user add NAME --role administrator. Or use the link that licet serve prints.",
        )  # fmt: skip
    if _outside() and (number := administrators_without_second_factor()):
        yield Problem(
            "no_second_factor", "medium", f"{number} administrators of everything sign in with a password alone.",
            "Each adds a passkey or one-time codes under Your account; then ask for it by: licet user rules.",
        )  # fmt: skip


def _outside() -> bool:
    """Whether others than this machine are served."""
    return any(host not in OWN_HOSTS for host in settings.ALLOWED_HOSTS)


def _exceptions() -> Iterator[Problem]:
    """Devices that a person let off the policy for connections: they stay visible until the exception ends."""
    kept = Device.objects.filter(retired_at=None)
    for code, rows, what in (
        ("old_encryption", kept.filter(legacy_tls=True), "are asked over outdated encryption"),
        ("readable_password", kept.filter(allow_basic=True), "are sent their password readable (Basic over HTTP)"),
    ):
        number = rows.count()
        if number:
            yield Problem(
                code, "medium", f"{number} devices {what}, by exceptions made for them.",
                "Install newer firmware or switch HTTPS on, then take the exception back.",
            )  # fmt: skip


def _record() -> Iterator[Problem]:
    verdict = verify()
    if verdict.key_missing:
        yield Problem(
            "ledger_key_missing", "medium", "The record's entries fit, but its signing key is missing.",
            "Put ledger.key back into the data folder from where you keep it (or set LICET_LEDGER_KEY).",
        )  # fmt: skip
    elif not verdict.ok:
        yield Problem(
            "ledger_broken",
            "high",
            f"The record is not in order: {verdict.why}.",
            "Compare with a backup; tell your auditor.",
        )
