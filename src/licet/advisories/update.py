"""Takes feeds in: recognises a file, says what it would change, writes it, and has the estate matched anew."""

import hashlib
from collections.abc import Callable, Iterable
from dataclasses import dataclass, field, replace
from datetime import date, datetime

from django.db import transaction

from licet.advisories.entry import Entry, Exploited, Rows, Score, as_plain, differences, from_plain
from licet.advisories.feeds.found import Chance, Feed, Kind, Refused
from licet.advisories.feeds.recognise import read_feed
from licet.advisories.matching import match_all
from licet.advisories.models import Advisory
from licet.advisories.models import Feed as FeedRow
from licet.advisories.shipped import shipped
from licet.ledger import record as ledger
from licet.sites.record import NotPossible
from licet.sites.scope import Actor

CHANGES_KEPT = 1000
_BROUGHT = "brought by"


@dataclass(frozen=True, slots=True)
class Change:
    """One advisory that a feed changes: "added", or the fields that differ."""

    code: str
    what: str


@dataclass(slots=True)
class Report:
    """What taking in one file did, or would do in a dry run."""

    kind: str
    name: str
    issued: date | None
    rows: int
    added: int = 0
    changed: int = 0
    unchanged: int = 0
    others: int = 0
    gone: int = 0  # marks of known exploitation that the feed does not list any more; they are among the changed
    older: bool = False  # a newer one is held; nothing is taken from it unless that is wanted
    changes: list[Change] = field(default_factory=list)
    refused: list[Refused] = field(default_factory=list)
    notes: list[str] = field(default_factory=list)


@dataclass(frozen=True, slots=True)
class _Held:
    """An advisory as it is held: its row's id, the kind of feed it came from, and the whole of it."""

    pk: int
    feed: str
    entry: Entry
    epss: tuple[float | None, float | None]


def take_in(
    actor: Actor,
    data: bytes,
    file_name: str,
    *,
    now: datetime,
    dry_run: bool = False,
    older_too: bool = False,
    most_unpacked: int | None = None,
) -> Report:
    """Take a feed file in. ``older_too`` = even one that is older than what is held.

    Raises :class:`licet.advisories.feeds.problem.NotReadable` for one that cannot be read, :class:`NotPossible` for an actor who may not.
    """
    if not actor.may("administer", ""):
        raise NotPossible("Taking in feeds needs the permission to administer everywhere: they hold for all sites.")
    held = _held()
    feed = read_feed(data, frozenset(held), most_unpacked)
    if feed.kind is Kind.KEV:
        feed = replace(
            feed, exploited={code: one for code, one in feed.exploited.items() if code in held}, others=feed.rows
        )
        feed = replace(feed, others=feed.rows - len(feed.exploited))
    digest = hashlib.sha256(data).hexdigest()
    return _take(actor, feed, held, digest, file_name, now=now, dry_run=dry_run, older_too=older_too)


def load_shipped(now: datetime, actor: str = "system") -> Report:
    """Bring the advisories up to those that come with this version. What newer feeds have brought stays."""
    ours = shipped()
    held = _held()
    entries = ours.entries
    if FeedRow.objects.filter(kind=Kind.KEV, issued_on__gt=ours.kev_issued).exists():
        entries = tuple(replace(one, kev=held[one.code].entry.kev) if one.code in held else one for one in entries)
    feed = Feed(Kind.SHIPPED, ours.compiled, rows=len(entries), entries=entries)
    report = _take(Actor(label=actor), feed, held, "", "", now=now, dry_run=False)
    # The shipped records were checked against this catalogue; a newer one replaces it.
    FeedRow.objects.get_or_create(
        kind=Kind.KEV, name="", defaults={"issued_on": ours.kev_issued, "version": ours.kev_version, "taken_at": now}
    )
    return report


def _held() -> dict[str, _Held]:
    rows = Advisory.objects.only("id", "code", "feed", "plain", "epss", "epss_percentile")
    return {row.code: _Held(row.pk, row.feed, from_plain(row.plain), (row.epss, row.epss_percentile)) for row in rows}


