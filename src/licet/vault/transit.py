"""Keys that an OpenBao or HashiCorp Vault server keeps in its transit engine. Needs the extra ``vault`` (hvac).

A key is named ``transit:NAME:VERSION``. Every wrap names its version, so that a rotation done at the server alone changes nothing
here until ``licet key rotate``. The server's rewrap moves data keys to a newer version without their leaving it. What a data key
is bound to is checked by the ciphertext it opens (:mod:`licet.vault.seal`); the server's own rewrap knows no associated data.
"""

import base64
import os
from collections.abc import Callable, Sequence
from functools import partial
from pathlib import Path
from typing import Any, TypeVar

from licet.vault.provider import BadKey, Item, KeyNotHere, KeyServerFailed
from licet.vault.seal import KEY_BYTES, CannotOpen

try:
    import hvac
    from hvac import exceptions as said
except ModuleNotFoundError:
    raise BadKey(
        "LICET_KEY_PROVIDER is transit, which needs the package hvac. Install it: pip install 'licet[vault]'"
    ) from None

T = TypeVar("T")
_TIMEOUT = 10.0  # seconds for one answer
_BATCH = 500  # items of one request: well below the server's limit of 32 MiB


class TransitKeys:
    """One key of a transit engine, with its versions."""

    def __init__(self, client: Any, key: str, mount: str) -> None:
        self._client = client
        self._key = key
        self._mount = mount

    @classmethod
    def from_environment(cls) -> "TransitKeys":
        """As set up by ``LICET_TRANSIT_*``. Raises :class:`BadKey` with what is missing."""
        address = os.environ.get("LICET_TRANSIT_ADDRESS", "")
        if not address.startswith(("https://", "http://127.", "http://localhost", "http://[::1]")):
            raise BadKey("LICET_TRANSIT_ADDRESS must be the key server's https:// address.")
        client = hvac.Client(
            url=address,
            token=_token(),
            namespace=os.environ.get("LICET_TRANSIT_NAMESPACE") or None,
            verify=os.environ.get("LICET_TRANSIT_CA") or True,
            timeout=_TIMEOUT,
            allow_redirects=False,
        )
        return cls(
            client, os.environ.get("LICET_TRANSIT_KEY", "licet"), os.environ.get("LICET_TRANSIT_MOUNT", "transit")
        )

    def current(self) -> str:
        """The newest version at the server."""
        answer = self._ask(lambda transit: transit.read_key(self._key, mount_point=self._mount))
        version = answer["data"].get("latest_version") if _is_answer(answer) else None
        if not isinstance(version, int):
            raise _not_understood()
        return self._name(version)

    def has(self, name: str) -> bool:
        """Whether the name is one of this key's; the server alone knows which versions it still opens."""
        return name.startswith(f"transit:{self._key}:")

    def wrap(self, name: str, items: Sequence[Item]) -> list[bytes]:
        """By the version that the name says."""
        version = self._version(name)
        return self._batches(
            "ciphertext",
            [{"plaintext": base64.b64encode(data_key).decode(), "key_version": version} for data_key, _ in items],
            lambda transit, batch: transit.encrypt_data(self._key, batch_input=batch, mount_point=self._mount),
            str.encode,
        )

    def unwrap(self, name: str, items: Sequence[Item]) -> list[bytes]:
        """Raises :class:`licet.vault.seal.CannotOpen` for what this key did not wrap."""
        self._version(name)
        return self._batches(
            "plaintext",
            [{"ciphertext": wrapped.decode("ascii", "replace")} for wrapped, _ in items],
            lambda transit, batch: transit.decrypt_data(self._key, batch_input=batch, mount_point=self._mount),
            base64.b64decode,
        )

    def rewrap(self, old: str, new: str, items: Sequence[Item]) -> list[bytes]:
        """At the server; no data key is seen here."""
        self._version(old)
        version = self._version(new)
        return self._batches(
            "ciphertext",
            [{"ciphertext": wrapped.decode("ascii", "replace"), "key_version": version} for wrapped, _ in items],
            lambda transit, batch: transit.rewrap_data(
                self._key, ciphertext=None, batch_input=batch, mount_point=self._mount
            ),
            str.encode,
        )

    def fingerprint_seed(self) -> bytes:
        """Random: the server gives no key away from which one could be derived."""
        return os.urandom(KEY_BYTES)

    def renew(self, active: str) -> str:
        """The newest version; a new one is made where the newest is the active one."""
        name = self.current()
        if name == active:
            self._ask(lambda transit: transit.rotate_key(self._key, mount_point=self._mount))
            name = self.current()
            if name == active:
                raise KeyServerFailed("The key server made no new version of its key; nothing was changed.")
        return name

    def retire(self, name: str) -> str:
        """Nothing is taken away at the server: backups made before need the version, and only its owner may end it."""
        version = self._version(name)
        return (
            f"Version {version} of the key {self._key} is not used any more. When no backup from before is kept, end it at the "
            f"server: min_decryption_version={version + 1}."
        )

    def _name(self, version: int) -> str:
        return f"transit:{self._key}:{version}"

    def _version(self, name: str) -> int:
        _, key, version = (*name.split(":"), "", "")[:3]
        if key != self._key or not version.isdigit():
            raise KeyNotHere(f"The vault's key {name} is not here; LICET_TRANSIT_KEY names {self._key!r}.")
        return int(version)

    def _batches(
        self,
        wanted: str,
        inputs: list[dict[str, Any]],
        ask: Callable[[Any, list[dict[str, Any]]], Any],
        turn: Callable[[str], bytes],
    ) -> list[bytes]:
        found: list[bytes] = []
        for start in range(0, len(inputs), _BATCH):
            batch = inputs[start : start + _BATCH]
            answer = self._ask(partial(_with, ask, batch))
            results = answer["data"].get("batch_results") if _is_answer(answer) else None
            if not isinstance(results, list) or len(results) != len(batch):
                raise _not_understood()
            for result in results:
                if result.get("error") or not isinstance(result.get(wanted), str):
                    raise CannotOpen(f"the key server does not open it: {str(result.get('error', 'no answer'))[:120]}")
                found.append(turn(result[wanted]))
        return found

    def _ask(self, ask: Callable[[Any], T]) -> T:
        """Ask the server; each way in which it fails is one sentence with what to do, without its address or token."""
        try:
            return ask(self._client.secrets.transit)
        except said.VaultDown:
            raise KeyServerFailed("The key server is sealed. Unseal it, then try again.") from None
        except (said.Forbidden, said.Unauthorized):
            raise KeyServerFailed(
                "The key server denies it. Renew the token (LICET_TRANSIT_TOKEN_FILE), or allow encrypt, decrypt and rewrap in its policy."
            ) from None
        except said.InvalidPath:
            raise KeyServerFailed(
                f"The key server has no key {self._key!r} at {self._mount!r}. Make it, or set LICET_TRANSIT_KEY and LICET_TRANSIT_MOUNT."
            ) from None
        except said.InvalidRequest as error:
            raise CannotOpen(f"the key server does not open it: {_first_line(error)}") from None
        except said.VaultError as error:
            raise KeyServerFailed(f"The key server failed: {type(error).__name__}. Its log says more.") from None
        except (OSError, ValueError) as error:
            # The HTTP library's failures are kinds of OSError; a body that is no JSON is a ValueError.
            raise KeyServerFailed(
                f"The key server cannot be reached ({type(error).__name__}). Check LICET_TRANSIT_ADDRESS and the network; nothing was changed."
            ) from None


def _is_answer(answer: Any) -> bool:
    """Whether it is a document with data; the client gives whatever else came as it is."""
    return isinstance(answer, dict) and isinstance(answer.get("data"), dict)


def _not_understood() -> KeyServerFailed:
    return KeyServerFailed(
        "The key server's answer is not understood. Is LICET_TRANSIT_ADDRESS that of the key server?"
    )


def _with(ask: Callable[[Any, list[dict[str, Any]]], Any], batch: list[dict[str, Any]], transit: Any) -> Any:
    return ask(transit, batch)


def _token() -> str:
    file = os.environ.get("LICET_TRANSIT_TOKEN_FILE")
    if file:
        try:
            return Path(file).read_text("ascii").strip()
        except (OSError, UnicodeDecodeError):
            raise BadKey(f"The key server's token cannot be read from {file} (LICET_TRANSIT_TOKEN_FILE).") from None
    token = os.environ.get("LICET_TRANSIT_TOKEN", "")
    if not token:
        raise BadKey("The key server needs a token: LICET_TRANSIT_TOKEN_FILE or LICET_TRANSIT_TOKEN.")
    return token


def _first_line(error: Exception) -> str:
    return (str(error).splitlines() or [type(error).__name__])[0][:160]
