"""What programs change in the register: licences added, changed, renewed, returned, moved, and places given of them."""

from collections.abc import Sequence
from dataclasses import dataclass
from decimal import Decimal
from typing import TYPE_CHECKING, Annotated, Any

from django.utils import timezone
from pydantic import Field

from licet.api.asked import Asked, site_where, there, to_change
from licet.api.licences import ACTIVATIONS, KINDS, TERMS, get_licence, router
from licet.api.operation import MADE, Made, writes
from licet.api.problem import Problem
from licet.api.word import (
    FILLED,
    Amount,
    Currency,
    Day,
    Given,
    LongText,
    NameText,
    Number,
    ReasonText,
    RowNumber,
    ShortText,
    Text,
    Word,
    parts_of,
    reference,
)
from licet.authorization.read import TYPES
from licet.authorization.reconcile import changed
from licet.estate import read as estate
from licet.register import allocation, custom, life, read
from licet.register.bulk_add import Wanted, add_many
from licet.register.change import change_licence
from licet.register.read import LicencePage, find_licence
from licet.register.record import NewLicence, renew, return_licence
from licet.sites.models import Site

if TYPE_CHECKING:
    from licet.register.models import Licence

MOST = 1000
Units = Annotated[int, Field(ge=-1_000_000_000, le=1_000_000_000)]


class GrantGiven(Given):
    """So many of a metric; ``quantity`` null = unlimited."""

    metric: Annotated[str, Field(pattern=r"^[a-z][a-z0-9_]{0,39}$", max_length=40)]
    quantity: Annotated[int | None, Field(ge=-1_000_000_000, le=1_000_000_000)]


class LicenceParts(Given):
    """What both a new and a changed licence may say."""

    notice_on: Day | None = None
    notice_period_days: Annotated[int | None, Field(ge=0, le=3650)] = None
    auto_renew: bool | None = None
    purchased_on: Day | None = None
    starts_on: Day | None = None
    expires_on: Day | None = None
    terminates_on: Day | None = None
    maintenance_until: Day | None = None
    activated_on: Day | None = None
    price: Amount | None = None
    currency: Currency = ""
    assignee: ShortText = ""
    note: LongText = ""
    cost_centre: Annotated[Text, Field(max_length=80)] = ""
    contact: ShortText = ""
    support_contract: Annotated[Text, Field(max_length=120)] = ""


class NewLicenceGiven(LicenceParts):
    """A licence. ``units`` null = unlimited. Without ``grants`` it gives what the catalogue knows of ``sku`` or ``title``.

    Without ``pool`` it is drawn from the only installation of its product at the site; where there is none or more than one, from no pool,
    and it covers nothing until it has one.
    """

    site: Number
    title: NameText
    units: Units | None = 1
    pool: Number | None = None
    sku: Annotated[Text, Field(max_length=120)] = ""
    order: Annotated[Text, Field(max_length=120)] = ""
    vendor: ShortText = ""
    kind: Annotated[str, Word(KINDS)] = "other"
    term: Annotated[str, Word(TERMS)] = "not_stated"
    activation: Annotated[str, Word(ACTIVATIONS)] | None = None
    site_wide: bool = False
    grants: Annotated[list[GrantGiven], Field(max_length=20)] = []


class NewLicences(Given):
    """Up to 1,000 licences. ``all_or_nothing``: one that is refused undoes the others."""

    licences: Annotated[list[NewLicenceGiven], Field(min_length=1, max_length=MOST)]
    all_or_nothing: bool = False


class LicenceChange(LicenceParts):
    """What changes of a licence; a field that is not named stays. ``reason`` goes into the record."""

    title: NameText | None = None
    units: Units | None = None
    pool: Number | None = None
    sku: Annotated[Text, Field(max_length=120)] = ""
    order: Annotated[Text, Field(max_length=120)] = ""
    kind: Annotated[str, Word(KINDS)] | None = None
    term: Annotated[str, Word(TERMS)] | None = None
    activation: Annotated[str, Word(ACTIVATIONS)] | None = None
    site_wide: bool | None = None
    grants: Annotated[list[GrantGiven], Field(max_length=20)] | None = None
    own_fields: Annotated[dict[str, Annotated[Text, Field(max_length=1000)]], Field(max_length=100)] = {}
    reason: Annotated[Text, Field(max_length=500)] = ""


class Renewed(Given):
    """What was bought to renew a licence."""

    expires_on: Day | None
    units: Units | None = None
    order: Annotated[Text, Field(max_length=120)] = ""
    purchased_on: Day | None = None
    activated_on: Day | None = None
    price: Amount | None = None
    currency: Currency = ""


class Returned(Given):
    """From which day it gives nothing, and why."""

    on: Day
    reason: ReasonText


class Transferred(Given):
    """Where it goes. ``agreed``: the vendor agrees, where its product asks that."""

    site: Number
    pool: Number | None = None
    reason: ReasonText
    agreed: bool = False


class Superseded(Given):
    """The licence that takes its place."""

    by: Number
    reason: Annotated[Text, Field(max_length=500)] = ""


