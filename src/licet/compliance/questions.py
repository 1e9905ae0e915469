"""The questionnaire: which facts decide what applies, how they are answered at a site, and by whom."""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime

from licet.compliance import catalogue as catalogues
from licet.compliance.applying import of_country
from licet.compliance.models import Answer, Limit
from licet.compliance.words import LIMITS
from licet.sites.models import Site
from licet.sites.scope import Actor


@dataclass(frozen=True, slots=True)
class Question:
    """One question at one site. ``value`` is what holds there; ``origin`` says why: here, above, organisation, country, open."""

    name: str
    scope: str
    means: str
    value: bool | None
    origin: str
    own: bool | None
    note: str
    answered_at: datetime | None
    answered_by: str
    decides: int  # controls and regimes that ask for it


def questions(actor: Actor, site: Site | None) -> list[Question]:
    """The questions at a site (of the organisation for None), those about the organisation first."""
    found = catalogues.current()
    paths = [] if site is None else _above(site)
    rows = {
        (row.site_id, row.name): row
        for row in Answer.objects.filter(superseded_at=None).select_related("site", "person")
        if row.site is None or (site is not None and row.site.path in paths)
    }
    asked = [one for one in found.facts.values() if not one.auto and one.scope != "any"]
    if site is None:
        asked = [one for one in asked if one.scope == "organisation"]
    country = of_country(site.country) if site is not None else {}
    applies = [one.applies for one in found.controls.values()] + [one.applies for one in found.regimes.values()]
    uses = [word for one in applies for word in one.words]
    uses += [extra.when for one in found.controls.values() for extra in one.extra]
    listed = []
    for word in sorted(asked, key=lambda one: one.scope != "organisation"):
        near = sorted(
            (row for (_place, name), row in rows.items() if name == word.name and row.value is not None),
            key=lambda row: len(row.site.path) if row.site else 0,
        )
        best = near[-1] if near else None
        own = rows.get((site.pk if site else None, word.name))
        origin = "open"
        if best is not None:
            origin = "here" if best == own else "organisation" if best.site is None else "above"
        elif word.name in country:
            origin = "country"
        listed.append(
            Question(
                word.name, word.scope, word.means, best.value if best else country.get(word.name), origin,
                own.value if own else None, best.note if best else "", best.answered_at if best else None,
                _who(actor, best), uses.count(word.name),
            )
        )  # fmt: skip
    return listed


def _who(actor: Actor, row: Answer | None) -> str:
    """Who answered; for a part of the tree that the reader does not see, nobody is named."""
    if row is None:
        return ""
    if not actor.may("view", row.site.path if row.site else ""):
        return ""
    return str(row.person) if row.person else row.signed_by


def _above(site: Site) -> set[str]:
    parts = site.path.strip("/").split("/")
    return {"/" + "".join(f"{part}/" for part in parts[:depth]) for depth in range(1, len(parts) + 1)}


def versions(actor: Actor, site: Site | None, name: str) -> list[Answer]:
    """Every answer to a question at this site, newest first."""
    rows = Answer.objects.filter(name=name).select_related("site", "person")
    rows = rows.filter(site=None) if site is None else rows.visible_to(actor).filter(site=site)
    return list(rows.order_by("-answered_at", "-id")[:100])


@dataclass(frozen=True, slots=True)
class LimitRow:
    """A parameter at a site: what holds, where it comes from, and the rule it rests on.

    ``group`` is that of the controls that read it, ``general`` where all do.
    """

    name: str
    title: str
    group: str
    type: str
    of: str
    unit: str
    note: str
    floor_by: str
    default: object
    value: object
    origin: str  # here, above, everywhere, default
    citation: str


def limits(site: Site | None) -> Iterator[LimitRow]:
    """The parameters that hold at a site."""
    paths = _above(site) if site is not None else set()
    rows = [row for row in Limit.objects.select_related("site") if row.site is None or row.site.path in paths]
    catalogue = catalogues.current()
    groups = {name: one.group for one in catalogue.controls.values() for name in one.params}
    for parameter in catalogue.parameters.values():
        near = sorted(
            (row for row in rows if row.name == parameter.name), key=lambda row: len(row.site.path) if row.site else 0
        )
        best = near[-1] if near else None
        origin = "default"
        if best is not None:
            origin = "everywhere" if best.site is None else "here" if best.site == site else "above"
            if site is None:
                origin = "here"
        yield LimitRow(
            parameter.name, LIMITS.get(parameter.name, parameter.name.replace("_", " ").capitalize()),
            groups.get(parameter.name, "general"), parameter.type, parameter.of, parameter.unit, parameter.note, parameter.floor_by, parameter.default,
            best.value if best else parameter.default, origin, best.citation if best else "",
        )  # fmt: skip
