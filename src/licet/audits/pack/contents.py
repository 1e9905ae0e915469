"""What goes into a pack, read once: the run, its answers, findings, waivers, positions, documents, and what the record says of it."""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from django.db.models import Q

from licet.audits import looking, read
from licet.audits.models import Finding, Kind, Run, Waiver
from licet.audits.run import findings_at
from licet.authorization.models import Position
from licet.ledger.read import of_objects
from licet.register.documents import DocumentRow, of_licence
from licet.register.models import Licence
from licet.sites import bulk
from licet.sites.scope import Actor

FINDING_HEADINGS = (
    "id", "severity", "question", "rule", "title", "kind", "subject", "part", "site", "detail", "remedy", "state",
    "waived_until", "owner", "due_on", "opened_at",
)  # fmt: skip
POSITION_HEADINGS = (
    "site", "pool", "metric", "purchased", "activated", "entitled", "reported_total", "reported_used", "demanded", "free",
    "over", "usage", "computed_at",
)  # fmt: skip
_MOST_DOCUMENTS = 500
# Who packed it is not evidence, and would make each pack another than the one before.
_ENTRIES = ("audits:run:", "audits:waiver:")


@dataclass(frozen=True, slots=True)
class Contents:
    """All of a pack but its form. ``at`` is the instant that it is true of: the signature's, else the end of the run."""

    run: Run
    at: datetime
    place: str
    answers: tuple[read.Answer, ...]
    severities: dict[str, int]
    actions: tuple[read.Action, ...]
    difference: read.Difference | None
    waivers: tuple[looking.WaiverRow, ...]
    documents: tuple[DocumentRow, ...]
    entries: tuple[dict[str, Any], ...] | None  # None = whoever packs may not read the record


def gather(actor: Actor, run: Run) -> Contents:
    """Read everything but the long lists."""
    at = run.signed_at or run.finished_at or run.started_at
    older = read.previous(run)
    waivers = _waivers(run, at)
    return Contents(
        run=run,
        at=at,
        place=run.site.full_name if run.site else "Everything",
        answers=tuple(read.answers(run, at)),
        severities=read.by_severity(run),
        actions=tuple(read.actions(run)),
        difference=read.difference(older, run) if older else None,
        waivers=tuple(looking.in_words(waivers, at)),
        documents=tuple(_documents(actor, run)),
        entries=tuple(_entries(actor, run, waivers)) if actor.may("ledger", _path(run)) else None,
    )


def finding_rows(actor: Actor, run: Run, at: datetime) -> Iterator[read.FindingRow]:
    """The findings as the run left them, by their id."""
    yield from read.every(actor, read.FindingFilter(run=run), at)


def finding_cells(row: read.FindingRow) -> tuple[Any, ...]:
    """A finding as a line of a table."""
    return (
        row.id, row.severity, row.question, row.rule, row.title, row.kind, row.subject, row.part, row.site, row.detail,
        row.remedy, row.state, row.waived_until, row.owner, row.due_on, row.opened_at,
    )  # fmt: skip


def position_rows(run: Run) -> Iterator[tuple[Any, ...]]:
    """The licence positions of the subtree, with the instant at which each was computed."""
    rows = (
        Position.objects.under(run.site).select_related("site", "pool").order_by("site__path", "pool__name", "metric")
    )
    for row in rows.iterator(chunk_size=2000):
        yield (
            row.site.full_name, row.pool.name, row.metric, row.purchased, row.activated, row.entitled, row.reported_total,
            row.reported_used, row.demanded, row.free, row.over, row.usage, row.computed_at,
        )  # fmt: skip


def _waivers(run: Run, at: datetime) -> list[Waiver]:
    """The waivers of rules of the run that were asked for by then: in the subtree, and from above those of all that a rule finds there."""
    rows = Waiver.objects.filter(rule__in=list(run.counts), requested_at__lte=at)
    if run.site is not None:
        parts = run.site.path.strip("/").split("/")
        above = ["/" + "".join(f"{part}/" for part in parts[: depth + 1]) for depth in range(len(parts))]
        rows = rows.filter(Q(site__path__startswith=run.site.path) | Q(site__path__in=above, subject=None))
    return list(rows.select_related("site", "requested_by", "approved_by").order_by("id"))


def _documents(actor: Actor, run: Run) -> Iterator[DocumentRow]:
    """The documents about the licences that something was found of; at most 500 are listed."""
    ids = Finding.objects.filter(pk__in=findings_at(run).values("pk"), kind=Kind.LICENCE)
    found: dict[int, DocumentRow] = {}
    for some in bulk.chunks(sorted(set(ids.values_list("subject", flat=True)))[:_MOST_DOCUMENTS]):
        for pk, order in Licence.objects.visible_to(actor).filter(pk__in=some).values_list("pk", "order_id"):
            found.update({row.id: row for row in of_licence(actor, pk, order)})
    for pk in sorted(found)[:_MOST_DOCUMENTS]:
        yield found[pk]


def _path(run: Run) -> str:
    return run.site.path if run.site else ""


def _entries(actor: Actor, run: Run, waivers: list[Waiver]) -> Iterator[dict[str, Any]]:
    """What the record says of the run and its waivers: the chain's own text, which holds pseudonyms, and its digest.

    Of a waiver from above only where the actor may read the record there too.
    """
    readable = [waiver.pk for waiver in waivers if actor.may("ledger", waiver.site.path)]
    found = [*of_objects("audit", [run.pk]), *of_objects("waiver", readable)]
    for entry in sorted(found, key=lambda one: int(one["seq"])):
        if str(entry["action"]).startswith(_ENTRIES):
            yield {"seq": entry["seq"], "digest": entry["digest"], "text": entry["text"]}
