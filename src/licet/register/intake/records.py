"""What a line of a file becomes: licences and devices, as plain values. Nothing here is written anywhere."""

from dataclasses import dataclass, field
from datetime import date, datetime
from decimal import Decimal
from hashlib import sha256
from typing import Any, Literal

from licet.register.intake.secret import Secret

Term = Literal["perpetual", "dated", "not_stated"]


def identity_code(identity: tuple[str, ...]) -> str:
    """Sixty-four characters that are the same for the same identity, whatever file it came from."""
    return sha256("\x1f".join(identity).encode()).hexdigest()


@dataclass(frozen=True, slots=True)
class LicenceRecord:
    """One licence, or one more allocation of the licence at line ``second_allocation_of``.

    ``product`` is the canonical part number or product name, ``title`` the words of the file. ``quantity`` is what the cell
    says (None = unlimited, which a person confirmed); ``granted`` is ``metric`` x units that follow from it, None where the
    catalogue has no certain metric. ``term`` is "perpetual" only where a cell says so. Dates are inclusive last days.
    ``key_marks`` are the keyed fingerprints of the normalised keys, in the order of ``keys``. ``grants``, ``activation``,
    ``reference`` (the licence's own identity) and ``more`` (further fields) are only in what Licet itself has exported.
    """

    line: int
    title: str
    product: str
    sku: str = ""
    product_code: str = ""
    service: str = ""
    kind: str = "other"
    quantity: int | None = 1
    metric: str | None = None
    granted: int | None = None
    unlimited: bool = False
    term: Term = "not_stated"
    starts_on: date | None = None
    expires_on: date | None = None
    terminates_on: date | None = None
    notice_on: date | None = None
    purchased_on: date | None = None
    activated_on: date | None = None
    maintenance_until: date | None = None
    auto_renew: bool | None = None
    price: Decimal | None = None
    currency: str | None = None
    order: str = ""
    vendor: str = ""
    customer: str = ""
    site: str = ""
    pool: str = ""
    note: str = ""
    assignee: str = ""
    keys: tuple[Secret, ...] = ()
    key_marks: tuple[str, ...] = ()
    second_allocation_of: int | None = None
    warnings: tuple[str, ...] = ()
    identity: tuple[str, ...] = ()
    grants: tuple[tuple[str, int | None], ...] = ()
    activation: str = ""
    reference: str = ""
    more: tuple[tuple[str, Any], ...] = ()

    @property
    def identity_code(self) -> str:
        """:attr:`identity` as one short text."""
        return self.reference or identity_code(self.identity)


@dataclass(frozen=True, slots=True)
class DeviceService:
    """A cloud service of a device. ``state`` is the file's own word folded: enabled, disabled, expired, "" = not said."""

    code: str
    state: str = ""
    ends_on: date | None = None


@dataclass(frozen=True, slots=True)
class DeviceRecord:
    """One device. None and "" = the file does not say.

    ``serial`` is the serial number as the file has it (a short one in capitals), ``short_serial`` the nine characters of the
    cloud. ``activated`` None = unknown. ``online`` is what the source observed when the file was exported (``observed_at``,
    local to the PC that exported, no zone), never of now. ``hik_connect_enabled`` is no proof of being registered.
    ``identity_known`` False = neither serial number nor address: shown to a person, never merged.
    """

    line: int
    serial: str | None = None
    short_serial: str | None = None
    address: str | None = None
    port: int | None = None
    http_port: int | None = None
    mac: str | None = None
    model: str | None = None
    name: str | None = None
    firmware: str | None = None
    build: date | None = None
    firmware_text: str = ""
    activated: bool | None = None
    online: bool | None = None
    observed_at: datetime | None = None
    hik_connect_supported: bool | None = None
    hik_connect_enabled: bool | None = None
    produced_on: date | None = None
    started_at: datetime | None = None
    adding_mode: str = ""
    account: str = ""
    customer: str = ""
    site: str = ""
    owner: str = ""
    note: str = ""
    username: str = ""
    password: Secret | None = None
    verification_code: Secret | None = None
    cloud_account: str = ""
    cloud_password: Secret | None = None
    services: tuple[DeviceService, ...] = ()
    warnings: tuple[str, ...] = field(default=())
    identity: tuple[str, ...] = ()

    @property
    def identity_known(self) -> bool:
        """Whether something in the line tells this device from others."""
        return bool(self.identity) and self.identity[0] != "line"

    @property
    def secrets(self) -> tuple[Secret, ...]:
        """The secrets of the line: offered to the vault, otherwise dropped."""
        return tuple(secret for secret in (self.password, self.verification_code, self.cloud_password) if secret)

    @property
    def service_ends_on(self) -> date | None:
        """The first end among its services."""
        return min((service.ends_on for service in self.services if service.ends_on), default=None)

    @property
    def identity_code(self) -> str:
        """:attr:`identity` as one short text."""
        return identity_code(self.identity)
