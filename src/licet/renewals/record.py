"""Writes about renewals under way. One function = one transaction = one ledger entry (and one for each licence that is renewed)."""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime
from decimal import Decimal
from typing import Any, Final

from django.db import transaction
from django.utils import timezone

from licet.ledger import record as ledger
from licet.register.bulk_parts import Part
from licet.register.models import Licence
from licet.register.record import renew
from licet.renewals import work
from licet.renewals.models import Renewal, RenewalItem
from licet.sites import bulk
from licet.sites.models import Person, Site
from licet.sites.record import NotPossible
from licet.sites.scope import Actor
from licet.sites.text import fitting

MOST_LICENCES = 500


@dataclass(frozen=True, slots=True)
class Details:
    """What is known of a renewal beside its licences and state."""

    title: str = ""
    owner: Person | None = None
    due_on: date | None = None
    vendor: str = ""
    quote_number: str = ""
    order_number: str = ""
    note: str = ""


@dataclass(frozen=True, slots=True)
class Bought:
    """What came of a renewal: the last day of all (or of single licences), units and price of single ones."""

    expires_on: date | None = None
    ends: Mapping[int, date | None] = field(default_factory=dict)
    units: Mapping[int, int] = field(default_factory=dict)
    prices: Mapping[int, Decimal] = field(default_factory=dict)
    currency: str = ""
    purchased_on: date | None = None
    activated_on: date | None = None


@transaction.atomic
def start(actor: Actor, licences: Collection[int], details: Details, now: datetime, *, today: date) -> Renewal:
    """Begin the renewal of one licence, or of several at once. Raises :class:`NotPossible`.

    Without a title it has that of its licence; without a day it is due when the first of them ends, or on its day of decision.
    """
    if not 1 <= len(set(licences)) <= MOST_LICENCES:
        raise NotPossible(f"A renewal is of 1 to {MOST_LICENCES} licences.")
    rows = list(
        Licence.objects.visible_to(actor, "edit_register")
        .filter(pk__in=set(licences))
        .select_related("site", "order", "product")
    )
    if len(rows) != len(set(licences)):
        raise NotPossible("One of these licences does not exist, or you may not change the register of its site.")
    for row in rows:
        _must_be_renewable(row)
    taken = RenewalItem.objects.filter(licence__in=rows, open=True).values_list("licence", "renewal").first()
    if taken is not None:
        raise NotPossible(f"Licence {taken[0]} is in renewal {taken[1]} already.")
    _check_owner(details.owner, rows)
    renewal = Renewal.objects.create(
        site=_common_site(actor, rows), title=fitting("title", details.title, 200) or _title(rows)[:200], owner=details.owner,
        due_on=details.due_on or _due(rows, today), vendor=fitting("vendor", details.vendor, 200) or _vendor(rows),
        quote_number=fitting("quote_number", details.quote_number, 120),
        order_number=fitting("order_number", details.order_number, 120),
        note=details.note.strip(), created_at=now, changed_at=now,
    )  # fmt: skip
    RenewalItem.objects.bulk_create(RenewalItem(renewal=renewal, licence=row) for row in rows)
    _note(actor, "started", renewal, after={**said(renewal), "licences": sorted(row.pk for row in rows)[:200]})
    return renewal


@transaction.atomic
def change(actor: Actor, renewal: Renewal, details: Details, now: datetime) -> None:
    """Change what is known of an open renewal; an empty title or day stays as it was."""
    renewal = _locked(actor, renewal)
    _must_be_open(renewal)
    _check_owner(details.owner, [item.licence for item in renewal.items.select_related("licence__site")])
    before = said(renewal)
    renewal.title = fitting("title", details.title, 200) or renewal.title
    renewal.owner, renewal.due_on = details.owner, details.due_on or renewal.due_on
    renewal.vendor, renewal.note = fitting("vendor", details.vendor, 200), details.note.strip()
    renewal.quote_number = fitting("quote_number", details.quote_number, 120)
    renewal.order_number = fitting("order_number", details.order_number, 120)
    renewal.changed_at = now
    renewal.save()
    _note(actor, "changed", renewal, before=before, after=said(renewal))


@transaction.atomic
def move(actor: Actor, renewal: Renewal, to: str, now: datetime, *, reason: str = "") -> None:
    """Bring a renewal to another state; ``declined`` needs a reason and closes it. Raises :class:`NotPossible`."""
    renewal = _locked(actor, renewal)
    if to == work.ACTIVATED:
        raise NotPossible("It is activated by entering what was bought; that renews its licences in the register.")
    if not work.may_move(renewal.state, to):
        raise NotPossible(
            f"A renewal that is {renewal.get_state_display()} cannot become {work.TITLES.get(to, to).lower()}."
        )
    if to == work.DECLINED and not reason.strip():
        raise NotPossible("Say why it is declined.")
    before = said(renewal)
    renewal.state, renewal.changed_at = to, now
    if to == work.DECLINED:
        renewal.closed_at = now
        renewal.items.update(open=False)
    renewal.save(update_fields=["state", "changed_at", "closed_at"])
    _note(
        actor,
        "declined" if to == work.DECLINED else "moved",
        renewal,
        reason=fitting("reason", reason, 500),
        before=before,
        after=said(renewal),
    )


