"""The diagnoses that were made, in scope."""

from dataclasses import dataclass
from datetime import datetime

from django.db.models import Q, QuerySet

from licet.doctor.causes import CAUSES
from licet.doctor.diagnosis import Diagnosis
from licet.doctor.models import Run
from licet.doctor.plain import from_plain
from licet.sites.models import Site
from licet.sites.scope import Actor


@dataclass(frozen=True, slots=True)
class DiagnosisRow:
    """One look at why something does not work."""

    id: int
    target: str
    kind: str
    cause: str
    title: str
    confidence: str
    vantage: str
    at: datetime
    site: str
    healthy: bool


def runs(actor: Actor, site: Site | None = None, *, device: int | None = None, size: int = 25) -> list[DiagnosisRow]:
    """The newest diagnoses in scope."""
    rows = _visible(actor).select_related("site")
    if site is not None:
        rows = rows.filter(site__path__startswith=site.path)
    if device is not None:
        rows = rows.filter(device=device)
    return [
        DiagnosisRow(
            row.pk, row.target, row.kind, row.cause, CAUSES[row.cause].title if row.cause in CAUSES else row.cause, row.confidence,
            row.vantage, row.at, row.site.full_name if row.site else "", row.cause in {"healthy", "nothing_tried"},
        )
        for row in rows[:size]
    ]  # fmt: skip


def run_numbered(actor: Actor, pk: int, permission: str = "view") -> tuple[Run, Diagnosis] | None:
    """One diagnosis where the actor holds the permission; None where there is none."""
    row = _visible(actor, permission).filter(pk=pk).select_related("site").first()
    return (row, from_plain(row.result)) if row else None


def _visible(actor: Actor, permission: str = "view") -> QuerySet[Run]:
    """Those of sites in scope; those of no site for who ran them, and for whoever sees everything."""
    own = Q(site=None, person=actor.person) if actor.person is not None else Q(pk=None)
    everything = Q(site=None) if actor.prefixes(permission) is None else own
    sited = Run.objects.visible_to(actor, permission).filter(site__isnull=False).values("pk")
    return Run.objects.filter(Q(pk__in=sited) | everything).order_by("-pk")
