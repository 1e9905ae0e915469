"""Keys that this machine keeps: ``LICET_KEY`` (64 hex digits), else the file ``vault.key`` in the data folder, mode 0600.

Both name a key by its content, so that an installation can go from one to the other. ``LICET_OLD_KEYS`` (with commas between) and
the file's lines are further keys that still open what they wrapped. From a key two others are derived, one to wrap data keys and
one for fingerprints, so that neither says anything of the other.
"""

import os
from collections.abc import Sequence
from functools import cache
from pathlib import Path

from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.kdf.hkdf import HKDF

from licet.settings import data_folder, private_file
from licet.vault import seal
from licet.vault.provider import BadKey, Item, KeyNotHere

PREFIX = "local:"
FILE = "vault.key"
RETIRED_FILE = "vault.key.retired"


class LocalKeys:
    """The keys of environment and key file. The file is read again when a key is asked for that was not there before."""

    def __init__(self) -> None:
        self._known: dict[str, bytes] = {}

    def current(self) -> str:
        """The key of ``LICET_KEY``, else the last of the file, which is made where there is none."""
        texts = _environment() or _lines(private_file(_file()).decode())
        return self._add(texts[-1])

    def has(self, name: str) -> bool:
        """Whether environment or file hold it."""
        if name not in self._known:
            for text in (*_environment(), *_from_file(), *_old_environment()):
                self._add(text)
        return name in self._known

    def wrap(self, name: str, items: Sequence[Item]) -> list[bytes]:
        """Wrapped and bound to the record each belongs to."""
        key = self._wrapping(name)
        return [seal.wrap(key, data_key, context) for data_key, context in items]

    def unwrap(self, name: str, items: Sequence[Item]) -> list[bytes]:
        """Raises :class:`licet.vault.seal.CannotOpen` for what belongs to another record."""
        key = self._wrapping(name)
        return [seal.unwrap(key, wrapped, context) for wrapped, context in items]

    def rewrap(self, old: str, new: str, items: Sequence[Item]) -> list[bytes]:
        """By way of the data keys, which this process sees for the moment."""
        data_keys = self.unwrap(old, items)
        return self.wrap(new, [(data_key, context) for data_key, (_, context) in zip(data_keys, items, strict=True)])

    def fingerprint_seed(self) -> bytes:
        """Derived from the current key; kept from then on, whatever key comes later."""
        return _derived(self._key(self.current()), b"fingerprint")

    def renew(self, active: str) -> str:
        """A further line in the key file; from the environment the new key must be there already."""
        name = self.current()
        if name != active:
            return name
        if _environment():
            raise BadKey(
                "LICET_KEY is the key in use. Make a new one (openssl rand -hex 32), set LICET_KEY to it and LICET_OLD_KEYS to "
                "the present one for every Licet process, restart them one after the other, then rotate."
            )
        _write(_file(), [*_from_file(), os.urandom(32).hex()])
        return self.current()

    def retire(self, name: str) -> str:
        """Move a key from the key file to ``vault.key.retired``: backups made before need it."""
        kept = _from_file()
        gone = [text for text in kept if _name(_bytes(text)) == name]
        if not gone:
            in_environment = any(_name(_bytes(text)) == name for text in _old_environment())
            return "The old key is not used any more: take it out of LICET_OLD_KEYS." if in_environment else ""
        retired = _file().with_name(RETIRED_FILE)
        earlier = _lines(retired.read_text("ascii")) if retired.exists() else []
        _write(retired, [*(text for text in earlier if text not in gone), *gone])
        _write(_file(), [text for text in kept if text not in gone])
        return f"The old key is now in {retired}: backups made before need it. Keep it with them, away from this machine, or delete it."

    def _key(self, name: str) -> bytes:
        if not self.has(name):
            raise KeyNotHere(
                f"The vault's key {name} is not here. Restore {FILE} (or LICET_KEY, LICET_OLD_KEYS) from its backup; "
                f"after a rotation it may be in {RETIRED_FILE}."
            )
        return self._known[name]

    def _wrapping(self, name: str) -> bytes:
        return _derived(self._key(name), b"wrap")

    def _add(self, text: str) -> str:
        key = _bytes(text)
        name = _name(key)
        self._known[name] = key
        return name


def _file() -> Path:
    return data_folder() / FILE


def _environment() -> list[str]:
    return _lines(os.environ.get("LICET_KEY", ""))[-1:]


def _old_environment() -> list[str]:
    return _lines(os.environ.get("LICET_OLD_KEYS", "").replace(",", "\n"))


def _from_file() -> list[str]:
    try:
        return _lines(_file().read_text("ascii"))
    except FileNotFoundError:
        return []
    except UnicodeDecodeError:
        raise _not_hex() from None


def _lines(text: str) -> list[str]:
    return [line.strip() for line in text.splitlines() if line.strip()]


def _write(path: Path, lines: list[str]) -> None:
    """Put the file in its place whole: whoever reads it meanwhile has the old or the new one, never a part."""
    new = path.with_name(f"{path.name}.{os.getpid()}.new")
    handle = os.open(new, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600)
    with os.fdopen(handle, "w", encoding="ascii") as file:
        file.write("".join(f"{line}\n" for line in lines))
        file.flush()
        os.fsync(file.fileno())
    new.replace(path)


def _bytes(text: str) -> bytes:
    try:
        key = bytes.fromhex(text)
    except ValueError:
        raise _not_hex() from None
    if len(key) != seal.KEY_BYTES:
        raise _not_hex()
    return key


def _not_hex() -> BadKey:
    return BadKey("The vault's key must be 64 hexadecimal digits (LICET_KEY or the file vault.key).")


@cache
def _derived(key: bytes, purpose: bytes) -> bytes:
    return HKDF(algorithm=hashes.SHA256(), length=seal.KEY_BYTES, salt=None, info=b"licet:" + purpose).derive(key)


def _name(key: bytes) -> str:
    return PREFIX + _derived(key, b"name")[:8].hex()
