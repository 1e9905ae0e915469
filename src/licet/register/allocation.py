"""Places given by hand. One rule for the page, the command line, bulk acts and every other way (case C084)."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Any, Final

from django.db import transaction

from licet.estate.read import names
from licet.register.models import Allocation, Grant, Licence
from licet.register.record import must, note
from licet.sites.record import NotPossible
from licet.sites.scope import Actor

_NOT_YOURS: Final = "It is not there, or not at a site whose register you may edit."


@dataclass(frozen=True, slots=True)
class Wanted:
    """To whom places go: a subject of the estate (type, id), or somebody named in words. ``told`` is how it was asked for."""

    told: str
    subject: tuple[int, int] | None = None
    assignee: str = ""


@dataclass(frozen=True, slots=True)
class Allocated:
    """What a bulk act did: who got places, and who not with the reason."""

    given: tuple[Wanted, ...]
    left: tuple[tuple[Wanted, str], ...]


def allocate(
    actor: Actor, grant: Grant, *, subject: tuple[int, int] | None = None, assignee: str = "", quantity: int = 1
) -> Allocation:
    """Give places of a grant to one. Raises :class:`NotPossible` where the rule refuses."""
    wanted = Wanted(assignee or str(subject), subject, assignee)
    done = allocate_many(actor, grant, [wanted], quantity=quantity)
    if done.left:
        raise NotPossible(done.left[0][1])
    return grant.allocations.order_by("-id")[0]


@transaction.atomic
def allocate_many(actor: Actor, grant: Grant, wanted: Sequence[Wanted], *, quantity: int = 1) -> Allocated:
    """Give ``quantity`` places of a grant to each, in the order given; those whom the rule refuses are listed with the reason.

    The rule: places are there, the licence is not returned, nobody gets the same grant twice, and the actor may edit the register
    where each subject stands: its status changes there. A product that is said to allow over-use gives on. One entry of the record for all.
    """
    must(actor, grant.licence.site)
    grant = (
        Grant.objects.select_related("licence__product", "licence__site")
        .select_for_update(of=("self",))
        .get(pk=grant.pk)
    )
    taken = sum(grant.allocations.values_list("quantity", flat=True))
    held: set[tuple[int | None, int | None]] = {
        (row[0], row[1]) for row in grant.allocations.values_list("subject_type", "subject_id") if row[1] is not None
    }
    named = {name.casefold() for name in grant.allocations.values_list("assignee", flat=True) if name}
    mine = names(actor, [one.subject for one in wanted if one.subject], "edit_register").keys()
    given: list[Wanted] = []
    left: list[tuple[Wanted, str]] = []
    rows: list[Allocation] = []
    for one in wanted:
        why = "" if one.subject is None or one.subject in mine else _NOT_YOURS
        why = why or _refused(grant, one, quantity, taken, held, named)
        if why:
            left.append((one, why))
            continue
        kind, pk = one.subject or (None, None)
        rows.append(
            Allocation(grant=grant, subject_type=kind, subject_id=pk, assignee=one.assignee[:200], quantity=quantity)
        )
        taken += quantity
        if one.subject:
            held.add(one.subject)
        else:
            named.add(one.assignee.casefold())
        given.append(one)
    Allocation.objects.bulk_create(rows, batch_size=500)
    if rows:
        note(actor, "register:licence:allocated", grant.licence, after=_said(grant, given, quantity))
    return Allocated(tuple(given), tuple(left))


@transaction.atomic
def release(actor: Actor, licence: Licence, ids: Iterable[int]) -> list[tuple[int, int]]:
    """Take places back; returns the subjects that had them. Raises :class:`NotPossible` where none is of this licence."""
    must(actor, licence.site)
    rows = list(Allocation.objects.filter(grant__licence=licence, pk__in=list(ids)[:1000]).select_related("grant"))
    if not rows:
        raise NotPossible("No such place is given by hand.")
    before = {
        "places": [
            {
                "metric": row.grant.metric,
                "quantity": row.quantity,
                "subject": _subject(row.subject_type, row.subject_id),
            }
            for row in rows[:100]
        ],
        "number": len(rows),
    }
    Allocation.objects.filter(pk__in=[row.pk for row in rows]).delete()
    note(actor, "register:licence:released", licence, before=before)
    return [(row.subject_type or 0, row.subject_id) for row in rows if row.subject_id is not None]


def _refused(
    grant: Grant, one: Wanted, quantity: int, taken: int, held: set[tuple[int | None, int | None]], named: set[str]
) -> str:
    """Why one gets no place; "" where he does."""
    if quantity < 1:
        return "At least one must be allocated."
    if one.subject is None and not one.assignee.strip():
        return "It names nobody: a device, or somebody in words."
    if grant.licence.returned_on is not None:
        return f"The licence was returned on {grant.licence.returned_on}."
    if one.subject in held if one.subject else one.assignee.casefold() in named:
        return "It has a place of this licence already."
    beyond = grant.quantity is not None and taken + quantity > grant.quantity
    product = grant.licence.product
    if beyond and not (product is not None and product.over_use == "allowed"):
        return f"{grant.quantity} are granted and {taken} already allocated."
    return ""


def _said(grant: Grant, given: Sequence[Wanted], quantity: int) -> dict[str, Any]:
    subjects = [list(one.subject) for one in given[:100] if one.subject]
    return {"metric": grant.metric, "quantity": quantity, "subjects": subjects, "number": len(given)}


def _subject(kind: int | None, pk: int | None) -> list[int] | None:
    return None if kind is None or pk is None else [kind, pk]
