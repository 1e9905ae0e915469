"""What servers and cloud accounts list: plain data, the contract between their protocols and the rest."""

from dataclasses import dataclass
from datetime import date, datetime


@dataclass(frozen=True, slots=True)
class ServerDevice:
    """One device the server manages. ``kind`` is encoding or access; ``online`` None = not said."""

    code: str
    kind: str
    name: str = ""
    address: str = ""
    port: int | None = None
    serial_number: str = ""
    online: bool | None = None
    region: str = ""


@dataclass(frozen=True, slots=True)
class ServerPoint:
    """A camera or door, with the device it belongs to."""

    code: str
    device: str
    name: str = ""
    region: str = ""


@dataclass(frozen=True, slots=True)
class CloudDevice:
    """One device in an account's list. None = the cloud does not say.

    ``shared`` True = somebody shared it to this account. ``bound_since`` has no zone, so it stays text.
    """

    short_serial: str
    full_serial: str = ""
    name: str = ""
    model: str = ""
    firmware: str = ""
    category: str = ""
    site: str = ""
    online: bool | None = None
    shared: bool | None = None
    bound_since: str = ""
    unbound_at: datetime | None = None
    upgrade_available: bool | None = None
    raw: str = ""  # the numbers as they came, for a person to look at


@dataclass(frozen=True, slots=True)
class CloudPlan:
    """Cloud storage of one channel. ``ends_on`` is computed from days left and may be a day off."""

    short_serial: str
    channel: int
    state: str  # running, expired, never, unknown
    ends_on: date | None = None
    footage_days: int | None = None
    raw: str = ""


@dataclass(frozen=True, slots=True)
class Share:
    """Somebody who may act by way of the account: ``kind`` shared_user, installer or site."""

    kind: str
    who: str
    short_serial: str = ""
    may: str = ""
    until: date | None = None
