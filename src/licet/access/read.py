"""What faces ask about accounts and campaigns."""

from collections.abc import Collection, Iterator, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from functools import reduce
from operator import or_
from typing import Any

from django.db.models import Count, F, Q, QuerySet, Sum

from licet.access import flags
from licet.access.models import Account, Campaign, Decision, Policy
from licet.estate.models import CloudAccount, Device, Installation, Subject
from licet.sites.models import Person, Site
from licet.sites.paging import Counted, Page, counted, page
from licet.sites.scope import Actor

SORTS = frozenset({"name", "place", "due_on", "reviewed_at"})
KINDS = {"device": Subject.DEVICE, "installation": Subject.INSTALLATION, "cloud": Subject.CLOUD_ACCOUNT}
APPROVALS: dict[str, bool | None] = {"yes": True, "no": False, "unsaid": None}


@dataclass(frozen=True, slots=True)
class AccountFilter:
    """What is asked of the accounts. Names are keys of :data:`KINDS`, :data:`APPROVALS` and ``flags.FLAGS``."""

    text: str = ""
    kinds: tuple[str, ...] = ()
    approvals: tuple[str, ...] = ()
    flags: tuple[str, ...] = ()
    admins: bool = False
    gone: bool = False
    site: Site | None = None
    ids: tuple[int, ...] = ()
    subject: tuple[int, int] | None = None
    sort: str = ""
    descending: bool = False
    cursor: str = ""
    size: int = 50


@dataclass(frozen=True, slots=True)
class AccountRow:
    """One account of a list."""

    id: int
    site_id: int
    site: str
    subject_type: int
    subject_id: int
    place: str
    name: str
    level: str
    admin: bool
    stated: bool
    source: str
    first_seen_at: datetime
    last_seen_at: datetime
    gone_at: datetime | None
    owner: str
    purpose: str
    approved: bool | None
    installer: bool
    ends_on: date | None
    reviewed_at: datetime | None
    due_on: date | None
    flags: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Facets:
    """How many accounts each choice of a filter leaves; empty where the list is too long to count."""

    total: Counted
    flags: dict[str, int]
    kinds: dict[str, int]
    approvals: dict[str, int]


def accounts(actor: Actor, wanted: AccountFilter) -> Page[AccountRow]:
    """A page of the accounts that are there."""
    sort = wanted.sort if wanted.sort in SORTS else "name"
    found = page(
        _matching(actor, wanted).select_related("site", "owner_person"), sort, descending=wanted.descending,
        cursor=wanted.cursor, size=wanted.size,
    )  # fmt: skip
    return Page(tuple(_row(one) for one in found.rows), found.before, found.after)


def every_account(actor: Actor, wanted: AccountFilter) -> Iterator[AccountRow]:
    """All that match, in the order of the list."""
    rows = _matching(actor, wanted).select_related("site", "owner_person").order_by("name", "id")
    yield from (_row(one) for one in rows.iterator(chunk_size=2000))


def chosen(actor: Actor, wanted: AccountFilter) -> list[int]:
    """The ids of all that match and that the actor may review."""
    return list(_matching(actor, wanted, "review").order_by("pk").values_list("pk", flat=True))


