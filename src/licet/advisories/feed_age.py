"""How old each kind of feed may be, and which are older: a gap in knowledge is a finding of its own."""

from dataclasses import dataclass
from datetime import date, datetime

from django.db import transaction
from django.db.models import Max

from licet.advisories.feeds.found import Kind
from licet.advisories.models import Feed, FeedAge
from licet.ledger import record as ledger
from licet.sites.record import NotPossible
from licet.sites.scope import Actor

# Days after which a feed says too little of today. Shipped and typed notices carry no news by themselves, so they have more time.
DEFAULT_DAYS: dict[str, int] = {
    Kind.KEV: 14,
    Kind.EPSS: 14,
    Kind.NVD: 30,
    Kind.CSAF: 180,
    Kind.NOTICES: 180,
    Kind.SHIPPED: 180,
}
# These are expected in every installation: never having brought one is a gap as well.
EXPECTED = (Kind.SHIPPED, Kind.KEV, Kind.NVD, Kind.EPSS)


@dataclass(frozen=True, slots=True)
class FeedState:
    """A kind of feed: the day that the newest one names, its age in days, and the age that is allowed."""

    kind: str
    issued_on: date | None
    taken_at: datetime | None
    rows: int
    version: str
    age: int | None
    allowed: int
    stale: bool
    expected: bool


def feeds(now: datetime) -> list[FeedState]:
    """All kinds of feeds, those that were never brought too."""
    allowed = DEFAULT_DAYS | dict(FeedAge.objects.values_list("kind", "days"))
    newest = {
        row["kind"]: row
        for row in Feed.objects.order_by().values("kind").annotate(issued=Max("issued_on"), taken=Max("taken_at"))
    }
    rows = {row.kind: row for row in Feed.objects.order_by("issued_on")}
    found = []
    for kind in Kind:
        row = newest.get(kind)
        issued = row["issued"] if row else None
        age = (now.date() - issued).days if issued else None
        expected = kind in EXPECTED
        stale = age > allowed[kind] if age is not None else expected or row is not None
        last = rows.get(kind)
        found.append(
            FeedState(kind, issued, row["taken"] if row else None, last.rows if last else 0, last.version if last else "", age, allowed[kind], stale, expected)
        )  # fmt: skip
    return found


def stale_feeds(now: datetime) -> list[FeedState]:
    """The feeds that are older than allowed, or expected and never brought. For audits and alerts."""
    return [one for one in feeds(now) if one.stale]


@transaction.atomic
def set_age(actor: Actor, kind: str, days: int) -> None:
    """Set the age that a kind of feed may have. Raises :class:`NotPossible`."""
    if not actor.may("administer", ""):
        raise NotPossible("only an administrator of everything sets how old a feed may be")
    if kind not in DEFAULT_DAYS:
        raise NotPossible(f"there is no feed {kind!r}; there are {', '.join(DEFAULT_DAYS)}")
    if not 1 <= days <= 3650:
        raise NotPossible("a feed may be from 1 to 3650 days old")
    before = FeedAge.objects.filter(kind=kind).values_list("days", flat=True).first()
    FeedAge.objects.update_or_create(kind=kind, defaults={"days": days})
    ledger.append(
        actor=actor.label, action="advisories:age:set", object_type="feed", object_id=kind,
        before={"days": before or DEFAULT_DAYS[kind]}, after={"days": days},
    )  # fmt: skip