@transaction.atomic
def complete(actor: Actor, renewal: Renewal, bought: Bought, now: datetime, *, today: date) -> list[Licence]:
    """Keep what was bought as the renewals of its licences in the register, and close it. All of them or none.

    The caller has the pools judged anew. Raises :class:`NotPossible` with the licence that stands in the way.
    """
    renewal = _locked(actor, renewal)
    _must_be_open(renewal)
    made: list[Licence] = []
    for item in renewal.items.select_related("licence__site", "licence__product", "licence__sku", "licence__pool"):
        old = item.licence
        try:
            row = renew(
                actor, old, expires_on=bought.ends.get(old.pk, bought.expires_on), today=today, units=bought.units.get(old.pk),
                order=renewal.order_number, purchased_on=bought.purchased_on, activated_on=bought.activated_on,
                price=bought.prices.get(old.pk), currency=bought.currency if old.pk in bought.prices else "",
            )  # fmt: skip
        except NotPossible as error:
            raise NotPossible(f"Licence {old.pk} ({old.title}): {error}") from None
        item.renewed_by, item.open = row, False
        item.save(update_fields=["renewed_by", "open"])
        made.append(row)
    before = said(renewal)
    renewal.state, renewal.changed_at, renewal.closed_at = work.ACTIVATED, now, now
    renewal.save(update_fields=["state", "changed_at", "closed_at"])
    _note(
        actor, "completed", renewal, before=before, after={**said(renewal), "licences": [row.pk for row in made][:200]}
    )
    return made


def said(renewal: Renewal) -> dict[str, Any]:
    """What the record keeps of a renewal."""
    return {
        "title": renewal.title, "state": str(renewal.state), "due_on": renewal.due_on.isoformat(),
        "owner": f"person:{renewal.owner_id}" if renewal.owner_id else None, "vendor": renewal.vendor,
        "quote": renewal.quote_number, "order": renewal.order_number,
    }  # fmt: skip


def _locked(actor: Actor, renewal: Renewal) -> Renewal:
    if not actor.may("edit_register", renewal.site.path):
        raise NotPossible("You may not change the register of this site.")
    return Renewal.objects.select_for_update().get(pk=renewal.pk)


def _must_be_open(renewal: Renewal) -> None:
    if renewal.closed_at is not None:
        raise NotPossible(f"This renewal is closed: {renewal.get_state_display()}.")


def _must_be_renewable(row: Licence) -> None:
    if row.returned_on is not None:
        raise NotPossible(f"Licence {row.pk} was returned.")
    if row.term == Licence.Term.PERPETUAL:
        raise NotPossible(f"Licence {row.pk} is perpetual; it has no end to renew.")
    if row.successors.filter(returned_on=None).exists():
        raise NotPossible(f"Licence {row.pk} is renewed already.")


def _check_owner(owner: Person | None, rows: Collection[Licence]) -> None:
    if owner is None:
        return
    actor = owner.actor()
    if not owner.is_active or not all(actor.may("view", row.site.path) for row in rows):
        raise NotPossible("Its owner must be somebody who can sign in and sees the sites of all its licences.")


def _common_site(actor: Actor, rows: Collection[Licence]) -> Site:
    """The lowest site above all of them where the actor may edit."""
    paths = [row.site.path for row in rows]
    parts = [path.strip("/").split("/") for path in paths]
    shared: list[str] = []
    for level in zip(*parts, strict=False):
        if len(set(level)) != 1:
            break
        shared.append(level[0])
    for depth in range(len(shared), 0, -1):
        path = "/" + "/".join(shared[:depth]) + "/"
        if actor.may("edit_register", path):
            return Site.objects.get(path=path)
    raise NotPossible("These licences share no site that you look after; make one renewal for each site.")


def _title(rows: list[Licence]) -> str:
    return rows[0].title if len(rows) == 1 else f"{rows[0].title} and {len(rows) - 1} more"


def _vendor(rows: list[Licence]) -> str:
    return next((row.order.vendor for row in rows if row.order and row.order.vendor), "")


def _due(rows: list[Licence], today: date) -> date:
    days = [day for row in rows for day in (row.notice_on, row.expires_on) if day is not None and day >= today]
    return min(days, default=today)


def _note(
    actor: Actor, verb: str, renewal: Renewal, *, reason: str = "", before: Any = None, after: Any = None
) -> None:
    ledger.append(
        actor=actor.label, action=f"renewals:renewal:{verb}", object_type="renewal", object_id=renewal.pk,
        site=renewal.site_id, reason=reason, before=before, after=after,
    )  # fmt: skip


def _owners_now(licences: Collection[int]) -> dict[int, Any]:
    """The owner of each licence's open renewal; nothing for a licence without one."""
    found: dict[int, Any] = {}
    for some in bulk.chunks(list(licences)):
        rows = RenewalItem.objects.filter(licence__in=some, open=True, renewal__closed_at=None)
        found |= dict(rows.values_list("licence_id", "renewal__owner_id"))
    return found


def _give_owners(values: Mapping[int, Any]) -> None:
    now = timezone.now()
    for owner in set(values.values()):
        for some in bulk.chunks([licence for licence, wanted in values.items() if wanted == owner]):
            items = RenewalItem.objects.filter(licence__in=some, open=True)
            Renewal.objects.filter(pk__in=items.values("renewal"), closed_at=None).update(owner=owner, changed_at=now)


def _may_own(rows: Sequence[Licence], owner: int | None) -> Mapping[int, str]:
    person = Person.objects.filter(pk=owner, is_active=True).first() if owner else None
    if owner and person is None:
        raise NotPossible("There is nobody with this number who can sign in.")
    actor = person.actor() if person else None
    paths = {row.site.path for row in rows}
    out = {path for path in paths if actor is not None and not actor.may("view", path)}
    return {row.pk: "Its renewal's owner must see its site." for row in rows if row.site.path in out}


OWNER: Final = Part(_owners_now, _give_owners, _may_own, "No renewal of it is under way.")
