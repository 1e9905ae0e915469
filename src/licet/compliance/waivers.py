"""The waivers of controls as a list, and in words."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime
from typing import Final

from licet.compliance import catalogue
from licet.compliance.models import Kind, Waiver
from licet.compliance.read import named, names_of
from licet.sites import waiving
from licet.sites.waivers import WaiverTable


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


def _subject(row: Waiver, names: dict[tuple[int, int], str]) -> str | None:
    if row.kind is None or row.subject is None:
        return None
    return names.get((row.kind, row.subject), f"{Kind(row.kind).label} {row.subject}")


TABLE: Final = WaiverTable(Waiver.objects.all, "control", named, in_words)
