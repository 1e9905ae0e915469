"""People brought in, given roles and switched off by programs. Links and second factors, by which somebody signs in, stay out of reach."""

from dataclasses import dataclass
from typing import Annotated

from pydantic import Field

from licet.api.asked import PEOPLE, Asked, site_or_all, there
from licet.api.operation import MADE, Made, reads, writes
from licet.api.people import get_person, router
from licet.api.word import FILLED, Given, Number, RowNumber, ShortText, Text
from licet.sites import overseen, people, read
from licet.sites.models import Membership, Person
from licet.sites.read import PersonRow
from licet.sites.session import end_sessions


class RoleGiven(Given):
    """A role, built in or the organisation's own; it holds at the site and below, null = everywhere."""

    role: Annotated[ShortText, Field(min_length=1)]
    site: Number | None = None


class NewPerson(RoleGiven):
    """Somebody new with one role. By ``email`` single sign-on knows him the first time."""

    username: Annotated[Text, Field(min_length=1, max_length=150, pattern=FILLED)]
    full_name: ShortText = ""
    email: Annotated[Text, Field(max_length=254)] = ""


@dataclass(frozen=True, slots=True)
class MembershipRow:
    """A role that a person has at a site and below; ``site_id`` null = everywhere."""

    id: int
    person: int
    role: str
    site_id: int | None
    site: str


@dataclass(frozen=True, slots=True)
class SessionsEnded:
    """How many sessions ended."""

    number: int


@writes(router, "post", "/people", PersonRow, needs=PEOPLE, status=MADE)
def invite_a_person(request: Asked, given: NewPerson) -> Made:
    """Bring somebody in, with no more than you may yourself.

    He comes in by single sign-on, or by a one-time link that an administrator makes on his page: no link is told to a program.
    """
    row, _link = people.invite(
        request.actor, given.username, role=given.role, site=site_or_all(request, given.site, "administer"), full_name=given.full_name,
        email=given.email,
    )  # fmt: skip
    return Made(get_person(request, row.pk), f"/api/v1/people/{row.pk}")


@writes(router, "post", "/people/{int:number}/deactivate", PersonRow, needs=PEOPLE)
def deactivate_a_person(request: Asked, number: RowNumber) -> PersonRow:
    """Switch somebody off: his sessions, tokens and links end now."""
    people.deactivate(request.actor, _person(request, number))
    return get_person(request, number)


@writes(router, "post", "/people/{int:number}/activate", PersonRow, needs=PEOPLE)
def activate_a_person(request: Asked, number: RowNumber) -> PersonRow:
    """Switch somebody on again. His tokens stay revoked."""
    people.activate(request.actor, _person(request, number))
    return get_person(request, number)


@writes(router, "post", "/people/{int:number}/end-sessions", SessionsEnded, needs=PEOPLE)
def end_sessions_of_person(request: Asked, number: RowNumber) -> SessionsEnded:
    """Sign somebody out everywhere."""
    return SessionsEnded(end_sessions(request.actor, _person(request, number)))


@reads(router, "/people/{int:number}/memberships", list[MembershipRow], needs="administer")
def list_memberships(request: Asked, number: RowNumber) -> list[MembershipRow]:
    """The roles that a person has where you administer, and those that hold everywhere."""
    rows = (
        overseen.roles(request.actor)
        .filter(person=_person(request, number))
        .select_related("site")
        .order_by("role", "site__full_name")
    )
    return [_membership(row) for row in rows]


@writes(router, "post", "/people/{int:number}/memberships", MembershipRow, needs=PEOPLE, status=MADE)
def give_a_role(request: Asked, number: RowNumber, given: RoleGiven) -> Made:
    """Give somebody a role with nothing that you do not hold there yourself. One that he has there already stays as it is."""
    person, site = _person(request, number), site_or_all(request, given.site, "administer")
    people.give_role(request.actor, person, given.role, site)
    row = person.memberships.select_related("site").get(role=given.role, site=site)
    return Made(_membership(row), f"/api/v1/people/{number}/memberships")


@writes(router, "delete", "/people/{int:number}/memberships/{int:membership}", None, needs=PEOPLE, status=204)
def take_a_role(request: Asked, number: RowNumber, membership: RowNumber) -> None:
    """Take a role away. The last administrator of all sites keeps his."""
    person = _person(request, number)
    seen = overseen.roles(request.actor).filter(person=person)
    row = there(seen.select_related("site").filter(pk=membership).first(), "membership", membership)
    people.take_role(request.actor, person, row.role, row.site)


def _person(request: Asked, number: int) -> Person:
    return there(read.find_person(request.actor, number), "person", number)


def _membership(row: Membership) -> MembershipRow:
    return MembershipRow(row.pk, row.person_id, row.role, row.site_id, row.site.full_name if row.site else "")