@transaction.atomic
def _take(
    actor: Actor,
    feed: Feed,
    held: dict[str, _Held],
    digest: str,
    file_name: str,
    *,
    now: datetime,
    dry_run: bool,
    older_too: bool = False,
) -> Report:
    name = feed.version if feed.kind is Kind.CSAF else ""
    report = Report(
        feed.kind, name or feed.version, feed.issued, feed.rows, others=feed.others, refused=list(feed.refused),
        notes=list(feed.notes),
    )  # fmt: skip
    before = FeedRow.objects.filter(kind=feed.kind, name=name).first()
    if (
        before is not None
        and before.issued_on
        and feed.issued
        and feed.issued < before.issued_on
        and feed.kind is not Kind.NOTICES
    ):
        report.older = True
        said = f"It is older ({feed.issued}) than what is held ({before.issued_on})"
        if not older_too and not dry_run:
            report.notes.append(f"{said}: nothing is taken from it.")
            report.unchanged = len(held)
            return report
        report.notes.append(f"{said}: it is taken in only if that is confirmed." if not older_too else f"{said}.")
    wanted = _wanted(feed, held)
    rows = [
        _row(held.get(entry.code), entry, kind, chance)
        for entry, kind, chance in wanted
        if _note(report, held, entry, chance)
    ]
    report.unchanged = max(len(wanted) - len(rows), 0)
    if dry_run:
        return report
    _write(rows)
    FeedRow.objects.update_or_create(
        kind=feed.kind, name=name,
        defaults={
            "issued_on": feed.issued, "version": feed.version[:60], "rows": feed.rows, "sha256": digest,
            "file_name": file_name[:200], "taken_at": now,
        },
    )  # fmt: skip
    if rows or digest:
        ledger.append(
            actor=actor.label, action="advisories:feed:taken", object_type="feed", object_id=feed.kind,
            after={
                "file": digest, "issued": feed.issued.isoformat() if feed.issued else None, "added": report.added,
                "changed": report.changed, "codes": [one.code for one in report.changes][:200],
            },
        )  # fmt: skip
    if rows:
        match_all(now)
    return report


def _note(report: Report, held: dict[str, _Held], entry: Entry, chance: Chance | None) -> bool:
    """Count and name a change; whether there is one."""
    old = held.get(entry.code)
    if old is None:
        report.added += 1
        what = "added"
    else:
        names = differences(old.entry, entry)
        if chance is not None and old.epss != (chance.score, chance.percentile):
            names.append("epss")
        if not names:
            return False
        report.changed += 1
        what = ", ".join(names)
        if old.entry.kev and not entry.kev:
            report.gone += 1
            what += " (not listed as exploited any more)"
    if len(report.changes) < CHANGES_KEPT:
        report.changes.append(Change(entry.code, what))
    return True


def _wanted(feed: Feed, held: dict[str, _Held]) -> list[tuple[Entry, str, Chance | None]]:
    """Each advisory that the feed is about as it shall be, with the kind of feed that its rows come from."""
    if feed.kind is Kind.KEV:
        return [
            (replace(one.entry, kev=feed.exploited.get(code)), one.feed, None)
            for code, one in held.items()
            if code.startswith("CVE-")
        ]
    if feed.kind is Kind.EPSS:
        return [(held[code].entry, held[code].feed, chance) for code, chance in feed.chances.items()]
    merge: Callable[[_Held, Entry], tuple[Entry, str]] = _MERGE[feed.kind]
    found: list[tuple[Entry, str, Chance | None]] = []
    for entry in feed.entries:
        old = held.get(entry.code)
        new, kind = (entry, str(feed.kind)) if old is None else merge(old, entry)
        found.append((new, kind, None))
    return found


def _over_shipped(old: _Held, new: Entry) -> tuple[Entry, str]:
    """The shipped record anew; what feeds have brought beside it stays."""
    held = old.entry
    rows = new.rows
    if old.feed == Kind.SHIPPED:
        rows = (*new.rows, *(row for row in held.rows if row.basis != "notice" or row.note.startswith(_BROUGHT)))
    entry = replace(
        new,
        rows=rows,
        scores=held.scores or new.scores,
        cpes=held.cpes or new.cpes,
        url=new.url or held.url,
        published=new.published or held.published,
        weaknesses=new.weaknesses or held.weaknesses,
    )
    return entry, str(Kind.SHIPPED)


