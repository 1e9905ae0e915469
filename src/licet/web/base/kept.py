"""Counts that read much of a large estate, kept for half a minute: the next page that shows them need not read it again."""

import hashlib
from collections.abc import Callable
from typing import Final, TypeVar

from django.core.cache import cache

from licet.sites.models import Site
from licet.sites.scope import Actor

SECONDS: Final = 30
T = TypeVar("T")


def kept(what: str, actor: Actor, site: Site | None, count: Callable[[], T], *, large: Callable[[T], bool]) -> T:
    """What ``count`` finds of ``what`` for all who may see the same at a site; counted anew at once where it is not ``large``."""
    asked = f"{what}:{actor.prefixes('view')}:{site.pk if site else ''}"
    key = f"kept:{hashlib.sha256(asked.encode()).hexdigest()}"
    found: T | None = cache.get(key)
    if found is None:
        found = count()
        if large(found):
            cache.set(key, found, SECONDS)
    return found