class Places(Given):
    """Places of one grant for things of the estate (``device:12``), or for somebody in words."""

    metric: Annotated[str, Field(pattern=r"^[a-z][a-z0-9_]{0,39}$", max_length=40)]
    subjects: Annotated[list[Annotated[str, reference("device", "installation")]], Field(max_length=1000)] = []
    names: Annotated[list[NameText], Field(max_length=1000)] = []
    quantity: Annotated[int, Field(ge=1, le=1_000_000)] = 1


class Released(Given):
    """The places that are taken back, by the numbers of their allocations."""

    allocations: Annotated[list[Number], Field(min_length=1, max_length=1000)]


class NoteGiven(Given):
    """A note. It stays out of the record."""

    text: Annotated[Text, Field(min_length=1, max_length=20_000, pattern=FILLED)]


class TagsGiven(Given):
    """The tags that it has from now on."""

    tags: Annotated[list[Annotated[Text, Field(min_length=1, max_length=40)]], Field(max_length=30)]


@dataclass(frozen=True, slots=True)
class KeptLicence:
    """What came of one licence of the request, in its order: its number, or why it is refused."""

    id: int | None
    why: str = ""


@dataclass(frozen=True, slots=True)
class PlacesGiven:
    """Who got places, and who not with the reason."""

    given: tuple[str, ...]
    refused: tuple[tuple[str, str], ...]


@writes(router, "post", "/licences", LicencePage, needs="edit_register", status=MADE)
def add_a_licence(request: Asked, given: NewLicenceGiven) -> Made:
    """Keep a licence."""
    site_where(request, given.site, "edit_register")
    found = _kept(request, [given])[0]
    if isinstance(found, str):
        raise Problem(409, found)
    return Made(get_licence(request, found.pk), f"/api/v1/licences/{found.pk}")


@writes(router, "post", "/licences/bulk", list[KeptLicence], needs="edit_register")
def add_many_licences(request: Asked, given: NewLicences) -> list[KeptLicence]:
    """Keep up to 1,000 licences in sets. One entry of the record for each site; the pools are judged once."""
    found = _kept(request, given.licences)
    if given.all_or_nothing and any(isinstance(one, str) for one in found):
        places = tuple((f"body.licences.{n}", one) for n, one in enumerate(found) if isinstance(one, str))
        raise Problem(409, "Some are refused, so none is kept.", places[:50])
    return [KeptLicence(None, one) if isinstance(one, str) else KeptLicence(one.pk) for one in found]


@writes(router, "patch", "/licences/{int:number}", LicencePage, needs="edit_register", state=get_licence)
def change_a_licence(request: Asked, number: RowNumber, given: LicenceChange) -> LicencePage:
    """Change a licence. Another number of units changes what it gives, unless ``grants`` says it."""
    row, before = _licence(request, number)
    named = given.model_dump(exclude_unset=True, exclude={"reason", "own_fields", "grants", "pool"})
    changes: dict[str, Any] = {name: value for name, value in named.items() if value is not None or name in _EMPTIED}
    if changes.get("price") is not None:
        changes["price"] = Decimal(changes["price"])
    if given.grants is not None:
        changes["grants"] = [(one.metric, one.quantity) for one in given.grants]
    if "pool" in given.model_fields_set:
        changes["pool"] = (
            there(read.pool_numbered(request.actor, given.pool), "pool", given.pool) if given.pool else None
        )
    if given.own_fields:
        changes["custom"] = custom.checked(custom.fields_at(row.site), given.own_fields, row.custom)
    change_licence(request.actor, row, changes, given.reason)
    _judge(request, [row], before)
    return get_licence(request, number)


@writes(router, "post", "/licences/{int:number}/renew", LicencePage, needs="edit_register", status=MADE)
def renew_a_licence(request: Asked, number: RowNumber, given: Renewed) -> Made:
    """Keep the renewal of a licence, as a licence of its own."""
    row, before = _licence(request, number)
    values = given.model_dump() | {"price": _amount(given.price)}
    made = renew(request.actor, row, today=read.today(row.site), **values)
    _judge(request, [row, made], before)
    return Made(get_licence(request, made.pk), f"/api/v1/licences/{made.pk}")


@writes(router, "post", "/licences/{int:number}/return", LicencePage, needs="edit_register")
def return_a_licence(request: Asked, number: RowNumber, given: Returned) -> LicencePage:
    """Give a licence back: from that day on it gives nothing. Its history stays."""
    row, before = _licence(request, number)
    return_licence(request.actor, row, given.on, given.reason)
    _judge(request, [row], before)
    return get_licence(request, number)


@writes(router, "post", "/licences/{int:number}/transfer", LicencePage, needs="edit_register")
def transfer_a_licence(request: Asked, number: RowNumber, given: Transferred) -> LicencePage:
    """Move a licence to another site or pool, as far as its product allows it."""
    row, before = _licence(request, number)
    site = site_where(request, given.site, "edit_register")
    pool = there(read.pool_numbered(request.actor, given.pool), "pool", given.pool) if given.pool else None
    life.transfer(request.actor, row, site, pool, reason=given.reason, agreed=given.agreed)
    _judge(request, [row], before)
    return get_licence(request, number)


