"""Mappings of headings that are kept: recognised by the headings of a file, or named."""

import hashlib
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass

from django.db import transaction
from django.utils import timezone

from licet.ledger import record as ledger
from licet.register.import_models import SavedMapping
from licet.register.intake import Recalled
from licet.register.intake.headings import DEVICE_FIELDS, LICENCE_FIELDS, heading_key
from licet.sites.models import Site
from licet.sites.record import NotPossible
from licet.sites.scope import Actor
from licet.sites.text import fitting

PERMISSIONS = {"licences": "edit_register", "devices": "edit_estate"}


@dataclass(frozen=True, slots=True)
class MappingRow:
    """One kept mapping as lists show it."""

    id: int
    name: str
    site: str
    kind: str
    mapping: Mapping[str, str]
    used_at: str


def fields(kind: str) -> tuple[str, ...]:
    """What a column may be mapped to, in files of licences or of devices."""
    return tuple(sorted((LICENCE_FIELDS if kind == "licences" else DEVICE_FIELDS) - {"-"}))


def signature(headings: Sequence[str]) -> str:
    """What files of one form are known by: their headings, in whatever order, without case and accents."""
    keys = sorted({heading_key(heading) for heading in headings} - {""})
    return hashlib.sha256("\x1f".join(keys).encode()).hexdigest()


def usable(site: Site) -> list[SavedMapping]:
    """The mappings kept at a site and at those above it, nearest first."""
    above = [int(part) for part in site.path.strip("/").split("/") if part.isdigit()]
    rows = SavedMapping.objects.filter(site__in=above).select_related("site")
    return sorted(rows, key=lambda row: (-len(row.site.path), row.name))


def mappings(actor: Actor) -> list[MappingRow]:
    """The mappings at all sites that the actor may see."""
    rows = SavedMapping.objects.visible_to(actor).select_related("site")
    return [
        MappingRow(
            row.pk, row.name, row.site.full_name, row.kind, row.mapping, row.used_at.isoformat() if row.used_at else ""
        )
        for row in rows
    ]


def recall(site: Site) -> tuple[frozenset[str], Callable[[Sequence[str]], Recalled | None]]:
    """The headings that kept mappings know, and what finds the mapping of a file by its headings."""
    rows = usable(site)
    known = frozenset(heading_key(heading) for row in rows for heading, name in row.mapping.items() if name)
    by_signature: dict[str, SavedMapping] = {}
    for row in rows:
        by_signature.setdefault(row.signature, row)

    def find(headings: Sequence[str]) -> Recalled | None:
        row = by_signature.get(signature(headings)) if by_signature else None
        return Recalled(row.name, row.kind, row.mapping) if row else None

    return known, find


def named(site: Site, name: str) -> Recalled | None:
    """A mapping by its name."""
    row = next((row for row in usable(site) if row.name.casefold() == name.strip().casefold()), None)
    return Recalled(row.name, row.kind, row.mapping) if row else None


@transaction.atomic
def keep(actor: Actor, site: Site, name: str, kind: str, headings: Sequence[str], mapping: Mapping[str, str]) -> None:
    """Keep a mapping, or overwrite the one of that name at the site. Raises :class:`NotPossible`."""
    name = fitting("name", name, 80)
    if not name:
        raise NotPossible("A mapping needs a name.")
    if not actor.may(PERMISSIONS.get(kind, "administer"), site.path):
        raise NotPossible(f"You may not keep a mapping at {site}.")
    wrong = sorted(set(mapping.values()) - {"", *fields(kind)})
    if wrong:
        raise NotPossible(f"There is no field “{wrong[0]}”; there are {', '.join(fields(kind))}.")
    row, made = SavedMapping.objects.update_or_create(
        site=site,
        name=name,
        defaults={
            "kind": kind, "headings": list(headings)[:512], "signature": signature(headings),
            "mapping": dict(mapping), "used_at": timezone.now(),
        },
    )  # fmt: skip
    _note(actor, "register:mapping:added" if made else "register:mapping:changed", row)


@transaction.atomic
def remove(actor: Actor, name: str) -> None:
    """Remove the mapping of that name, or that id. Raises :class:`NotPossible`."""
    rows = [
        row
        for row in SavedMapping.objects.visible_to(actor).select_related("site")
        if name in {row.name, str(row.pk)} and actor.may(PERMISSIONS[row.kind], row.site.path)
    ]
    if not rows:
        raise NotPossible(f"There is no mapping {name!r}. See: licet import mapping list")
    if len(rows) > 1:
        places = ", ".join(f"{row.pk} at {row.site}" for row in rows)
        raise NotPossible(f"There are several mappings {name!r}; name one by its number: {places}.")
    _note(actor, "register:mapping:removed", rows[0])
    rows[0].delete()


def _note(actor: Actor, action: str, row: SavedMapping) -> None:
    ledger.append(
        actor=actor.label,
        action=action,
        object_type="mapping",
        object_id=row.pk,
        site=row.site_id,
        after={"name": row.name, "kind": row.kind, "mapping": row.mapping},
    )
