"""Activations of licences and their moves to another host; the organisation's own fields; places given by hand."""

from typing import TYPE_CHECKING, Annotated

from ninja import Query
from pydantic import Field

from licet.api.asked import Asked, site_in, site_where, there, to_change
from licet.api.licences import get_licence, router
from licet.api.lists import Filtering, Listed, cursor_in, listed
from licet.api.operation import MADE, Made, reads, writes
from licet.api.problem import Problem
from licet.api.word import FILLED, Day, Given, NameText, Number, ReasonText, RowNumber, Text, Word
from licet.register import allocated, custom, read, rehost
from licet.register.allocated import AllocationFilter, AllocationRow
from licet.register.custom import OwnField
from licet.register.documents import find_document
from licet.register.read import LicencePage

if TYPE_CHECKING:
    from licet.register.document_models import Document
    from licet.register.life_models import Rehost


class ActivationGiven(Given):
    """One step of an activation with the host as it is then. Documents are of the register: request and response file."""

    step: Annotated[str, Word(rehost.KINDS)]
    way: Annotated[str, Word(rehost.WAYS)]
    on: Day
    host: Annotated[Text, Field(max_length=253)] = ""
    virtual: bool | None = None
    machine_id: Annotated[Text, Field(max_length=100)] = ""
    macs: Annotated[list[Annotated[Text, Field(max_length=40)]], Field(max_length=20)] = []
    mainboard: Annotated[Text, Field(max_length=100)] = ""
    request_file: Number | None = None
    response_file: Number | None = None


class MoveBegun(Given):
    """Where a licence goes and why; ``agreed``: the vendor agrees, where his rule is not known or limits it."""

    to_host: Annotated[Text, Field(min_length=1, max_length=253, pattern=FILLED)]
    reason: ReasonText
    agreed: bool = False


class StepDone(Given):
    """A step of the move that is done."""

    step: Annotated[str, Word(tuple(rehost.STEPS))]
    remark: Annotated[Text, Field(max_length=500)] = ""


class MoveEnded(Given):
    """Whether the move is given up, or ends although steps are left out; and why."""

    cancel: bool
    reason: ReasonText


class NewField(Given):
    """A field that licences of a site and below have."""

    site: Number
    title: Annotated[NameText, Field(max_length=80)]
    kind: Annotated[str, Word(custom.KINDS)]
    choices: Annotated[list[Annotated[Text, Field(min_length=1, max_length=80)]], Field(max_length=50)] = []
    required: bool = False


class AllocationQuery(Filtering):
    """Which places given by hand; ``text`` is of whom, or of the licence."""

    sort: Annotated[str, Word(allocated.SORTS)] = "created_at"
    descending: bool = True


@writes(router, "post", "/licences/{int:number}/activations", LicencePage, needs="edit_register", status=MADE)
def add_an_activation(request: Asked, number: RowNumber, given: ActivationGiven) -> Made:
    """Keep a step of an activation; the licence's state follows it."""
    row = to_change(request, read.find_licence, number, "edit_register", "licence")
    host = rehost.Host(
        given.host, given.virtual, given.machine_id, rehost.macs_of(" ".join(given.macs)), given.mainboard
    )
    rehost.add_activation(
        request.actor, row, given.step, way=given.way, on=given.on, host=host,
        request_file=_document(request, given.request_file), response_file=_document(request, given.response_file),
    )  # fmt: skip
    return Made(get_licence(request, number), f"/api/v1/licences/{number}")


@writes(router, "post", "/licences/{int:number}/rehost", LicencePage, needs="edit_register", status=MADE)
def begin_a_rehost(request: Asked, number: RowNumber, given: MoveBegun) -> Made:
    """Begin the move of a licence to another host."""
    row = to_change(request, read.find_licence, number, "edit_register", "licence")
    rehost.start(request.actor, row, given.to_host, reason=given.reason, agreed=given.agreed)
    return Made(get_licence(request, number), f"/api/v1/licences/{number}")


@writes(router, "post", "/licences/{int:number}/rehost/steps", LicencePage, needs="edit_register")
def tick_a_rehost(request: Asked, number: RowNumber, given: StepDone) -> LicencePage:
    """Say that a step of the move is done. The last one ends it."""
    rehost.tick(request.actor, _open_move(request, number), given.step, given.remark)
    return get_licence(request, number)


@writes(router, "post", "/licences/{int:number}/rehost/end", LicencePage, needs="edit_register")
def end_a_rehost(request: Asked, number: RowNumber, given: MoveEnded) -> LicencePage:
    """Give a move up, or end it with steps left out that may be."""
    row = _open_move(request, number)
    (rehost.cancel if given.cancel else rehost.finish)(request.actor, row, reason=given.reason)
    return get_licence(request, number)


@reads(router, "/licence-fields", list[OwnField])
def list_own_fields(request: Asked) -> list[OwnField]:
    """The organisation's own fields of licences."""
    return custom.fields(request.actor)


@writes(router, "post", "/licence-fields", OwnField, needs="administer", status=MADE)
def define_an_own_field(request: Asked, given: NewField) -> Made:
    """Define a field of your own."""
    site = site_where(request, given.site, "administer")
    row = custom.define(
        request.actor, site, given.title, given.kind, choices=tuple(given.choices), required=given.required
    )
    return Made(next(one for one in custom.fields(request.actor) if one.id == row.pk), "/api/v1/licence-fields")


@writes(router, "delete", "/licence-fields/{int:number}", None, needs="administer", status=204)
def retire_an_own_field(request: Asked, number: RowNumber) -> None:
    """Ask for a field no more; what licences say in it stays."""
    custom.retire(request.actor, there(custom.find_field(request.actor, number), "field", number))


@reads(router, "/allocations", Listed[AllocationRow])
def list_allocations(request: Asked, asking: Query[AllocationQuery]) -> Listed[AllocationRow]:
    """Who has which places by hand."""
    wanted = AllocationFilter(
        text=asking.text, site=site_in(request, asking.site), sort=asking.sort, descending=asking.descending,
        cursor=cursor_in(request, asking), size=asking.limit,
    )  # fmt: skip
    return listed(request, allocated.allocations(request.actor, wanted)[0])


def _document(request: Asked, number: int | None) -> "Document | None":
    return there(find_document(request.actor, number), "document", number) if number else None


def _open_move(request: Asked, number: int) -> "Rehost":
    row = to_change(request, read.find_licence, number, "edit_register", "licence")
    found = row.rehosts.filter(state="open").first()
    if found is None:
        raise Problem(409, "This licence is not on its way to another host.")
    return found
