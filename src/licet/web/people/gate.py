"""Keeps a session's last use, and leads somebody to whom the policy asks a second factor to its set-up before anything else."""

from collections.abc import Callable
from typing import Any

from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.urls import reverse
from django.utils.http import urlencode

from licet.sites.models import Person
from licet.sites.policy import needs_second_factor
from licet.sites.session import touch
from licet.web.people.factors import has_second_factor
from licet.web.people.recent import SIGNED_IN_BY

# What somebody may open who still has to set up a second factor.
_ON_THE_WAY = frozenset(
    {
        "second-factors",
        "totp-add",
        "passkey-add",
        "passkey-options",
        "recovery-codes",
        "confirm-identity",
        "sign-out",
        "theme",
    }
)


class SecondFactorMiddleware:
    """Runs in front of every view of somebody signed in by a session."""

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponse]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        """Answer."""
        return self.get_response(request)

    def process_view(
        self, request: Any, _view: Callable[..., HttpResponse], _args: tuple[Any, ...], _kwargs: dict[str, Any]
    ) -> HttpResponse | None:
        """Note the use; send away who lacks a second factor that the policy asks of him."""
        person = request.user
        if getattr(request, "token", None) is not None or not isinstance(person, Person) or not person.is_authenticated:
            return None
        touch(request.session.session_key or "", request.META.get("REMOTE_ADDR", ""))
        if request.resolver_match.url_name in _ON_THE_WAY or request.session.get(SIGNED_IN_BY) == "sso":
            return None  # at a single sign-on the identity provider asks for it
        if not needs_second_factor(person) or has_second_factor(person):
            return None
        where = f"{reverse('second-factors')}?{urlencode({'needed': '1', 'next': request.get_full_path()})}"
        if getattr(request, "htmx", False):
            return HttpResponse(headers={"HX-Redirect": where})
        return HttpResponseRedirect(where)