def _with_nvd(old: _Held, new: Entry) -> tuple[Entry, str]:
    """NVD brings scores, dates and the KEV mark; its models only as hints, beside the rows that the notice itself gave."""
    entry = old.entry
    if old.feed == Kind.NVD:
        return replace(new, kev=new.kev or entry.kev), str(Kind.NVD)
    named = {name.upper().replace(" ", "") for row in entry.rows if row.basis == "notice" for name in row.models}
    hints = tuple(
        replace(row, models=fresh)
        for row in new.rows
        if (fresh := tuple(name for name in row.models if name.upper().replace(" ", "") not in named))
    )
    # Where the notice itself gives ranges, CPE names add nothing but mistakes; where it gives none, they name the models.
    if any(row.range is not None for row in entry.rows):
        hints = ()
    own = tuple(row for row in entry.rows if row.basis == "notice")
    return replace(
        entry,
        rows=own + hints,
        scores=_scores(entry, new),
        published=entry.published or new.published,
        kev=new.kev or entry.kev,
        weaknesses=entry.weaknesses or new.weaknesses,
        url=entry.url or new.url,
        cpes=new.cpes or entry.cpes,
    ), old.feed


def _scores(old: Entry, new: Entry) -> tuple[Score, ...]:
    seen = {(one.version, one.vector) for one in new.scores}
    return (*new.scores, *(one for one in old.scores if (one.version, one.vector) not in seen))


def _with_rows(old: _Held, new: Entry) -> tuple[Entry, str]:
    """A notice or CSAF document beside what is held: its rows replace those it brought before, and add to the shipped ones."""
    if old.feed != Kind.SHIPPED:
        return new, str(Kind.NOTICES if old.feed == Kind.NOTICES else Kind.CSAF)
    kept = tuple(row for row in old.entry.rows if row.note != _mark(new))
    brought = tuple(replace(row, note=_mark(new)) for row in new.rows if not _said(row, kept))
    return replace(
        old.entry, rows=kept + brought, scores=old.entry.scores or new.scores, url=old.entry.url or new.url
    ), old.feed


def _mark(entry: Entry) -> str:
    return f"{_BROUGHT} {entry.source} of {entry.dated}"


def _said(row: Rows, kept: tuple[Rows, ...]) -> bool:
    """Whether a row says nothing that is not there: the same models in the same status."""
    models = {name.upper() for one in kept if one.status == row.status for name in one.models}
    return {name.upper() for name in row.models} <= models


_MERGE: dict[Kind, Callable[[_Held, Entry], tuple[Entry, str]]] = {
    Kind.SHIPPED: _over_shipped,
    Kind.NVD: _with_nvd,
    Kind.CSAF: _with_rows,
    Kind.NOTICES: _with_rows,
}


def _row(old: _Held | None, entry: Entry, feed: str, chance: Chance | None) -> Advisory:
    best = entry.best
    score = best.score if best else None
    epss = (chance.score, chance.percentile) if chance else old.epss if old else (None, None)
    return Advisory(
        pk=old.pk if old else None,
        code=entry.code,
        title=entry.title[:300],
        severity=entry.severity,
        score=score,
        rank=rank_of(entry.kev, entry.exploited, score, entry.severity),
        kev_added=entry.kev.added if entry.kev else None,
        kev_due=entry.kev.due if entry.kev else None,
        epss=epss[0],
        epss_percentile=epss[1],
        published=entry.published,
        dated=entry.dated,
        feed=feed,
        plain=as_plain(entry),
    )


_WORTH = {"critical": 9.5, "high": 8.0, "medium": 5.5, "low": 2.0}


def rank_of(kev: Exploited | None, exploited: str, score: float | None, severity: str) -> float:
    """A number to order by urgency: 100 for a listed exploitation, 50 for one that a record alone tells, and the score."""
    worth = score if score is not None else _WORTH.get(severity, 0.0)
    return (100.0 if kev else 50.0 if exploited else 0.0) + worth


def _write(rows: Iterable[Advisory]) -> None:
    rows = list(rows)
    fresh = [row for row in rows if row.pk is None]
    known = [row for row in rows if row.pk is not None]
    Advisory.objects.bulk_create(fresh, batch_size=500)
    names = [one.name for one in Advisory._meta.concrete_fields if one.name not in {"id", "code"}]  # noqa: SLF001
    Advisory.objects.bulk_update(known, names, batch_size=200)
