"""What every template may use."""

from dataclasses import dataclass
from typing import Any

from django.http import HttpRequest
from django.urls import reverse
from django.utils import timezone

from licet.sites.models import Site
from licet.web.base.navigation import NAMES, navigation

THEMES = ("auto", "light", "dark")
SITES_IN_SWITCHER = 40


@dataclass(frozen=True, slots=True)
class SiteEntry:
    """One site of the switcher; ``level`` is its depth below the highest site in scope."""

    id: int
    name: str
    full_name: str
    level: int


def theme(request: HttpRequest) -> str:
    """light, dark or auto, from the reader's cookie."""
    asked = request.COOKIES.get("theme", "auto")
    return asked if asked in THEMES else "auto"


def page(request: HttpRequest) -> dict[str, Any]:
    """The frame's parts: rail, site switcher, theme. Empty where nobody is signed in."""
    actor = getattr(request, "actor", None)
    plain = {"theme": theme(request), "framed": False}
    if actor is None or not actor.may_anywhere("view"):
        return plain
    places = navigation(request.path, actor)
    in_scope = Site.objects.visible_to(actor)
    first = list(in_scope[: SITES_IN_SWITCHER + 1])
    return plain | {
        "framed": True,
        "actor": actor,
        "scope": getattr(request, "scope", None),
        "rail": places.rail,
        "pages": places.pages,
        "switcher": tree(first[:SITES_IN_SWITCHER]),
        "more_sites": in_scope.count() - SITES_IN_SWITCHER if len(first) > SITES_IN_SWITCHER else 0,
        "switch_to": _switch_to(request),
        "now": timezone.now(),
    }


def tree(sites: list[Site]) -> list[SiteEntry]:
    """Sites in tree order with their depth below the highest ancestor that is in scope too."""
    paths = {site.path for site in sites}
    found = []
    for site in sites:
        parts = site.path.strip("/").split("/")
        above = ["/" + "/".join(parts[:n]) + "/" for n in range(1, len(parts))]
        level = sum(path in paths for path in above)
        found.append(SiteEntry(site.pk, site.name if level else site.full_name, site.full_name, min(level, 5)))
    return found


def _switch_to(request: HttpRequest) -> str:
    """Choosing a site stays on a list and leaves the page of one object."""
    match = request.resolver_match
    stays = match is not None and not match.kwargs and match.url_name in NAMES
    return request.path if stays else reverse("overview")
