"""What faces ask about sites and people."""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import datetime

from django.contrib.auth.hashers import UNUSABLE_PASSWORD_PREFIX
from django.db.models import Q, QuerySet

from licet.sites.models import Person, Site
from licet.sites.overseen import roles as roles_told
from licet.sites.paging import Counted, Page, counted, page
from licet.sites.people import manageable
from licet.sites.scope import Actor


def find_site(actor: Actor, text: str, permission: str = "view") -> Site | None:
    """The site that ``text`` names: its number, full name ("Customer / Building", "Customer/Building") or a name that is unique.

    Case is ignored. A site outside the actor's scope is not found, like one that does not exist.
    """
    wanted = " / ".join(part.strip() for part in text.split("/")).casefold()
    matches = []
    for site in Site.objects.visible_to(actor, permission):
        if str(site.pk) == text.strip() or site.full_name.casefold() == wanted:
            return site
        if site.name.casefold() == wanted:
            matches.append(site)
    return matches[0] if len(matches) == 1 else None


def sites(actor: Actor) -> list[Site]:
    """All sites in scope, in tree order."""
    return list(Site.objects.visible_to(actor))


def anybody() -> bool:
    """Whether anybody has been set up; False = first run."""
    return Person.objects.exists()


def administrators() -> bool:
    """Whether somebody who can sign in is administrator everywhere."""
    return Person.objects.filter(is_active=True, memberships__role="administrator", memberships__site=None).exists()


def administrators_without_second_factor() -> int:
    """How many who can sign in and administer everything have no second factor."""
    everywhere = Person.objects.filter(is_active=True, memberships__role="administrator", memberships__site=None)
    return everywhere.filter(authenticator=None).distinct().count()


def any_site() -> bool:
    """Whether there is a site."""
    return Site.objects.exists()


@dataclass(frozen=True, slots=True)
class PeopleFilter:
    """Which people a list shows. ``states``: active, off, invited. ``site``: with a role there, below or above it."""

    text: str = ""
    roles: tuple[str, ...] = ()
    states: tuple[str, ...] = ()
    site: Site | None = None
    ids: tuple[int, ...] = ()
    sort: str = ""
    descending: bool = False
    cursor: str = ""
    size: int = 50


@dataclass(frozen=True, slots=True)
class PersonRow:
    """A person as lists show him. ``roles`` are pairs of role and site's full name, "" = everywhere; those at sites of others are not told."""

    id: int
    username: str
    full_name: str
    email: str
    state: str
    roles: tuple[tuple[str, str], ...]
    last_login: datetime | None


PEOPLE_SORTS = ("username", "full_name", "last_login")


def people(actor: Actor, wanted: PeopleFilter) -> tuple[Page[PersonRow], Counted]:
    """A page of the people whom the actor administers, and how many match."""
    rows = _people(actor, wanted)
    sort = wanted.sort if wanted.sort in PEOPLE_SORTS else "username"
    found = page(rows, sort, descending=wanted.descending, cursor=wanted.cursor, size=wanted.size)
    return Page(tuple(_person_rows(actor, found.rows)), found.before, found.after), counted(rows)


def every_person(actor: Actor, wanted: PeopleFilter = PeopleFilter()) -> Iterator[PersonRow]:
    """All people that match, by user name."""
    rows = list(_people(actor, wanted).order_by("username", "id")[:100_000])
    yield from _person_rows(actor, rows)


def find_person(actor: Actor, text: str | int) -> Person | None:
    """The person of this number or user name whom the actor administers; one outside is not found."""
    if isinstance(text, int):
        return manageable(actor).filter(pk=text).first()
    return manageable(actor).filter(username__iexact=text.strip()).first()


def _people(actor: Actor, wanted: PeopleFilter) -> QuerySet[Person]:
    rows = manageable(actor)
    if wanted.text:
        text = wanted.text
        rows = rows.filter(Q(username__icontains=text) | Q(full_name__icontains=text) | Q(email__icontains=text))
    if wanted.ids:
        rows = rows.filter(pk__in=wanted.ids)
    if wanted.roles:
        rows = rows.filter(pk__in=roles_told(actor).filter(role__in=wanted.roles).values("person"))
    if wanted.site is not None:
        parts = wanted.site.path.strip("/").split("/")
        above = ["/" + "/".join(parts[:n]) + "/" for n in range(1, len(parts) + 1)]
        there = Q(site=None) | Q(site__path__startswith=wanted.site.path) | Q(site__path__in=above)
        rows = rows.filter(pk__in=roles_told(actor).filter(there).values("person"))
    if wanted.states:
        states = Q()
        for state in wanted.states:
            states |= _STATES[state]
        rows = rows.filter(states)
    return rows


_NO_PASSWORD = Q(password__startswith=UNUSABLE_PASSWORD_PREFIX) & Q(last_login=None)
_STATES = {
    "active": Q(is_active=True) & ~_NO_PASSWORD,
    "invited": Q(is_active=True) & _NO_PASSWORD,
    "off": Q(is_active=False),
}


def _person_rows(actor: Actor, rows: Iterable[Person]) -> Iterator[PersonRow]:
    people = list(rows)
    roles: dict[int, list[tuple[str, str]]] = {}
    held = roles_told(actor).filter(person__in=people).order_by("role", "site__full_name")
    for pk, role, site in held.values_list("person", "role", "site__full_name"):
        roles.setdefault(pk, []).append((role, site or ""))
    for row in people:
        waiting = row.last_login is None and not row.has_usable_password()
        state = "off" if not row.is_active else "invited" if waiting else "active"
        yield PersonRow(
            row.pk, row.username, row.full_name, row.email, state, tuple(roles.get(row.pk, ())), row.last_login
        )
