"""Pages of a person about himself: open to everybody signed in, with a role or without, never to a token."""

from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from functools import wraps
from typing import Any

from django.core.exceptions import PermissionDenied
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.urls import reverse
from django.utils.http import urlencode

from licet.sites.models import Person
from licet.web.base.asked import public
from licet.web.people.recent import authenticated_at

View = Callable[..., HttpResponse]

# To open such a page, and to send what was filled in there.
_TO_OPEN, _TO_SEND = timedelta(minutes=10), timedelta(minutes=30)


def own(view: View) -> View:
    """Let in whoever is signed in by a session."""

    @wraps(view)
    def opened(request: Any, *given: Any, **named: Any) -> HttpResponse:
        person = request.user
        if not isinstance(person, Person) or not person.is_authenticated:
            return HttpResponseRedirect(f"{reverse('sign-in')}?{urlencode({'next': request.get_full_path()})}")
        no_token(request)
        request.actor = person.actor()
        request.scope = None
        return view(request, *given, **named)

    return public(opened)


def recently(view: View) -> View:
    """Ask who it is again where that was too long ago."""

    @wraps(view)
    def asked(request: HttpRequest, *given: Any, **named: Any) -> HttpResponse:
        return ask_again(request) or view(request, *given, **named)

    return asked


def ask_again(request: HttpRequest) -> HttpResponse | None:
    """The way to prove again who it is; None where that was just done. A token cannot."""
    no_token(request)
    at = authenticated_at(request)
    allowed = _TO_SEND if request.method == "POST" else _TO_OPEN
    if at is not None and datetime.now(UTC) - at <= allowed:
        return None
    return HttpResponseRedirect(f"{reverse('confirm-identity')}?{urlencode({'next': request.get_full_path()})}")


def no_token(request: HttpRequest) -> None:
    """Turn a token away: who has a person's token shall not see or change how that person signs in."""
    if getattr(request, "token", None) is not None:
        raise PermissionDenied
