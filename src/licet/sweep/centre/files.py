"""Files that are carried by hand between a collector without a line and the centre."""

from dataclasses import dataclass
from datetime import datetime

from licet.sites.record import NotPossible
from licet.sites.scope import Actor
from licet.sweep.centre.devices import device_list
from licet.sweep.centre.intake import take_parcel
from licet.sweep.centre.keys import centre_keys
from licet.sweep.centre.record import enrol
from licet.sweep.centre.requests import in_force, public_of
from licet.sweep.collector.keys import NotForUs
from licet.sweep.collector.message import Refused
from licet.sweep.collector_models import Collector


@dataclass(frozen=True, slots=True)
class Accepted:
    """What a file was: a wish to be enrolled (``enrolled``), or reports; ``again`` = all of them were taken before."""

    collector: Collector
    enrolled: bool = False
    reports: int = 0
    taken: int = 0
    left_out: int = 0
    why: str = ""
    again: bool = False

    @property
    def sentence(self) -> str:
        """For the person who brought the file."""
        name = self.collector.name
        if self.enrolled:
            return f"{name} is enrolled. Carry its device list back, and compare the fingerprint there: {public_of(self.collector).fingerprint}"
        if self.again:
            return f"Everything in this file of {name} was taken before; nothing was changed."
        rest = f" {self.left_out} answers were left out: {self.why}." if self.left_out else ""
        return f"Taken from {name}: {self.taken} answers in {self.reports} reports.{rest}"


def accept(actor: Actor, sealed: bytes, now: datetime) -> Accepted:
    """Take in a file of a collector. Raises :class:`NotPossible` and :class:`Refused`."""
    try:
        opened = centre_keys().open(sealed)
    except NotForUs:
        raise Refused(
            "foreign",
            "This file is not sealed for this installation, or it is damaged. Write it again at the collector.",
        ) from None
    if opened.startswith(b"{") and b"\n" not in opened[:4096]:
        row, _ = enrol(sealed, "file", now, actor)
        return Accepted(row, enrolled=True)
    row, receipts, again = take_parcel(actor, opened, now)
    return Accepted(
        row, reports=len(receipts), taken=sum(one.taken for one in receipts),
        left_out=sum(one.left_out for one in receipts), why="; ".join(one.why for one in receipts if one.why)[:500], again=again,
    )  # fmt: skip


def devices_file(actor: Actor, row: Collector, now: datetime) -> tuple[bytes, int]:
    """The device list sealed for a collector, and how many devices are in it. Raises :class:`NotPossible` and :class:`Refused`."""
    if not actor.may("sweep", row.site.path):
        raise NotPossible("You may not have the devices of this site asked.")
    if not row.sign:
        raise NotPossible(f"{row.name} is not enrolled yet. Carry its file here first: licet collector accept FILE")
    in_force(row)
    message, number = device_list(row, now)
    return public_of(row).seal(message), number
