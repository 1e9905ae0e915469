"""Hosts and ports as data with source and confidence: a shipped list, and the owner's own beside it. What is unverified never becomes a verdict."""

from dataclasses import asdict, dataclass
from functools import cache
from importlib.resources import files
from pathlib import Path
from typing import Any, Final

import yaml

from licet.doctor.look import Place
from licet.wire.host import plain_host

FILE: Final = "hosts.yaml"
CONFIDENCES: Final = ("high", "medium", "unverified")
_MOST: Final = 500


class BadHosts(Exception):
    """The owner's list cannot be read; the sentence says where."""


@dataclass(frozen=True, slots=True)
class Host:
    """One host that the estate's things talk to. ``own`` = entered by the owner of the estate."""

    host: str
    port: int
    use: str
    service: str = ""
    region: str = ""
    confidence: str = "unverified"
    source: str = ""
    checked: str = ""  # ISO day on which a person last looked
    own: bool = False

    @property
    def place(self) -> Place:
        """As something to look at."""
        return Place(self.host, self.port, vendor=True, public=True)


@dataclass(frozen=True, slots=True)
class Port:
    """One port of a device; 0 = the one that is set in the device."""

    port: int
    protocol: str
    use: str
    confidence: str
    source: str


@cache
def _shipped() -> dict[str, Any]:
    text = files("licet.data").joinpath(FILE).read_text(encoding="utf-8")
    found: dict[str, Any] = yaml.safe_load(text)
    return found


def ports() -> tuple[Port, ...]:
    """The ports of devices."""
    return tuple(Port(**row) for row in _shipped()["ports"])


def hosts(folder: Path | None = None) -> list[Host]:
    """The shipped hosts with the owner's entries in their place. Raises :class:`BadHosts` for a file that cannot be read."""
    found = {(row["host"], row["port"]): Host(**row) for row in _shipped()["hosts"]}
    found |= {(one.host, one.port): one for one in own_hosts(folder)}
    return list(found.values())


def own_hosts(folder: Path | None) -> list[Host]:
    """What the owner entered."""
    file = folder / FILE if folder else None
    if file is None or not file.is_file():
        return []
    try:
        text = file.read_text(encoding="utf-8")
        if len(text) > 200_000:
            raise BadHosts(f"{FILE} is larger than 200 kB.")
        found = yaml.safe_load(text)
    except (OSError, UnicodeError, yaml.YAMLError) as error:
        raise BadHosts(f"{FILE} in the data folder cannot be read: {str(error).splitlines()[0]}") from None
    rows = found.get("hosts") if isinstance(found, dict) else None
    if not isinstance(rows, list) or len(rows) > _MOST:
        raise BadHosts(f"{FILE} in the data folder has no list “hosts”, or more than {_MOST} of them.")
    return [checked(row, number) for number, row in enumerate(rows, 1)]


def checked(row: Any, number: int = 1) -> Host:
    """One entry, looked over. Raises :class:`BadHosts` with its number."""
    where = f"Host {number}"
    if not isinstance(row, dict):
        raise BadHosts(f"{where} is no entry.")
    text, port = str(row.get("host", "")).strip(), row.get("port", 443)
    if (name := plain_host(text)) is None:
        raise BadHosts(f"{where}: “{text[:60]}” is no host name.")
    if not isinstance(port, int) or isinstance(port, bool) or not 1 <= port <= 65535:
        raise BadHosts(f"{where}: the port must be 1 to 65535.")
    confidence = str(row.get("confidence", "unverified"))
    if confidence not in CONFIDENCES:
        raise BadHosts(f"{where}: confidence is one of {', '.join(CONFIDENCES)}.")
    texts = {key: str(row.get(key) or "")[:200] for key in ("use", "service", "region", "source", "checked")}
    return Host(name, port, confidence=confidence, own=True, **texts)


def keep(folder: Path, own: list[Host]) -> None:
    """Write the owner's list."""
    rows = [{key: value for key, value in asdict(one).items() if key != "own" and value != ""} for one in own]
    folder.mkdir(parents=True, exist_ok=True)
    partial = folder / f"{FILE}.partial"
    partial.write_text(yaml.safe_dump({"hosts": rows}, allow_unicode=True, sort_keys=False), encoding="utf-8")
    partial.replace(folder / FILE)


def vendor(name: str, folder: Path | None = None) -> Host | None:
    """The entry of a host, unless it is unverified: nothing unverified is used as an alarm."""
    found = (one for one in hosts(folder) if one.host == name.lower().rstrip(".") and one.confidence != "unverified")
    return next(found, None)
