"""What a list page knows of the reader: kept views as chips, columns left out, and where views may be shared."""

from dataclasses import dataclass
from typing import Any

from django import template

from licet.sites.models import Site
from licet.sites.views_saved import ViewRow, hidden_columns, may_share, views

register = template.Library()


@dataclass(frozen=True, slots=True)
class Looked:
    """``chips`` are (view, address, whether it is the one shown); ``css`` the classes of the table that leave columns out."""

    chips: tuple[tuple[ViewRow, str, bool], ...]
    columns: tuple[tuple[int, Any, bool], ...]
    hidden: tuple[int, ...]
    css: str
    query: str
    share: Site | None


@register.simple_tag(takes_context=True)
def looked(context: template.Context) -> Looked | None:
    """How the reader looks at ``list``; None where nobody is signed in. Two queries."""
    request, listing = context["request"], context["list"]
    actor = getattr(request, "actor", None)
    if actor is None:
        return None
    place, asked = listing.query.path, listing.query.one("view")
    kept = views(actor, place)
    chosen = next((one for one in kept if str(one.id) == asked), None)
    hidden = chosen.hidden if chosen else hidden_columns(actor, place)
    chips = tuple((one, f"{place}?{one.query}{'&' if one.query else ''}view={one.id}", one is chosen) for one in kept)
    first = 2 if listing.picks else 1
    columns = tuple((n, heading.title, n not in hidden) for n, heading in enumerate(listing.headings, 1))
    css = " ".join(f"without-{n + first - 1}" for n in hidden if n <= len(columns))
    scope = getattr(request, "scope", None)
    share = scope if scope is not None and may_share(actor, scope) else None
    return Looked(chips, columns, hidden, css, listing.query.query(view="").lstrip("?"), share)
