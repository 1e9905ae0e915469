from decimal import Decimal
from typing import TYPE_CHECKING, Annotated

from django.utils import timezone
from ninja import Query, Router
from pydantic import Field

from licet.api.asked import Asked, may_there, site_in, there
from licet.api.lists import Filtering, Listed, cursor_in, listed
from licet.api.operation import MADE, Made, reads, writes
from licet.api.word import Amount, Currency, Day, Given, LongText, Number, RowNumber, ShortText, Text, Word
from licet.authorization.reconcile import changed
from licet.register.read import today
from licet.renewals import read, record
from licet.renewals.read import RenewalPage, RenewalRow
from licet.renewals.work import STATES

if TYPE_CHECKING:
    from licet.renewals.models import Renewal

router = Router()
RowKey = Annotated[str, Field(pattern="^[1-9][0-9]{0,17}$", max_length=18)]


class RenewalQuery(Filtering):
    """Which renewals. ``owner`` is the number of a person."""

    state: list[Annotated[str, Word(STATES)]] = []
    owner: Number | None = None
    overdue: bool = False
    sort: Annotated[str, Word(read.SORTS)] = "due_on"
    descending: bool = False


@reads(router, "/renewals", Listed[RenewalRow])
def list_renewals(request: Asked, asking: Query[RenewalQuery]) -> Listed[RenewalRow]:
    """The renewals in scope, what is due first."""
    wanted = read.RenewalFilter(
        text=asking.text, states=tuple(asking.state), owner=asking.owner, overdue=asking.overdue,
        site=site_in(request, asking.site), sort=asking.sort, descending=asking.descending,
        cursor=cursor_in(request, asking), size=asking.limit,
    )  # fmt: skip
    return listed(request, read.renewals(request.actor, wanted)[0])


@reads(router, "/renewals/{int:number}", RenewalPage)
def get_renewal(request: Asked, number: RowNumber) -> RenewalPage:
    """One renewal with its licences."""
    return there(read.renewal(request.actor, number), "renewal", number)


class RenewalParts(Given):
    """What is known of a renewal. ``owner`` is the number of a person. An empty title or day is found by itself."""

    title: ShortText = ""
    owner: Number | None = None
    due_on: Day | None = None
    vendor: ShortText = ""
    quote_number: Annotated[Text, Field(max_length=120)] = ""
    order_number: Annotated[Text, Field(max_length=120)] = ""
    note: LongText = ""


class NewRenewal(RenewalParts):
    """The licences that are renewed together."""

    licences: Annotated[list[Number], Field(min_length=1, max_length=record.MOST_LICENCES)]


class Moved(Given):
    """Its next state; ``declined`` needs a reason and closes it."""

    to: Annotated[str, Word(tuple(state for state in STATES if state != "activated"))]
    reason: Annotated[Text, Field(max_length=500)] = ""


class Completed(Given):
    """What came of it. ``ends``, ``units`` and ``prices`` are those of single licences, by their numbers."""

    expires_on: Day | None = None
    ends: Annotated[
        dict[RowKey, Day | None], Field(max_length=500, json_schema_extra={"additionalProperties": False})
    ] = {}
    units: Annotated[
        dict[RowKey, Annotated[int, Field(ge=1, le=1_000_000_000)]],
        Field(max_length=500, json_schema_extra={"additionalProperties": False}),
    ] = {}
    prices: Annotated[
        dict[RowKey, Amount], Field(max_length=500, json_schema_extra={"additionalProperties": False})
    ] = {}
    currency: Currency = ""
    purchased_on: Day | None = None
    activated_on: Day | None = None


@writes(router, "post", "/renewals", RenewalPage, needs="edit_register", status=MADE)
def start_renewal(request: Asked, given: NewRenewal) -> Made:
    """Begin the renewal of one licence, or of several at once."""
    now = timezone.now()
    row = record.start(request.actor, given.licences, _details(request, given), now, today=now.date())
    return Made(get_renewal(request, row.pk), f"/api/v1/renewals/{row.pk}")


@writes(router, "put", "/renewals/{int:number}", RenewalPage, needs="edit_register", state=get_renewal)
def change_renewal(request: Asked, number: RowNumber, given: RenewalParts) -> RenewalPage:
    """Change what is known of an open renewal."""
    record.change(request.actor, _renewal(request, number), _details(request, given), timezone.now())
    return get_renewal(request, number)


@writes(router, "post", "/renewals/{int:number}/move", RenewalPage, needs="edit_register", state=get_renewal)
def move_renewal(request: Asked, number: RowNumber, given: Moved) -> RenewalPage:
    """Bring a renewal to its next state."""
    record.move(request.actor, _renewal(request, number), given.to, timezone.now(), reason=given.reason)
    return get_renewal(request, number)


@writes(router, "post", "/renewals/{int:number}/complete", RenewalPage, needs="edit_register", state=get_renewal)
def complete_renewal(request: Asked, number: RowNumber, given: Completed) -> RenewalPage:
    """Keep what was bought as the renewals of its licences, and close it: all of them or none."""
    row, now = _renewal(request, number), timezone.now()
    bought = record.Bought(
        given.expires_on, {int(key): day for key, day in given.ends.items()},
        {int(key): units for key, units in given.units.items()},
        {int(key): Decimal(price) for key, price in given.prices.items()}, given.currency, given.purchased_on,
        given.activated_on,
    )  # fmt: skip
    made = record.complete(request.actor, row, bought, now, today=today(row.site))
    changed(now, pools=read.pools_of(made), actor=request.actor.label)
    return get_renewal(request, number)


def _renewal(request: Asked, number: int) -> "Renewal":
    row = there(read.find(request.actor, number), "renewal", number)
    may_there(request, "edit_register", row.site.path)
    return row


def _details(request: Asked, given: RenewalParts) -> record.Details:
    owner = there(read.find_owner(request.actor, str(given.owner)), "person", given.owner) if given.owner else None
    return record.Details(
        given.title, owner, given.due_on, given.vendor, given.quote_number, given.order_number, given.note
    )
