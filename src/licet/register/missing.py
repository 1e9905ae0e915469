"""Which licences lack a document that their product needs. The document may be about the licence or about its order."""

from collections.abc import Iterator
from dataclasses import dataclass

from django.db.models import Q

from licet.register.document_models import DocumentLink
from licet.register.life_models import ActivationEvent
from licet.register.models import Licence, Product
from licet.sites.models import Site
from licet.sites.scope import Actor


@dataclass(frozen=True, slots=True)
class Missing:
    """A licence and the kinds of documents that it lacks."""

    licence: int
    title: str
    site: str
    order: str
    kinds: tuple[str, ...]


def lacking(kind: str) -> Q:
    """The condition that a licence lacks a document of this kind: its product needs it, or it waits for an offline answer.

    Returned licences and credit notes need none.
    """
    products = [pk for pk, kinds in Product.objects.values_list("id", "documents") if kind in (kinds or ())]
    current = DocumentLink.objects.filter(kind=kind, document__replaced_by=None)
    needs = Q(product__in=products)
    if kind == "response":
        offline = ActivationEvent.objects.filter(way="offline", kind="activated", response_file=None)
        needs |= Q(pk__in=offline.values("licence"))
    return (
        needs
        & Q(returned_on=None)
        & ~Q(kind=Licence.Kind.CORRECTION)
        & ~Q(pk__in=current.filter(about="licence").values("object_id"))
        & (Q(order=None) | ~Q(order__in=current.filter(about="order").values("object_id")))
    )


def needed_kinds() -> list[str]:
    """The kinds of documents that some product needs, and the answers of offline activations."""
    found = {kind for kinds in Product.objects.values_list("documents", flat=True) for kind in kinds or ()}
    return sorted(found | {"response"})


def missing_document(actor: Actor, site: Site | None = None) -> Iterator[Missing]:
    """Every licence in scope that lacks a document, with what it lacks, by its id."""
    rows = Licence.objects.visible_to(actor).under(site)
    by_kind = {kind: set(rows.filter(lacking(kind)).values_list("id", flat=True)) for kind in needed_kinds()}
    wanted = sorted(set().union(*by_kind.values()))
    for start in range(0, len(wanted), 500):
        some = wanted[start : start + 500]
        for row in Licence.objects.filter(pk__in=some).select_related("site", "order").order_by("id"):
            kinds = tuple(kind for kind, ids in by_kind.items() if row.pk in ids)
            yield Missing(row.pk, row.title, row.site.full_name, row.order.number if row.order else "", kinds)
