"""What has a day that somebody must hear of: ends of licences and of maintenance, days of decision, renewals and requests that are due."""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta

from django.db.models import Q, QuerySet

from licet.alerts.audience import Audience
from licet.alerts.steps import Steps
from licet.compliance.models import Request
from licet.dates import day_in
from licet.register.models import Licence
from licet.renewals.models import Renewal

ENDS, MAINTENANCE, NOTICE, RENEWAL = "licence.ends", "licence.maintenance_ends", "licence.notice", "renewal.overdue"
REQUEST = "request.due"  # of a filmed person; who asked is not known here
COLUMN = {
    ENDS: "expires_on",
    MAINTENANCE: "maintenance_until",
    NOTICE: "notice_on",
    RENEWAL: "due_on",
    REQUEST: "due_on",
}
_WORD = {ENDS: "ends", MAINTENANCE: "maintenance", NOTICE: "notice", RENEWAL: "due", REQUEST: "answer"}
_CODE = {word: code for code, word in _WORD.items()}
CODES = (ENDS, MAINTENANCE, NOTICE, RENEWAL, REQUEST)
_THING = {RENEWAL: "renewal", REQUEST: "request"}
_PAGE = {RENEWAL: "renewals", REQUEST: "compliance/requests"}


@dataclass(frozen=True, slots=True)
class Subject:
    """A thing and its day. ``since`` = from which day on anybody could have been told of it."""

    code: str
    id: int
    title: str
    site: int
    path: str
    day: date
    today: date
    since: date
    steps: Steps

    @property
    def key(self) -> str:
        """The thing **and** its day, so that a changed day is told anew (wish 58)."""
        return key_of(self.code, self.id, self.day)

    @property
    def left(self) -> int:
        """Days to the day, negative after it."""
        return (self.day - self.today).days


_LONGEST_KEY = 50
_NO_ROW = 10**18  # a number that every database holds and no row reaches


def key_of(code: str, pk: int, day: date) -> str:
    """As ``licence:12:ends:2027-01-31``."""
    return f"{thing_of(code)}:{pk}:{_WORD[code]}:{day.isoformat()}"


def thing_of(code: str) -> str:
    """What has the day: licence, renewal or request."""
    return _THING.get(code, "licence")


def page_of(code: str) -> str:
    """Below which address its page is."""
    return _PAGE.get(code, "licences")


def read_key(key: str) -> tuple[str, int, date] | None:
    """Code, number and day of a subject's key; None for what is none, or is not written as :func:`key_of` writes it."""
    if len(key) > _LONGEST_KEY:
        return None
    try:
        _thing, pk, word, day = key.split(":")
        read = _CODE[word], int(pk), date.fromisoformat(day)
    except (ValueError, KeyError):
        return None
    return read if read[1] < _NO_ROW and key_of(*read) == key else None


def subjects(
    audience: Audience, now: datetime, *, ahead: int | None = None, licences: QuerySet[Licence] | None = None,
    renewals: QuerySet[Renewal] | None = None, requests: QuerySet[Request] | None = None,
) -> Iterator[Subject]:  # fmt: skip
    """All that is unresolved and whose day has passed or comes within ``ahead`` days (as far as any step reaches for None).

    ``licences``, ``renewals`` and ``requests`` narrow what is looked at; one query for each kind of day.
    """
    todays = _Todays(now)
    far = ahead if ahead is not None else max(max(steps.before, default=0) for steps in audience.all_steps())
    until = now.date() + timedelta(days=far + 1)
    held = Licence.objects.all() if licences is None else licences
    for code in (ENDS, MAINTENANCE, NOTICE):
        column = COLUMN[code]
        rows = unresolved(held, code, now).filter(**{f"{column}__lte": until})
        for pk, title, site, day, made in rows.values_list("id", "title", "site_id", column, "created_at").iterator(
            chunk_size=5000
        ):
            place = audience.places.get(site)
            if place is not None:
                yield Subject(
                    code, pk, title, site, place.path, day, todays[place.zone], made.date(),
                    audience.steps(place.path, pk),
                )  # fmt: skip
    open_ones = (Renewal.objects.all() if renewals is None else renewals).filter(closed_at=None, due_on__lte=until)
    for pk, title, site, day, made in open_ones.values_list("id", "title", "site_id", "due_on", "created_at"):
        place = audience.places.get(site)
        if place is not None:
            steps = audience.steps(place.path)
            yield Subject(RENEWAL, pk, title, site, place.path, day, todays[place.zone], made.date(), steps)
    asked = (Request.objects.all() if requests is None else requests).filter(answered_on=None, due_on__lte=until)
    for pk, title, site, day, made in asked.order_by().values_list("id", "reference", "site_id", "due_on", "made_at"):
        place = audience.places.get(site)
        if place is not None:
            steps = audience.steps(place.path)
            yield Subject(REQUEST, pk, title, site, place.path, day, todays[place.zone], made.date(), steps)


def unresolved(rows: QuerySet[Licence], code: str, now: datetime) -> QuerySet[Licence]:
    """Not returned and not replaced by a newer one; a decision is no longer asked for once the licence itself has ended."""
    replaced = Licence.objects.exclude(supersedes=None).filter(returned_on=None).values("supersedes")
    rows = rows.filter(returned_on=None).exclude(pk__in=replaced)
    if code == NOTICE:
        yesterday = now.astimezone(UTC).date() - timedelta(days=1)
        rows = rows.filter(Q(expires_on=None) | Q(expires_on__gte=yesterday))
    return rows.order_by()


class _Todays(dict[str, date]):
    """What day it is in each zone, worked out once."""

    def __init__(self, now: datetime) -> None:
        super().__init__()
        self._now = now

    def __missing__(self, zone: str) -> date:
        self[zone] = found = day_in(zone, self._now)
        return found
