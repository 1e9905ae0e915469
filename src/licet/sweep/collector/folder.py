"""A collector's folder: who it is, its sealed passwords, the devices it is to ask, what waits to be sent. For its owner alone.

What is secret is sealed by the folder's key: ``LICET_COLLECTOR_KEY`` (64 hexadecimal digits), else the file ``collector.key``.
"""

import base64
import fcntl
import hmac
import os
import sqlite3
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import datetime
from pathlib import Path
from typing import Annotated, Any, Final, TypeVar

import msgspec
from msgspec import Meta

from licet.settings import private_file
from licet.sweep.collector import listed, store
from licet.sweep.collector.keys import Keys, Public
from licet.sweep.collector.listed import DeviceList
from licet.sweep.collector.memory import Memory
from licet.sweep.collector.message import Refused, unpack
from licet.vault import seal
from licet.vault.seal import CannotOpen
from licet.wire.digest import Login

T = TypeVar("T")

_ENROLMENT: Final = "enrolment.json"
_CREDENTIALS: Final = "credentials.json"
_DEVICES: Final = "devices.message"
_LONGEST_PASSWORD: Final = 1000


class NotSet(Exception):
    """The folder lacks something, or it cannot be used; the text is one sentence that says what to do."""


class Enrolment(msgspec.Struct, frozen=True, kw_only=True):
    """With which centre the collector is enrolled. ``uid`` is "" until the centre's first answer; ``url`` is "" without a line."""

    url: str
    sign: str
    box: str
    seed: str
    uid: str = ""
    name: str = ""
    site: str = ""
    authority: str = ""  # a file with the certificate authority of the centre
    plain_http: bool = False

    @property
    def centre(self) -> Public:
        """The centre's keys, pinned at enrolment."""
        return Public(bytes.fromhex(self.sign), bytes.fromhex(self.box))


class Stored(msgspec.Struct, frozen=True, kw_only=True):
    """A credential: the password is sealed. ``places`` are the addresses that use it, whatever the centre's list says."""

    username: Annotated[str, Meta(max_length=120)]
    sealed: str
    places: list[str] = msgspec.field(default_factory=list)
    allow_basic: bool = False


