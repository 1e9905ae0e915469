"""Things to choose from by a part of a name or a serial number, for what is said about them (a document, say)."""

from typing import Final

from licet.search.read import Hit, find
from licet.sites.models import Site
from licet.sites.scope import Actor

_LOOKED_AT: Final = 50  # of each kind


def choices(
    actor: Actor, text: str, kinds: frozenset[str], permission: str, *, most: int = 8
) -> tuple[tuple[Hit, ...], bool]:
    """What a text finds of these kinds where the actor holds the permission, at most so many of each; whether there are more."""
    found = find(actor, text, size=_LOOKED_AT, kinds=kinds)
    sites = {hit.site_id for part in found for hit in part.hits}
    allowed = set(Site.objects.visible_to(actor, permission).filter(pk__in=sites).values_list("pk", flat=True))
    hits: list[Hit] = []
    more = False
    for part in found:
        mine = [hit for hit in part.hits if hit.site_id in allowed and not hit.gone]
        hits += mine[:most]
        more = more or len(mine) > most or part.number.number > len(part.hits)
    return tuple(hits), more
