"""Waivers of controls: which are in scope, how each stands, and what renewed it."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime

from licet.compliance import catalogue
from licet.compliance.models import Kind, Waiver
from licet.compliance.read import names_of
from licet.sites import waiving
from licet.sites.models import Site
from licet.sites.scope import Actor


def waivers(actor: Actor, site: Site | None = None, code: str = "") -> list[Waiver]:
    """The waivers in scope, newest first."""
    rows = Waiver.objects.visible_to(actor).under(site).select_related("site", "requested_by", "approved_by")
    return list((rows.filter(control=code) if code else rows)[:500])


def find_waiver(actor: Actor, pk: int, permission: str = "view") -> Waiver | None:
    """One waiver in scope."""
    rows = Waiver.objects.visible_to(actor, permission).select_related("site", "requested_by", "approved_by")
    return rows.filter(pk=pk).first()


def renewals(row: Waiver) -> list[Waiver]:
    """The waivers that were asked for to continue this one."""
    return list(Waiver.objects.filter(renews=row).select_related("site", "requested_by", "approved_by").order_by("id"))


@dataclass(frozen=True, slots=True, kw_only=True)
class WaiverRow(waiving.WaiverWords):
    """A waiver of a control in words."""

    control: str


def in_words(rows: Iterable[Waiver], now: datetime) -> list[WaiverRow]:
    """Waivers in words; a control that left the catalogue goes by its code."""
    listed, controls = list(rows), catalogue.current().controls
    names = names_of((row.kind, row.subject) for row in listed if row.kind is not None and row.subject is not None)
    return [
        WaiverRow(
            control=row.control,
            title=controls[row.control].title if row.control in controls else row.control,
            subject=_subject(row, names),
            **waiving.told(row, now),
        )
        for row in listed
    ]


def _subject(row: Waiver, names: dict[tuple[int, int], str]) -> str:
    if row.kind is None or row.subject is None:
        return ""
    return names.get((row.kind, row.subject), f"{Kind(row.kind).label} {row.subject}")
