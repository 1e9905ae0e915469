"""What a person says anew of a device: its name, where it is asked, and by which credential."""

from collections.abc import Mapping
from typing import Any, Final

from django.db import transaction

from licet.estate.addresses import one_address
from licet.estate.credential_record import is_lent, must_send
from licet.estate.models import Credential, Device
from licet.estate.record import NOT_TAKEN_ALONG, must_be_free
from licet.ledger import record as ledger
from licet.sites.record import NotPossible
from licet.sites.scope import Actor

CHANGED: Final = ("name", "address", "port", "scheme", "credential")
SCHEMES: Final = ("http", "https")
LONGEST_NAME: Final = 200
_PLACE: Final = frozenset({"address", "port", "scheme"})


@transaction.atomic
def change_device(actor: Actor, device: Device, wanted: Mapping[str, Any]) -> tuple[str, ...]:
    """Set those of :data:`CHANGED` that ``wanted`` has; returns which were different. Raises :class:`NotPossible` with what to mend.

    A name holds until the device tells its own. Another place starts without exceptions and without a pinned certificate, and without
    a credential that the actor may not send there; passwords that it refused are still not tried again.
    """
    if not actor.may("edit_estate", device.site.path):
        raise NotPossible("You may not do this at this site.")
    row = Device.objects.select_for_update().filter(pk=device.pk).first()
    if row is None or row.site_id != device.site_id:
        raise NotPossible("It is not at this site any more.")
    if row.retired_at is not None:
        raise NotPossible("It is retired; bring it back first.")
    values = {name: _fitting(actor, row, name, value) for name, value in wanted.items() if name in CHANGED}
    before = {name: getattr(row, name) for name in values}
    differs = {name: value for name, value in values.items() if value != before[name]}
    if not differs:
        return ()
    if differs.keys() & _PLACE and "credential" not in differs and is_lent(actor, row):
        before["credential"], differs["credential"] = row.credential, None
    if differs.keys() & {"address", "port"}:
        must_be_free(row.site, differs.get("address", row.address), differs.get("port", row.port))
    beside = NOT_TAKEN_ALONG if differs.keys() & _PLACE else {}
    Device.objects.filter(pk=row.pk).update(**differs, **beside)
    ledger.append(
        actor=actor.label, action="estate:device:changed", object_type="device", object_id=row.pk, site=row.site_id,
        before={name: _told(before[name]) for name in differs}, after={name: _told(value) for name, value in differs.items()},
    )  # fmt: skip
    return tuple(name for name in CHANGED if name in differs)


def _fitting(actor: Actor, device: Device, name: str, value: Any) -> Any:
    match name:
        case "name":
            plain = str(value).strip()
            if len(plain) > LONGEST_NAME or not (plain.isprintable() or not plain):
                raise NotPossible(f"A name has at most {LONGEST_NAME} characters on one line.")
            return plain
        case "address":
            return one_address(str(value).strip())
        case "port" if not 0 < value < 65_536:
            raise NotPossible(f"{value} is no port.")
        case "scheme" if value not in SCHEMES:
            raise NotPossible("A device is asked over http or https.")
        case "credential" if value is not None and value != device.credential:
            must_send(actor, value, device.site)
    return value


def _told(value: Any) -> Any:
    return f"credential:{value.pk}" if isinstance(value, Credential) else value
