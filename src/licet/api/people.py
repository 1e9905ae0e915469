from collections.abc import Mapping
from dataclasses import dataclass
from typing import Annotated

from ninja import Query, Router

from licet.api.asked import Asked, site_in, there
from licet.api.lists import Filtering, Listed, cursor_in, listed
from licet.api.operation import reads
from licet.api.word import RowNumber, ShortText, Word
from licet.sites import read
from licet.sites.models import CustomRole
from licet.sites.read import PersonRow
from licet.sites.roles import PERMISSIONS, ROLES

router = Router()


class PeopleQuery(Filtering):
    """Which people."""

    role: list[ShortText] = []
    state: list[Annotated[str, Word(("active", "off", "invited"))]] = []
    sort: Annotated[str, Word(read.PEOPLE_SORTS)] = "username"
    descending: bool = False


@dataclass(frozen=True, slots=True)
class Myself:
    """Whom the token acts for: his permissions, each with the paths of the sites at and below which he holds it; "" = everywhere."""

    label: str
    person: int | None
    token: int | None
    permissions: Mapping[str, tuple[str, ...]]


@reads(router, "/me", Myself)
def get_me(request: Asked) -> Myself:
    """Whom you act for and what you may do where."""
    actor = request.actor
    held = {one: ("",) if (found := actor.prefixes(one)) is None else found for one in sorted(PERMISSIONS)}
    return Myself(actor.label, actor.person, actor.token, {one: paths for one, paths in held.items() if paths})


@reads(router, "/people", Listed[PersonRow], needs="administer")
def list_people(request: Asked, asking: Query[PeopleQuery]) -> Listed[PersonRow]:
    """The people whom you administer, with their roles."""
    wanted = read.PeopleFilter(
        text=asking.text, roles=tuple(asking.role), states=tuple(asking.state), site=site_in(request, asking.site),
        sort=asking.sort, descending=asking.descending, cursor=cursor_in(request, asking), size=asking.limit,
    )  # fmt: skip
    return listed(request, read.people(request.actor, wanted)[0])


@reads(router, "/people/{int:number}", PersonRow, needs="administer")
def get_person(request: Asked, number: RowNumber) -> PersonRow:
    """One person whom you administer."""
    rows = read.every_person(request.actor, read.PeopleFilter(ids=(number,)))
    return there(next(rows, None), "person", number)


@reads(router, "/roles", dict[str, list[str]], needs="administer")
def list_roles(request: Asked) -> dict[str, list[str]]:  # noqa: ARG001 - ninja hands it in
    """What each role may do; the organisation's own among them."""
    own = {row.name: sorted(row.permissions) for row in CustomRole.objects.all()}
    return {name: sorted(role.permissions) for name, role in ROLES.items()} | own
