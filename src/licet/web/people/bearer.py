"""A token in place of a session: ``Authorization: Bearer lct_...`` on a page or an export."""

from collections.abc import Callable
from typing import Any

from django.contrib.sessions.backends.base import SessionBase
from django.http import HttpRequest, HttpResponse
from django.utils.functional import SimpleLazyObject

from licet.sites.models import Person
from licet.sites.token import NotFromHere, actor_of
from licet.web.people import throttle


class NoSession(SessionBase):
    """A session that is never kept, so that a program with a token gets no cookie."""

    accessed = False

    @property
    def modified(self) -> bool:
        """Never."""
        return False

    @modified.setter
    def modified(self, _value: bool) -> None:
        pass

    def is_empty(self) -> bool:
        """Not, so that a cookie that came along is left as it is."""
        return False

    def _get_session(self, no_load: bool = False) -> dict[str, Any]:  # noqa: ARG002 - the base class names it
        if not hasattr(self, "_kept"):
            self._kept: dict[str, Any] = {}
        return self._kept

    _session = property(_get_session)


class BearerMiddleware:
    """Lets a token in: for reading, and at ``/api/`` for what its scopes say. What it may see is decided where it is for everybody: by its actor."""

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponse]) -> None:
        self.get_response = get_response

    def __call__(self, request: Any) -> HttpResponse:
        """Answer as the token's person, or refuse in one sentence."""
        scheme, _, text = request.headers.get("Authorization", "").partition(" ")
        if scheme.lower() != "bearer":
            return self.get_response(request)
        if request.method not in {"GET", "HEAD"} and not request.path_info.startswith("/api/"):
            return _refused(
                405,
                "A token reads pages; what changes something needs somebody signed in, /api/v1/, or the command line.",
            )
        address = request.META.get("REMOTE_ADDR", "")
        if throttle.is_address_held(address):
            return _refused(429, "Too many wrong tokens from this address. Wait 15 minutes.")
        try:
            actor = actor_of(text.strip(), address=address)
        except NotFromHere:
            return _refused(
                403, "This token may not be used from this address. Its networks are on the page of its person."
            )
        if actor is None:
            throttle.address_failed(address)
            return _refused(401, "This token is unknown, revoked or has run out.")
        request.session = NoSession()
        request.user = SimpleLazyObject(lambda: Person.objects.get(pk=actor.person or 0))
        request.token = actor.token
        request.token_actor = actor
        response = self.get_response(request)
        request.META.pop("CSRF_COOKIE_NEEDS_UPDATE", None)
        response.cookies.clear()
        return response


def _refused(status: int, sentence: str) -> HttpResponse:
    headers = {"WWW-Authenticate": 'Bearer realm="Licet"'} if status == 401 else {}
    return HttpResponse(f"{sentence}\n", status=status, content_type="text/plain; charset=utf-8", headers=headers)
