"""The gate in front of every page: who asks, what he may see, which site he looks at; and the headers of every answer."""

import logging
import secrets
import zoneinfo
from collections.abc import Callable, Iterable
from typing import Any

from django.conf import settings
from django.core.exceptions import PermissionDenied
from django.http import Http404, HttpRequest, HttpResponse, HttpResponseRedirect
from django.urls import reverse
from django.utils import timezone
from django.utils.cache import patch_vary_headers
from django.utils.http import urlencode
from django.utils.translation import gettext as _

from licet.sites.models import Person, Site
from licet.sites.read import anybody

logger = logging.getLogger(__name__)

# No inline script or style anywhere, nothing from another host, and a script only with this answer's nonce: a file that somebody
# uploaded is never one.
CONTENT_SECURITY_POLICY = (
    "default-src 'self'; script-src 'nonce-{nonce}'; style-src 'self'; img-src 'self'; connect-src 'self'; font-src 'self'; "
    "object-src 'none'; base-uri 'none'; form-action 'self'; frame-ancestors 'none'"
)
# Of a file that is sent, whoever made it and by whichever face it is asked for, nothing runs, loads or reaches anything.
SANDBOX = "sandbox; default-src 'none'; frame-ancestors 'none'"
SESSION_SITE = "site"
_LARGEST = 2**63 - 1  # of the numbers of rows


class PageMiddleware:
    """Turns away who may not come in, before any view runs; a view opens itself only by ``@public``."""

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponse]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        """Answer, with the headers that every answer carries."""
        timezone.deactivate()
        request.nonce = nonce = secrets.token_urlsafe(16)  # type: ignore[attr-defined]
        response = self.get_response(request)
        policy = SANDBOX if "Content-Disposition" in response.headers else CONTENT_SECURITY_POLICY.format(nonce=nonce)
        response.headers.setdefault("Content-Security-Policy", policy)
        response.headers.setdefault("Permissions-Policy", "camera=(), microphone=(), geolocation=(), payment=()")
        # Pages tell of the estate: no cache on the way keeps them, nor the browser after signing out.
        response.headers.setdefault("Cache-Control", "no-store")
        patch_vary_headers(response, ["HX-Request", "Cookie"])
        return response

    def process_view(
        self, request: Any, view: Callable[..., HttpResponse], _args: tuple[Any, ...], kwargs: dict[str, Any]
    ) -> HttpResponse | None:
        """Sign-in, role, permission and site, in this order; before them, what no field can hold and no row is called."""
        if _unreadable(request, kwargs.values()):
            return HttpResponse(
                _("A field or the address holds a character that nothing can keep (NUL). Take it out and try again."),
                status=400,
                content_type="text/plain; charset=utf-8",
            )
        if any(isinstance(one, int) and one > _LARGEST for one in kwargs.values()):
            raise Http404
        if getattr(view, "needs_nobody", False):
            return None
        person = request.user
        if not isinstance(person, Person) or not person.is_authenticated:
            return self._to_sign_in(request)
        actor = getattr(request, "token_actor", None) or person.actor()
        request.actor = actor
        if not actor.may_anywhere(getattr(view, "needs_permission", "view")):
            raise PermissionDenied
        _use_zone(person.time_zone)
        request.scope = _chosen_site(request)
        return None

    def process_exception(self, request: Any, exception: Exception) -> None:
        """Log the number that an error's page shows beside the traceback."""
        if isinstance(exception, (Http404, PermissionDenied)):
            return
        logger.error("error %s at %s", request.reference, request.path)

    @staticmethod
    def _to_sign_in(request: HttpRequest) -> HttpResponse:
        if not anybody():
            return HttpResponseRedirect(reverse("setup-needed"))
        where = f"{reverse(settings.LOGIN_URL)}?{urlencode({'next': request.get_full_path()})}"
        if getattr(request, "htmx", False):
            return HttpResponse(headers={"HX-Redirect": reverse(settings.LOGIN_URL)})
        return HttpResponseRedirect(where)


def _unreadable(request: HttpRequest, parts: Iterable[Any]) -> bool:
    """Whether a NUL stands in the address or in any field: PostgreSQL keeps none, and no person types one."""
    if any(isinstance(one, str) and "\0" in one for one in parts):
        return True
    given = (request.GET, request.POST) if request.method == "POST" else (request.GET,)
    return any("\0" in name or any("\0" in one for one in each) for found in given for name, each in found.lists())


def _use_zone(name: str) -> None:
    if name:
        try:
            timezone.activate(zoneinfo.ZoneInfo(name))
        except (zoneinfo.ZoneInfoNotFoundError, ValueError):
            logger.warning("a person's time zone %r is unknown; UTC is shown", name)


def _chosen_site(request: Any) -> Site | None:
    """The site of ``?site=`` (kept for later pages), else the one kept; ``?site=`` without a number = all again."""
    in_scope = Site.objects.visible_to(request.actor)
    asked = request.GET.get("site")
    if asked is None:
        kept = request.session.get(SESSION_SITE)
        return in_scope.filter(pk=kept).first() if kept else None
    if not asked:
        request.session.pop(SESSION_SITE, None)
        return None
    site = in_scope.filter(pk=int(asked)).first() if asked.isascii() and asked.isdigit() and len(asked) < 19 else None
    if site is None:
        raise Http404
    if request.session.get(SESSION_SITE) != site.pk:
        request.session[SESSION_SITE] = site.pk
    return site
