"""Calendars: what ends when, as all-day events that Outlook, Google and Apple read alike; and the private links to them."""

import hashlib
import secrets
from collections.abc import Iterable
from datetime import UTC, date, datetime, timedelta

from django.db import transaction
from icalendar import Alarm, Calendar
from icalendar import Event as Entry

from licet.alerts import words
from licet.alerts.audience import audience
from licet.alerts.dated import CODES, RENEWAL, REQUEST, Subject, page_of, subjects, thing_of
from licet.alerts.events import KINDS
from licet.alerts.models import Clock, FeedLink
from licet.compliance.models import Request
from licet.ledger import record as ledger
from licet.register.models import Licence
from licet.renewals.models import Renewal
from licet.sites.models import Person, Site
from licet.sites.record import NotPossible
from licet.sites.scope import Actor

BACK = 90  # days of the past that a calendar still shows
AHEAD = 1826
MOST = 5000
LINKS = 20
PREFIX = "cal_"
_NOTED_EVERY = timedelta(minutes=1)
_TITLES = {
    "licence.ends": "ends",
    "licence.maintenance_ends": "maintenance ends",
    "licence.notice": "decide: renew or give notice",
    RENEWAL: "renewal is due",
    REQUEST: "request of a filmed person is due",
}


def coming(
    actor: Actor, now: datetime, site: Site | None = None, *, codes: Iterable[str] = CODES, ahead: int = AHEAD
) -> tuple[list[Subject], bool]:
    """The days in scope, soonest first, and whether there were more than a calendar takes."""
    wanted, first = set(codes), now.date() - timedelta(days=BACK)
    rows = Licence.objects.visible_to(actor).under(site)
    works = Renewal.objects.visible_to(actor).under(site)
    asked = Request.objects.visible_to(actor).under(site)
    found = [
        one
        for one in subjects(audience(), now, ahead=ahead, licences=rows, renewals=works, requests=asked)
        if one.code in wanted and one.day >= first
    ]
    found.sort(key=lambda one: (one.day, one.code, one.id))
    return found[:MOST], len(found) > MOST


def calendar(
    actor: Actor,
    now: datetime,
    site: Site | None = None,
    *,
    codes: Iterable[str] = CODES,
    alarms: Iterable[int] = (7, 1),
) -> bytes:
    """The iCalendar file of what ends when in scope. UIDs stay the same as long as thing and kind of day do."""
    found, cut = coming(actor, now, site, codes=codes)
    clock = Clock.objects.filter(pk=1).values_list("public_url", flat=True).first() or ""
    names = dict(Site.objects.filter(pk__in={one.site for one in found}).values_list("id", "full_name"))
    whole = Calendar()
    whole.add("prodid", "-//Licet//licences//EN")
    whole.add("version", "2.0")
    whole.add("calscale", "GREGORIAN")
    whole.add("method", "PUBLISH")
    whole.add("x-wr-calname", f"Licet: {site.name}" if site else "Licet")
    whole.add("refresh-interval", timedelta(hours=6), parameters={"VALUE": "DURATION"})
    whole.add("x-published-ttl", "PT6H")
    if cut:
        whole.add("x-wr-caldesc", f"Only the first {MOST} days are shown; make a calendar for one site.")
    installation = _installation()
    for one in found:
        whole.add_component(_entry(one, now, names.get(one.site, ""), clock, installation, tuple(alarms)))
    return bytes(whole.to_ical())


