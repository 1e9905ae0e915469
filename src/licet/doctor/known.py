"""What the estate and the register know of a target before it is looked at. Pure."""

from dataclasses import dataclass, field
from datetime import datetime


@dataclass(frozen=True, slots=True)
class Right:
    """One right of the target as it is judged now."""

    title: str
    status: str
    detail: str
    remedy: str


@dataclass(frozen=True, slots=True)
class Group:
    """Devices of a site that stand alike: how many, the word for it, and some of their names."""

    word: str
    number: int
    some: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Known:
    """Stored knowledge. None and () = not known."""

    device: int | None = None
    installation: int | None = None
    account: int | None = None
    site: int | None = None
    bound_to_ours: bool | None = None  # the device stands in the list of an account of ours
    lists_kept: bool = False  # there is a list of a cloud account to compare with
    last_answered_at: datetime | None = None
    rights: tuple[Right, ...] = ()
    over: tuple[tuple[str, int], ...] = ()  # (metric, number) that its pools are over
    connection: str = ""  # state word of the last time the software or account was asked
    connection_says: str = ""
    key: tuple[tuple[str, str], ...] = ()  # (code, sentence) of what was found on a key, never a sign of it
    key_hint: str = ""
    devices: int = 0
    stale: int = 0  # devices whose facts are older than their site allows
    groups: tuple[Group, ...] = ()
    facts: dict[str, object] = field(default_factory=dict)
