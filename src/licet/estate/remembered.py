"""What a place refused is remembered for the next device that is entered there: retired and added anew, it is not asked the same password again."""

from collections.abc import Sequence
from datetime import datetime

from licet.estate.models import Device
from licet.sites import bulk

_TAKEN: tuple[str, ...] = ("refused_marks", "locked_until")


def take_over(devices: Sequence[Device]) -> None:
    """Give devices that were never asked the refusals and the lock of others at the same site, address and port, retired ones too.

    The rows given are changed as well. One question to the database where any was never asked.
    """
    new = [device for device in devices if device.last_asked_at is None and device.address]
    if not new:
        return
    refused: dict[tuple[int, str, int], dict[str, None]] = {}
    locked: dict[tuple[int, str, int], datetime] = {}
    others = Device.objects.filter(
        site__in={device.site_id for device in new}, address__in={device.address for device in new}
    ).exclude(last_asked_at=None)
    for site, address, port, marks, until in others.values_list("site_id", "address", "port", *_TAKEN).order_by("id"):
        place = (site, address, port)
        refused.setdefault(place, {}).update(dict.fromkeys(marks or ()))
        if until is not None:
            locked[place] = max(until, locked.get(place, until))
    changed = []
    for device in new:
        place = (device.site_id, device.address, device.port)
        marks, until = list(refused.get(place, ())), locked.get(place)
        if marks or until:
            device.refused_marks, device.locked_until = marks, until
            changed.append((marks, until, device.pk))
    bulk.update(Device, _TAKEN, changed)