class Folder:
    """The folder, made where it does not exist. Raises :class:`NotSet` where others may read it."""

    def __init__(self, path: Path) -> None:
        self.path = path
        path.mkdir(mode=0o700, parents=True, exist_ok=True)
        if path.stat().st_mode & 0o077:
            raise NotSet(f"others may read {path}. Close it: chmod 700 {path}")
        try:
            self.memory = Memory(path / "memory.sqlite3")
        except sqlite3.OperationalError:  # full, busy: nothing is wrong with the file
            raise
        except sqlite3.DatabaseError:
            raise NotSet(
                f"{path / 'memory.sqlite3'} is damaged. Restore it from a backup. Without one remove it: then each device that refused "
                "its password may be tried once more."
            ) from None

    def store(self, most_bytes: int = store.MOST_BYTES) -> store.Store:
        """The reports that wait."""
        return store.Store(self.path, most_bytes)

    @contextmanager
    def alone(self) -> Iterator[None]:
        """Hold the folder: two runs at once could each try the same password. Raises :class:`NotSet`."""
        handle = os.open(self.path / "lock", os.O_RDWR | os.O_CREAT, 0o600)
        try:
            try:
                fcntl.flock(handle, fcntl.LOCK_EX | fcntl.LOCK_NB)
            except BlockingIOError:
                raise NotSet("Another run of this collector is at work. Wait for its end.") from None
            yield
        finally:
            os.close(handle)

    def enrolment(self) -> Enrolment:
        """Raises :class:`NotSet` where it is not enrolled."""
        found = self._read(_ENROLMENT, Enrolment)
        if found is None:
            raise NotSet(
                "This collector is not enrolled. Make a code at the centre, then: licet collect enrol URL CODE"
            )
        return found

    def enrol(self, enrolment: Enrolment) -> None:
        """Keep with whom it is enrolled."""
        self._write(_ENROLMENT, enrolment)

    def forget(self) -> None:
        """Forget what belongs to an enrolment that is over: the device list goes, reports that wait are put aside."""
        (self.path / _DEVICES).unlink(missing_ok=True)
        kept = self.store()
        for path in kept.waiting():
            kept.refuse(path, "The collector was enrolled anew before this was sent.")

    def keys(self, enrolment: Enrolment) -> Keys:
        """The collector's own private keys. Raises :class:`NotSet`."""
        return Keys(bytes.fromhex(self.unseal(enrolment.seed, "seed")))

    def seal(self, text: str, context: str) -> str:
        """A text sealed for one place of this folder."""
        return base64.b64encode(seal.seal(self._key(), text, f"collector:{context}")).decode()

    def unseal(self, sealed: str, context: str) -> str:
        """The text again. Raises :class:`NotSet`."""
        try:
            return seal.unseal(self._key(), base64.b64decode(sealed), f"collector:{context}")
        except (CannotOpen, ValueError):
            raise NotSet(
                "The folder's key does not open what is stored here. Restore collector.key (or LICET_COLLECTOR_KEY) from its backup."
            ) from None

    def credentials(self) -> dict[str, Stored]:
        """The credentials by name."""
        return self._read(_CREDENTIALS, dict[str, Stored]) or {}

    def set_credential(
        self, name: str, username: str, password: str, *, places: list[str] | None = None, allow_basic: bool = False
    ) -> None:
        """Keep a credential, or replace it; after that each device that refused the old password may be tried once."""
        name = name.strip()
        if not name or len(name) > 120 or not password or len(password) > _LONGEST_PASSWORD:
            raise NotSet("A credential needs a name of at most 120 characters and a password of at most 1000.")
        try:
            Login(username.strip(), password)
        except ValueError as error:
            raise NotSet(f"This cannot be a user name: {error}.") from None
        kept = self.credentials()
        sealed = self.seal(password, f"credential:{name}")
        kept[name] = Stored(username=username.strip(), sealed=sealed, places=places or [], allow_basic=allow_basic)
        self._write(_CREDENTIALS, kept)

    def remove_credential(self, name: str) -> None:
        """Forget a credential. Raises :class:`NotSet` where there is none of that name."""
        kept = self.credentials()
        if kept.pop(name, None) is None:
            raise NotSet(f"There is no credential {name!r}.")
        self._write(_CREDENTIALS, kept)

    def login(self, name: str, stored: Stored) -> Login:
        """The user name and password, to sign in with."""
        return Login(stored.username, self.unseal(stored.sealed, f"credential:{name}"))

    def mark(self, login: Login) -> str:
        """What stands for a user name and password: what a device refused is known by it."""
        return hmac.digest(self._key(), f"{login.username}\0{login.password}".encode(), "sha256").hex()

    def keep_devices(self, message: bytes) -> tuple[datetime, DeviceList]:
        """Keep the centre's signed list. Raises :class:`Refused`: of another centre, for another collector, older than the one here."""
        at, found = self._verified(message)
        try:
            known = self.devices()
        except NotSet:  # what is damaged is replaced
            known = None
        if known is not None and at < known[0]:
            raise Refused(
                "older",
                "This device list is older than the one that is here already. Take a new one from the centre: licet collector devices NAME",
            )
        store.write_file(self.path / _DEVICES, message)
        return at, found

    def devices(self) -> tuple[datetime, DeviceList] | None:
        """When the centre wrote the list that is here, and the list. Raises :class:`NotSet` where it is damaged."""
        try:
            return self._verified((self.path / _DEVICES).read_bytes())
        except FileNotFoundError:
            return None
        except Refused:
            raise NotSet(
                f"{self.path / _DEVICES} is damaged. Fetch the device list again: licet collect run, or licet collect devices FILE"
            ) from None

    def _verified(self, message: bytes) -> tuple[datetime, DeviceList]:
        enrolment = self.enrolment()
        head, body = unpack(message, enrolment.centre, "devices")
        found = listed.read(body)
        if enrolment.uid and found.collector != enrolment.uid:
            raise Refused(
                "foreign",
                "This device list is for another collector. Take this one's from the centre: licet collector devices NAME",
            )
        return head.at, found

    def _key(self) -> bytes:
        named = os.environ.get("LICET_COLLECTOR_KEY", "").strip()
        text = named or private_file(self.path / "collector.key").decode("ascii", "replace")
        try:
            key = bytes.fromhex(text)
        except ValueError:
            key = b""
        if len(key) != seal.KEY_BYTES:
            raise NotSet(
                "The folder's key must be 64 hexadecimal digits (LICET_COLLECTOR_KEY or the file collector.key)."
            )
        return key

    def _read(self, name: str, kind: type[T]) -> T | None:
        try:
            return msgspec.json.decode((self.path / name).read_bytes(), type=kind)
        except FileNotFoundError:
            return None
        except (msgspec.DecodeError, ValueError):
            raise NotSet(f"{self.path / name} cannot be read. Restore it from a backup, or enrol anew.") from None

    def _write(self, name: str, value: Any) -> None:
        store.write_file(self.path / name, msgspec.json.format(msgspec.json.encode(value), indent=1))
