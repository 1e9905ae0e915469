"""Who asks: a program with a token, or somebody signed in who looks (reading only)."""

from typing import Any, TypeVar

from django.http import HttpRequest
from ninja.security import HttpBearer

from licet.api.problem import Problem
from licet.sites.models import Person, Site
from licet.sites.scope import Actor

T = TypeVar("T")


class Asked(HttpRequest):
    """A request whose actor is known; what it may see is decided where it is for everybody."""

    actor: Actor


class Token(HttpBearer):
    """``Authorization: Bearer lct_...``. The token itself is judged before, where pages' tokens are."""

    def authenticate(self, request: Any, token: str) -> Actor | None:  # noqa: ARG002 - it is judged before
        """The actor of the token."""
        actor: Actor | None = getattr(request, "token_actor", None)
        request.actor = actor
        return actor


def session(request: Any) -> Actor | None:
    """The actor of somebody signed in, for reading: what changes something needs a token, so that no other site's page can do it."""
    person = request.user
    if getattr(request, "token", None) is not None or not isinstance(person, Person) or not person.is_authenticated:
        return None
    if request.method not in {"GET", "HEAD"}:
        raise Problem(403, "What changes something needs a token: Authorization: Bearer lct_...")
    request.actor = person.actor()
    found: Actor = request.actor
    return found


def site_in(asked: Asked, number: int | None, where: str = "query.site") -> Site | None:
    """The site with this number in the actor's scope; None for none. Raises 422 for one that he does not see."""
    if number is None:
        return None
    found = Site.objects.visible_to(asked.actor).filter(pk=number).first()
    if found is None:
        raise Problem(422, f"There is no site {number} that you see.", ((where, "No such site."),))
    return found


def site_where(asked: Asked, number: int, permission: str, where: str = "body.site") -> Site:
    """The site with this number; raises 403 where the actor sees it and holds not the permission there."""
    found = site_in(asked, number, where)
    assert found is not None  # noqa: S101 - a number was given
    if not asked.actor.may(permission, found.path):
        raise Problem(403, f"At {found.full_name} this needs the permission {permission}.")
    return found


def there(found: T | None, what: str, number: int | str) -> T:
    """What was found; raises 404 for nothing, and for what the actor does not see alike."""
    if found is None:
        raise Problem(404, f"There is no {what} {number} that you see.")
    return found
