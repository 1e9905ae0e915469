"""Settings of an installation that are weaker than they should be, each with its remedy. Pure: looks at values alone."""

import ipaddress
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Final

from licet.sweep.problem import Problem

OWN_HOSTS: Final = frozenset({"127.0.0.1", "localhost", "[::1]", "testserver"})
_YEAR: Final = 31_536_000
_DAY: Final = 86_400
_SAFE_SSL: Final = frozenset({"require", "verify-ca", "verify-full"})
_SHORTEST_KEY: Final = 32
_WIDEST: Final = {4: 24, 6: 64}  # prefix lengths


@dataclass(frozen=True, slots=True)
class Values:
    """The settings that are looked at. ``database_host`` is "" for SQLite, a socket or this machine."""

    debug: bool = False
    hosts: Sequence[str] = ()
    cookies_by_tls_only: bool = False
    hsts_seconds: int = 0
    proxies: Sequence[str] = ()
    secret_key_length: int = 64
    session_seconds: int = 12 * 3600
    first_hasher: str = "Argon2PasswordHasher"
    database_host: str = ""
    database_ssl: str = ""
    as_root: bool = False
    also_asked: Sequence[str] = ()
    also_unreadable: Sequence[str] = ()


def weak_settings(values: Values) -> Iterator[Problem]:
    """Everything that is weak, in the order of the page that explains it (docs/security.md)."""
    if values.debug:
        yield Problem("debug_on", "high", "Debug pages are on and show internals.", "Start without DEBUG.")
    yield from _how_it_is_reached(values)
    if values.secret_key_length < _SHORTEST_KEY:
        yield Problem(
            "secret_key_short", "high", "LICET_SECRET_KEY is short enough to be guessed; sessions could be forged.",
            "Remove it, so that Licet makes session.key itself, or set 64 random characters.",
        )  # fmt: skip
    if values.session_seconds > _DAY:
        yield Problem(
            "session_long", "medium", f"A session lasts {values.session_seconds // 3600} hours.",
            "Let sessions end within a day.",
        )  # fmt: skip
    if "argon2" not in values.first_hasher.lower():
        yield Problem("hasher_weak", "high", "Passwords are not hashed by Argon2id.", "Put the Argon2 hasher first.")
    if values.database_host and values.database_ssl not in _SAFE_SSL:
        yield Problem(
            "database_in_clear", "high", f"The database at {values.database_host} is reached without TLS being demanded.",
            "Add ?sslmode=verify-full to DATABASE_URL (or require, where its certificate cannot be checked).",
        )  # fmt: skip
    if values.as_root:
        yield Problem(
            "runs_as_root", "medium", "Licet runs as root: a fault in it would own the machine.",
            "Run it as an account of its own that owns only the data folder.",
        )  # fmt: skip
    if values.also_asked:
        yield Problem(
            "own_machine_asked", "medium", f"Whoever may add devices may have {', '.join(values.also_asked)} asked from this machine.",
            "Name in LICET_ALSO_ASK only addresses at which something of the estate stands, or take it away.",
        )  # fmt: skip
    for text in values.also_unreadable:
        yield Problem(
            "also_ask_unreadable", "low", f"{text[:60]} in LICET_ALSO_ASK is no address or range; it is not asked.",
            "Write addresses or ranges with commas between, like 127.0.0.1,169.254.0.0/16.",
        )  # fmt: skip


def _how_it_is_reached(values: Values) -> Iterator[Problem]:
    if "*" in values.hosts:
        yield Problem("any_host", "medium", "Any host name is accepted.", "Name your hosts in LICET_HOSTS.")
    outside = [host for host in values.hosts if host not in OWN_HOSTS]
    if outside and not values.cookies_by_tls_only:
        yield Problem(
            "no_tls", "high", f"Served as {outside[0]} without TLS: passwords travel readable.",
            "Put a TLS proxy in front and set LICET_TLS=1.",
        )  # fmt: skip
    if values.cookies_by_tls_only and values.hsts_seconds < _YEAR:
        yield Problem(
            "hsts_short",
            "medium",
            "Browsers are not told to keep to TLS for a year.",
            "Set SECURE_HSTS_SECONDS to 31536000.",
        )
    for text in values.proxies:
        network = ipaddress.ip_network(text.strip(), strict=False) if text.strip() else None
        if network is not None and network.prefixlen < _WIDEST[network.version]:
            yield Problem(
                "proxies_wide", "high", f"Everybody in {network} may say where a request came from.",
                "Name only your proxy's own address in LICET_PROXIES.",
            )  # fmt: skip