def _entry(one: Subject, now: datetime, site: str, base: str, installation: str, alarms: tuple[int, ...]) -> Entry:
    entry = Entry()
    entry.add("uid", f"{thing_of(one.code)}-{one.id}-{one.code.split('.')[1]}@{installation}.licet")
    entry.add("dtstamp", now.astimezone(UTC).replace(microsecond=0))
    entry.add("dtstart", one.day)
    # The end of an all-day event is the day after it, which is not part of it (RFC 5545, 3.6.1).
    entry.add("dtend", one.day + timedelta(days=1) if one.day < date.max else one.day)
    title = f"{one.title}: {_TITLES[one.code]}"
    entry.add("summary", title)
    lines = [words.dated(one.code, one.title, one.day.isoformat(), one.left), site, KINDS[one.code].title]
    entry.add("description", "\n".join(lines))
    entry.add("location", site)
    entry.add("transp", "TRANSPARENT")
    entry.add("x-microsoft-cdo-busystatus", "FREE")
    entry.add("categories", [KINDS[one.code].title])
    if base:
        entry.add("url", f"{base}/{page_of(one.code)}/{one.id}/")
    for days in alarms:
        alarm = Alarm()
        alarm.add("action", "DISPLAY")
        alarm.add("description", title)
        # Nine in the morning of that many days before: the event begins at midnight.
        alarm.add("trigger", timedelta(hours=9) - timedelta(days=days))
        entry.add_component(alarm)
    return entry


def _installation() -> str:
    """A word that is this installation's own and tells nothing of it, so that two calendars do not mix their events up."""
    first = Site.objects.order_by("id").values_list("created_at", flat=True).first()
    return hashlib.sha256(f"{first}".encode()).hexdigest()[:12]


@transaction.atomic
def add_link(
    actor: Actor, person: Person, name: str, now: datetime, *, site: Site | None = None
) -> tuple[FeedLink, str]:
    """Make a private link and return it with its token, which is shown this once and never kept. One makes one's own."""
    if actor.token is not None or (actor.person is not None and actor.person != person.pk):
        raise NotPossible("A calendar is made by the person it is for.")
    name = name.strip()
    if not name or len(name) > 100:
        raise NotPossible("A calendar needs a name of at most 100 characters, as “phone”.")
    if site is not None and not person.actor().may("view", site.path):
        raise NotPossible("A calendar cannot show a site that its person does not see.")
    if FeedLink.objects.filter(person=person, revoked_at=None).count() >= LINKS:
        raise NotPossible(f"There are {LINKS} calendars already; revoke one.")
    token = PREFIX + secrets.token_urlsafe(32)
    row = FeedLink.objects.create(person=person, name=name, digest=_digest(token), site=site, created_at=now)
    _note(actor, row, "added")
    return row, token


@transaction.atomic
def revoke_link(actor: Actor, row: FeedLink, now: datetime) -> None:
    """End a link. Its person may, and who administers everything."""
    if actor.person != row.person_id and not actor.may("administer", ""):
        raise NotPossible("This calendar belongs to somebody else.")
    if row.revoked_at is None:
        row.revoked_at = now
        row.save(update_fields=["revoked_at"])
        _note(actor, row, "revoked")


def links(person: Person) -> list[FeedLink]:
    """A person's links in force, newest first."""
    return list(FeedLink.objects.filter(person=person, revoked_at=None).select_related("site"))


def find_link(actor: Actor, pk: int) -> FeedLink | None:
    """A link that is one's own, or anybody's for who administers everything."""
    row = FeedLink.objects.select_related("person", "site").filter(pk=pk).first()
    return row if row is not None and (row.person_id == actor.person or actor.may("administer", "")) else None


def opened(token: str, now: datetime) -> FeedLink | None:
    """The link of a token; None for one that is none, was revoked, or whose person is switched off. Notes its use."""
    if not token.startswith(PREFIX) or len(token) > 100:
        return None
    rows = FeedLink.objects.select_related("person", "site").filter(revoked_at=None, person__is_active=True)
    row = rows.filter(digest=_digest(token)).first()
    if row is not None and (row.last_used_at is None or now - row.last_used_at > _NOTED_EVERY):
        FeedLink.objects.filter(pk=row.pk).update(last_used_at=now)
    return row


def _digest(token: str) -> str:
    return hashlib.sha256(token.encode()).hexdigest()


def _note(actor: Actor, row: FeedLink, verb: str) -> None:
    ledger.append(
        actor=actor.label, action=f"alerts:calendar:{verb}", object_type="calendar", object_id=row.pk, site=row.site_id,
        after={"person": f"person:{row.person_id}"},
    )  # fmt: skip