def facets(actor: Actor, wanted: AccountFilter) -> Facets:
    """The counts beside the filters, in one reading of the accounts in scope."""
    rows = _matching(actor, wanted)
    bits = {code: Sum(F("flags").bitand(bit)) for code, (bit, _, _) in flags.FLAGS.items()}
    kinds = {f"kind_{name}": Count("pk", filter=Q(subject_type=kind)) for name, kind in KINDS.items()}
    said = {f"said_{name}": Count("pk", filter=Q(approved=value)) for name, value in APPROVALS.items()}
    said["said_unsaid"] = Count("pk", filter=Q(approved=None))
    sums = rows.order_by().aggregate(**bits, **kinds, **said)
    return Facets(
        counted(rows),
        {code: (sums[code] or 0) // bit for code, (bit, _, _) in flags.FLAGS.items()},
        {name: sums[f"kind_{name}"] for name in KINDS},
        {name: sums[f"said_{name}"] for name in APPROVALS},
    )


def _matching(actor: Actor, wanted: AccountFilter, permission: str = "view") -> QuerySet[Account]:
    rows = Account.objects.visible_to(actor, permission).under(wanted.site).filter(gone_at__isnull=not wanted.gone)
    if wanted.ids:
        rows = rows.filter(pk__in=wanted.ids)
    if wanted.subject:
        rows = rows.filter(subject_type=wanted.subject[0], subject_id=wanted.subject[1])
    if wanted.kinds:
        rows = rows.filter(subject_type__in=[KINDS[name] for name in wanted.kinds])
    if wanted.approvals:
        rows = rows.filter(reduce(or_, (_approval(name) for name in wanted.approvals)))
    if wanted.flags:
        mask = flags.bits(frozenset(wanted.flags))
        masked: Any = rows.alias(masked=F("flags").bitand(mask))
        rows = masked.filter(masked__gt=0)
    if wanted.admins:
        rows = rows.filter(admin=True)
    for word in wanted.text.split()[:5]:
        rows = rows.filter(
            Q(name__icontains=word) | Q(place__icontains=word) | Q(owner__icontains=word) | Q(purpose__icontains=word)
        )
    return rows


def _approval(name: str) -> Q:
    value = APPROVALS[name]
    return Q(approved__isnull=True) if value is None else Q(approved=value)


def _row(one: Account) -> AccountRow:
    person = one.owner_person
    return AccountRow(
        id=one.pk, site_id=one.site_id, site=one.site.full_name, subject_type=one.subject_type, subject_id=one.subject_id,
        place=one.place, name=one.name, level=one.level, admin=one.admin, stated=one.stated, source=one.source,
        first_seen_at=one.first_seen_at, last_seen_at=one.last_seen_at, gone_at=one.gone_at,
        owner=str(person) if person else one.owner, purpose=one.purpose, approved=one.approved, installer=one.installer,
        ends_on=one.ends_on, reviewed_at=one.reviewed_at, due_on=one.due_on, flags=tuple(flags.codes(one.flags)),
    )  # fmt: skip


def subject(actor: Actor, kind: str, text: str) -> Device | Installation | CloudAccount | None:
    """The device, installation or cloud account of this number or name in scope, to state accounts of."""
    named = Q(name=text) | (Q(pk=int(text)) if text.isascii() and text.isdigit() and len(text) < 19 else Q())
    found: list[Device | Installation | CloudAccount] = []
    if kind == "device":
        found += Device.objects.visible_to(actor).filter(named, retired_at=None).select_related("site")[:2]
    elif kind == "installation":
        found += Installation.objects.visible_to(actor).filter(named, retired_at=None).select_related("site")[:2]
    else:
        found += CloudAccount.objects.visible_to(actor).filter(named, retired_at=None).select_related("site")[:2]
    return found[0] if len(found) == 1 else None


def stateable(actor: Actor, site: Site | None = None, size: int = 500) -> list[tuple[str, str]]:
    """(key, name) of installations and cloud accounts of which accounts can be stated."""
    found = []
    for kind, table in (("installation", Installation), ("cloud", CloudAccount)):
        rows = table.objects.visible_to(actor, "edit_estate").under(site).filter(retired_at=None).order_by("name", "id")
        found += [(f"{kind}:{row.pk}", f"{row.name}") for row in rows[:size]]
    return found


def policy(site: Site | None) -> tuple[int, int]:
    """(administrators allowed on one subject, days between reviews) that are stated for exactly this site; else the defaults."""
    row = Policy.objects.filter(site=site).first() or Policy()
    return row.max_admins, row.review_days


def reviewers(actor: Actor, site: Site, usernames: Collection[str]) -> list[Person]:
    """Those of these people who may review accounts at a site."""
    if not actor.may("review", site.path):
        return []
    people = Person.objects.filter(is_active=True, username__in=list(usernames)[:50]).order_by("username")
    return [person for person in people if person.actor().may("review", site.path)]


@dataclass(frozen=True, slots=True)
class CampaignRow:
    """A campaign with its progress. ``to_do`` are removals and changes that are decided and not done yet."""

    id: int
    title: str
    site_id: int
    site: str
    opened_at: datetime
    opened_by: str
    due_on: date
    closed_at: datetime | None
    closed_by: str
    note: str
    reviewers: tuple[str, ...]
    total: int
    keep: int
    remove: int
    change: int
    to_do: int

    @property
    def decided(self) -> int:
        """How many accounts are decided."""
        return self.keep + self.remove + self.change

    @property
    def open(self) -> int:
        """How many accounts are still to be decided."""
        return self.total - self.decided


def campaigns(actor: Actor, site: Site | None = None, size: int = 100) -> list[CampaignRow]:
    """The campaigns in scope, newest first."""
    rows = Campaign.objects.visible_to(actor, "review").under(site)
    return _campaigns(rows.select_related("site", "opened_by", "closed_by").prefetch_related("reviewers")[:size])


def campaign(actor: Actor, pk: int) -> tuple[Campaign, CampaignRow] | None:
    """One campaign in scope."""
    rows = Campaign.objects.visible_to(actor, "review").filter(pk=pk)
    found = list(rows.select_related("site", "opened_by", "closed_by").prefetch_related("reviewers"))
    return (found[0], _campaigns(found)[0]) if found else None


def _campaigns(rows: Sequence[Campaign] | QuerySet[Campaign]) -> list[CampaignRow]:
    listed = list(rows)
    counts: dict[int, dict[str, int]] = {}
    asked = Decision.objects.filter(campaign__in=[row.pk for row in listed]).order_by()
    for pk, verdict, number, settled in asked.values_list("campaign", "verdict").annotate(
        n=Count("id"), done=Count("settled_at")
    ):
        of = counts.setdefault(pk, {})
        of[verdict] = number
        of["to_do"] = of.get("to_do", 0) + (number - settled if verdict in {"remove", "change"} else 0)
    return [
        CampaignRow(
            id=row.pk,
            title=row.title,
            site_id=row.site_id,
            site=row.site.full_name,
            opened_at=row.opened_at,
            opened_by=str(row.opened_by or ""),
            due_on=row.due_on,
            closed_at=row.closed_at,
            closed_by=str(row.closed_by or ""),
            note=row.note,
            reviewers=tuple(str(person) for person in row.reviewers.all()),
            total=sum(number for name, number in counts.get(row.pk, {}).items() if name != "to_do"),
            **{name: counts.get(row.pk, {}).get(name, 0) for name in ("keep", "remove", "change", "to_do")},
        )
        for row in listed
    ]


@dataclass(frozen=True, slots=True)
class ItemRow:
    """One account of a campaign, with what is decided of it. ``state`` is open, keep, remove, change, removed or changed."""

    id: int
    account: AccountRow
    verdict: str
    by: str
    at: datetime | None
    note: str
    settled_at: datetime | None

    @property
    def state(self) -> str:
        """The decision, and whether it has been carried out."""
        done = {"remove": "removed", "change": "changed"}
        return (done.get(self.verdict, self.verdict) if self.settled_at else self.verdict) or "open"


@dataclass(frozen=True, slots=True)
class ItemFilter:
    """What is asked of a campaign's accounts. ``states`` are open, keep, remove, change and to_do."""

    states: tuple[str, ...] = ()
    flags: tuple[str, ...] = ()
    text: str = ""
    ids: tuple[int, ...] = ()
    descending: bool = False
    cursor: str = ""
    size: int = 50


def items(actor: Actor, of: Campaign, wanted: ItemFilter) -> tuple[Page[ItemRow], Counted]:
    """A page of a campaign's accounts, by name, and how many match."""
    rows = _items(actor, of, wanted)
    found = page(_with_account(rows), "name", descending=wanted.descending, cursor=wanted.cursor, size=wanted.size)
    return Page(tuple(_item(one) for one in found.rows), found.before, found.after), counted(rows)


def every_item(actor: Actor, of: Campaign, wanted: ItemFilter) -> Iterator[ItemRow]:
    """All that match, by name."""
    rows = _with_account(_items(actor, of, wanted)).order_by("name", "id")
    yield from (_item(one) for one in rows.iterator(chunk_size=2000))


def undecided(actor: Actor, of: Campaign, wanted: ItemFilter) -> list[int]:
    """The ids of those that match and are still to be decided."""
    return list(_items(actor, of, wanted).filter(verdict="").order_by("pk").values_list("pk", flat=True))


def _items(actor: Actor, of: Campaign, wanted: ItemFilter) -> QuerySet[Decision]:
    rows = Decision.objects.visible_to(actor, "review").filter(campaign=of)
    if wanted.ids:
        rows = rows.filter(pk__in=wanted.ids)
    if wanted.states:
        states = {
            "open": Q(verdict=""), "to_do": Q(verdict__in=["remove", "change"], settled_at=None),
            **{verdict: Q(verdict=verdict) for verdict in Decision.Verdict.values},
        }  # fmt: skip
        rows = rows.filter(reduce(or_, (states[name] for name in wanted.states)))
    if wanted.flags:
        mask = flags.bits(frozenset(wanted.flags))
        masked: Any = rows.alias(masked=F("account__flags").bitand(mask))
        rows = masked.filter(masked__gt=0)
    for word in wanted.text.split()[:5]:
        rows = rows.filter(
            Q(name__icontains=word) | Q(account__place__icontains=word) | Q(account__owner__icontains=word)
        )
    return rows


def _with_account(rows: QuerySet[Decision]) -> QuerySet[Decision]:
    return rows.select_related("account__site", "account__owner_person", "by")


def _item(one: Decision) -> ItemRow:
    by = str(one.by) if one.by else one.by_name
    return ItemRow(one.pk, _row(one.account), one.verdict, by, one.at, one.note, one.settled_at)
