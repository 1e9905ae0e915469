"""What the subjects of findings, results and waivers are called, whichever table each is in."""

from collections import defaultdict
from collections.abc import Iterable, Mapping
from typing import Any, TypeVar

from django.db.models import Q

from licet.sites.models import Site

K = TypeVar("K", str, int)

Tables = Mapping[Any, tuple[Any, tuple[str, ...]]]  # kind -> (its model, the columns that name it, the best first)
_LOOKED_AT = 1000


def names(tables: Tables, subjects: Iterable[tuple[K, int]]) -> dict[tuple[K, int], str]:
    """(kind, id) -> the subject's name, with one query a kind; what is gone or has no name is left out."""
    wanted: dict[K, set[int]] = defaultdict(set)
    for kind, pk in subjects:
        wanted[kind].add(pk)
    found: dict[tuple[K, int], str] = {}
    for kind, ids in wanted.items():
        model, columns = tables[kind]
        for pk, *texts in model.objects.filter(pk__in=ids).values_list("pk", *columns):
            if name := next((text for text in texts if text), ""):
                found[kind, pk] = name
    return found


def stands(tables: Tables, subject: tuple[Any, int], site: Site, *, by: Mapping[Any, str]) -> bool:
    """Whether a subject (kind, id) is there and stands at the site or below it. ``by``: kind -> the column of its site, where that is not ``site``."""
    kind, pk = subject
    path = "path" if tables[kind][0] is Site else f"{by.get(kind, 'site')}__path"
    return bool(tables[kind][0].objects.filter(pk=pk, **{f"{path}__startswith": site.path}).exists())


def named(tables: Tables, text: str) -> Q:
    """Rows (``kind``, ``subject``) whose subject's name has the text; the first thousand subjects of each kind are looked at."""
    condition = Q(pk__in=())
    for kind, (model, columns) in tables.items():
        has = Q()
        for column in columns:
            has |= Q(**{f"{column}__icontains": text})
        condition |= Q(kind=kind, subject__in=list(model.objects.filter(has).values_list("pk", flat=True)[:_LOOKED_AT]))
    return condition