@writes(router, "post", "/licences/{int:number}/supersede", LicencePage, needs="edit_register")
def supersede_a_licence(request: Asked, number: RowNumber, given: Superseded) -> LicencePage:
    """Say that another licence takes the place of this one."""
    row, before = _licence(request, number)
    newer = to_change(request, find_licence, given.by, "edit_register", "licence")
    life.supersede(request.actor, row, newer, given.reason)
    _judge(request, [row, newer], before)
    return get_licence(request, number)


@writes(router, "post", "/licences/{int:number}/places", PlacesGiven, needs="edit_register")
def give_places(request: Asked, number: RowNumber, given: Places) -> PlacesGiven:
    """Give places of a licence by hand. Who gets none is told with the reason."""
    row, before = _licence(request, number)
    grant = there(row.grants.filter(metric=given.metric).first(), "grant of", given.metric)
    wanted, unknown = _wanted(request, given)
    done = allocation.allocate_many(request.actor, grant, wanted, quantity=given.quantity)
    _judge(request, [row], before)
    left = [*unknown, *((one.told, why) for one, why in done.left)]
    return PlacesGiven(tuple(one.told for one in done.given), tuple(left))


@writes(router, "post", "/licences/{int:number}/places/release", LicencePage, needs="edit_register")
def release_places(request: Asked, number: RowNumber, given: Released) -> LicencePage:
    """Take places back."""
    row, before = _licence(request, number)
    allocation.release(request.actor, row, given.allocations)
    _judge(request, [row], before)
    return get_licence(request, number)


@writes(router, "post", "/licences/{int:number}/notes", None, needs="edit_register", status=204)
def add_licence_note(request: Asked, number: RowNumber, given: NoteGiven) -> None:
    """Write a note about a licence."""
    life.add_note(request.actor, _licence(request, number)[0], given.text)


@writes(router, "put", "/licences/{int:number}/tags", list[str], needs="edit_register")
def set_licence_tags(request: Asked, number: RowNumber, given: TagsGiven) -> list[str]:
    """Set the tags of a licence."""
    return list(life.set_tags(request.actor, _licence(request, number)[0], given.tags))


# Of these null takes the value away (units: makes it unlimited); of the others it says nothing.
_EMPTIED = frozenset({*(name for name, one in LicenceParts.model_fields.items() if one.default is None), "units"})


def _kept(request: Asked, given: Sequence[NewLicenceGiven]) -> "list[Licence | str]":
    sites = {
        site.pk: site for site in Site.objects.visible_to(request.actor).filter(pk__in={one.site for one in given})
    }
    asked = {one.pool for one in given if one.pool}
    pools = read.pools_numbered(request.actor, asked)
    found: list[Licence | str] = []
    ready: list[Wanted] = []
    for one in given:
        if one.site not in sites:
            found.append(f"There is no site {one.site} that you see.")
        elif one.pool and one.pool not in pools:
            found.append(f"There is no pool {one.pool} that you see.")
        else:
            found.append("")
            ready.append(Wanted(sites[one.site], _new(one), pools.get(one.pool or 0)))
    done = iter(add_many(request.actor, ready))
    result = [one or next(done) for one in found]
    _judge(request, [one for one in result if not isinstance(one, str)], ())
    return result


def _new(given: NewLicenceGiven) -> NewLicence:
    values = given.model_dump(exclude={"site", "pool", "grants", "price", "activation", "title"})
    if given.site_wide:
        values["units"] = None
    return NewLicence(
        title=given.title.strip(), price=_amount(given.price), activation=given.activation or "",
        grants=tuple((one.metric, one.quantity) for one in given.grants), **values,
    )  # fmt: skip


def _amount(text: str | None) -> Decimal | None:
    return Decimal(text) if text else None


def _licence(request: Asked, number: int) -> "tuple[Licence, list[int]]":
    """The licence to be changed, and the pools that it serves before."""
    row = to_change(request, find_licence, number, "edit_register", "licence")
    return row, read.pools_served(row)


def _judge(request: Asked, rows: "Sequence[Licence]", before: Sequence[int]) -> None:
    touched = {*before}
    for row in rows:
        touched |= {row.pool_id} if row.pool_id and not row.site_wide else set(read.pools_served(row))
    if touched:
        changed(timezone.now(), pools=sorted(touched), actor=request.actor.label)


def _wanted(request: Asked, given: Places) -> tuple[list[allocation.Wanted], list[tuple[str, str]]]:
    subjects = {told: (TYPES[parts_of(told)[0]], parts_of(told)[1]) for told in dict.fromkeys(given.subjects)}
    known = estate.names(request.actor, subjects.values())
    wanted = [allocation.Wanted(told, subject) for told, subject in subjects.items() if subject in known]
    unknown = [
        (told, "There is no such thing that you see.") for told, subject in subjects.items() if subject not in known
    ]
    return [*wanted, *(allocation.Wanted(name, assignee=name) for name in given.names)], unknown
