"""Who asks: a program with a token, or somebody signed in who looks (reading only)."""

from collections.abc import Callable
from typing import Any, Final, TypeVar

from django.http import HttpRequest
from ninja.security import HttpBearer

from licet.api.problem import Problem
from licet.sites.models import Person, Site
from licet.sites.scope import Actor
from licet.sites.token import missing_scope

T = TypeVar("T")
PEOPLE: Final = "people"  # needed for people, roles and their tokens: the permission administer, of a token also the scope of this name


class Asked(HttpRequest):
    """A request whose actor is known; what it may see is decided where it is for everybody."""

    actor: Actor
    user: Any


class Token(HttpBearer):
    """``Authorization: Bearer lct_...``. The token itself is judged before, where pages' tokens are."""

    def __init__(self, needs: str) -> None:
        super().__init__()
        self._needs = needs

    def authenticate(self, request: Any, token: str) -> Actor | None:  # noqa: ARG002 - it is judged before
        """The actor of the token; raises 403 where he holds the permission nowhere."""
        return _let_in(request, getattr(request, "token_actor", None), self._needs)


class Session:
    """Somebody signed in, for reading: what changes something needs a token, so that no other site's page can do it."""

    def __init__(self, needs: str) -> None:
        self._needs = needs

    def __call__(self, request: Any) -> Actor | None:
        """The actor of the person; raises 403 where he holds the permission nowhere."""
        person = request.user
        if getattr(request, "token", None) is not None or not isinstance(person, Person) or not person.is_authenticated:
            return None
        if request.method not in {"GET", "HEAD"}:
            raise Problem(403, "What changes something needs a token: Authorization: Bearer lct_...")
        return _let_in(request, person.actor(), self._needs)


def _let_in(request: Any, actor: Actor | None, needs: str) -> Actor | None:
    permission = "administer" if needs == PEOPLE else needs
    if actor is not None and not any(actor.may_anywhere(one) for one in permission.split(" or ")):
        raise Problem(403, f"This needs the permission {permission}{_why_not(actor, permission)}")
    if actor is not None and needs == PEOPLE and not actor.people:
        raise Problem(403, "This needs a token with the scope people: it changes who may do what.")
    request.actor = actor
    return actor


def _why_not(actor: Actor, permission: str) -> str:
    """The end of a sentence that names a permission (several as ``a or b``): whether the token's scopes withhold it, or the roles."""
    lacking = [missing_scope(actor, one) for one in permission.split(" or ")]
    if all(lacking):
        return f"; the token lacks the scope {' or '.join(dict.fromkeys(lacking))}."
    return ", which you do not hold."


def site_in(asked: Asked, number: int | None, where: str = "query.site") -> Site | None:
    """The site with this number in the actor's scope; None for none. Raises 404 for one that he does not see."""
    if number is None:
        return None
    found = Site.objects.visible_to(asked.actor).filter(pk=number).first()
    if found is None:
        raise Problem(404, f"There is no site {number} that you see.", ((where, "No such site."),))
    return found


def site_where(asked: Asked, number: int, permission: str, where: str = "body.site") -> Site:
    """The site with this number; raises 403 where the actor sees it and holds not the permission there."""
    found = site_in(asked, number, where)
    assert found is not None  # noqa: S101 - a number was given
    if not asked.actor.may(permission, found.path):
        why = _why_not(asked.actor, permission)
        raise Problem(403, f"At {found.full_name} this needs the permission {permission}{why}")
    return found


def site_or_all(asked: Asked, number: int | None, permission: str) -> Site | None:
    """The site with this number, as :func:`site_where`; for None all sites, which needs the permission everywhere."""
    if number is None:
        may_there(asked, permission, "")
        return None
    return site_where(asked, number, permission)


def there(found: T | None, what: str, number: int | str) -> T:
    """What was found; raises 404 for nothing, and for what the actor does not see alike."""
    if found is None:
        raise Problem(404, f"There is no {what} {number} that you see.")
    return found


def may_there(asked: Asked, permission: str, path: str) -> None:
    """Raise 403 where the actor sees something and holds not the permission at its site; the path "" = all sites."""
    if not asked.actor.may(permission, path):
        where = "At its site this" if path else "For all sites this"
        raise Problem(403, f"{where} needs the permission {permission}{_why_not(asked.actor, permission)}")


def to_change(asked: Asked, find: Callable[[Actor, int, str], T | None], number: int, permission: str, what: str) -> T:
    """What is to be changed; raises 404 for what the actor does not see, 403 for what he sees and may not change."""
    found = find(asked.actor, number, permission)
    if found is None:
        there(find(asked.actor, number, "view"), what, number)
        why = _why_not(asked.actor, permission)
        raise Problem(403, f"Changing this {what} needs the permission {permission} at its site{why}")
    return found
