"""What a view may rely on: who asks, and which site the page is about."""

from collections.abc import Callable
from typing import Final, TypeVar

from django.contrib.sessions.backends.base import SessionBase
from django.http import HttpRequest
from django_htmx.middleware import HtmxDetails

from licet.sites.models import Person, Site
from licet.sites.scope import Actor

View = TypeVar("View", bound=Callable[..., object])
_BESIDE: Final = 1 << 20


class PageRequest(HttpRequest):
    """A request of somebody signed in, as :class:`licet.web.base.middleware.PageMiddleware` hands it to a view."""

    actor: Actor
    scope: Site | None  # the one chosen in the site switcher; None = all
    htmx: HtmxDetails
    user: Person
    session: SessionBase


def wants_part(request: HttpRequest) -> bool:
    """Whether htmx asks for the changing part of a page only (never when it restores history: that takes a whole page)."""
    htmx: HtmxDetails | None = getattr(request, "htmx", None)
    return htmx is not None and bool(htmx) and not htmx.history_restore_request


def number_in(text: str) -> int:
    """The number of a row that a field or a query names; 0, which no row has, for what is none or no database holds."""
    return int(text) if text.isascii() and text.isdigit() and len(text) < 19 else 0


def public(view: View) -> View:
    """Mark a view that nobody needs to be signed in for."""
    view.needs_nobody = True  # type: ignore[attr-defined]
    return view


def takes(most: int) -> Callable[[View], View]:
    """Mark a view that takes files of so many bytes; its form may have a megabyte beside them. No other view gets a body of that size."""

    def mark(view: View) -> View:
        view.most_bytes = most + _BESIDE  # type: ignore[attr-defined]
        return view

    return mark


def needs(permission: str) -> Callable[[View], View]:
    """Mark a view that needs more than ``view``: the permission must be held at some site at least."""

    def mark(view: View) -> View:
        view.needs_permission = permission  # type: ignore[attr-defined]
        return view

    return mark
