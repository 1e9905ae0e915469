"""Many licences kept at once: read and written in sets, one entry of the record for each site."""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Final

from django.db import transaction

from licet.ledger.by_site import append_by_site
from licet.register.catalogue import Gives, what_it_gives
from licet.register.keys import holding_keys, key_in
from licet.register.models import Grant, Licence, Order, Pool
from licet.register.record import Catalogue, NewLicence, build, check, draw_from_only, texts_of
from licet.sites.models import Site
from licet.sites.record import NotPossible
from licet.sites.scope import Actor

MOST: Final = 1000


@dataclass(frozen=True, slots=True)
class Wanted:
    """A licence to be kept, and where. Without ``grants`` it gives what the catalogue knows of its part number or title."""

    site: Site
    new: NewLicence
    pool: Pool | None = None


@transaction.atomic
def add_many(actor: Actor, wanted: Sequence[Wanted]) -> list[Licence | str]:
    """Keep licences; for each, in their order, the licence or why it is refused. The caller has their pools judged anew.

    Raises :class:`NotPossible` for more than :data:`MOST`.
    """
    if len(wanted) > MOST:
        raise NotPossible(f"At most {MOST} licences are kept at a time.")
    catalogue, gives = Catalogue.read(), _Gives()
    found: list[Licence | str] = []
    rows: list[Licence] = []
    grants: list[Grant] = []
    orders = _orders([one for one in wanted if actor.may("edit_register", one.site.path)])
    holding = holding_keys(text for one in wanted for text in texts_of(one.new).values())
    for one in wanted:
        if why := _refused(actor, one, catalogue) or _key_in(one.new, holding):
            found.append(why)
            continue
        new = gives.completed(one.new)
        row = build(one.site, one.pool, new, orders.get((one.site.pk, new.order[:120])), catalogue)
        grants += [Grant(licence=row, metric=metric, quantity=quantity) for metric, quantity in new.grants]
        rows.append(row)
        found.append(row)
    draw_from_only(rows, catalogue)
    Licence.objects.bulk_create(rows, batch_size=500)
    Grant.objects.bulk_create(grants, batch_size=1000)
    append_by_site(
        [(row.site_id, row.pk) for row in rows], actor=actor.label, action="register:licences:added", object_type="licence",
        things="licences",
    )  # fmt: skip
    return found


def _refused(actor: Actor, one: Wanted, catalogue: Catalogue) -> str:
    if not actor.may("edit_register", one.site.path):
        return "You may not change the register of this site."
    if one.new.sku and one.new.sku not in catalogue.skus:
        return f"The catalogue knows no part number {one.new.sku!r}."
    if one.new.site_wide and one.pool is not None:
        return "A licence for the whole site serves every pool there: name none."
    if one.pool is not None and not one.pool.site.path.startswith(one.site.path):
        return f"The pool {one.pool.name} is at another site."
    if one.new.price is not None and not one.new.currency:
        return "A price needs its currency, as EUR."
    try:
        check(one.new)
    except NotPossible as error:
        return str(error)
    return ""


def _key_in(new: NewLicence, holding: frozenset[str]) -> str:
    return next((key_in(name) for name, text in texts_of(new).items() if text in holding), "")


class _Gives:
    """What the catalogue says that licences give; each distinct text is looked up once."""

    def __init__(self) -> None:
        self._known: dict[tuple[str, int | None], Gives] = {}

    def completed(self, new: NewLicence) -> NewLicence:
        """The licence with what it gives, where it does not say that itself."""
        if new.grants:
            return new
        text = new.sku or new.title
        if (text, new.units) not in self._known:
            self._known[text, new.units] = what_it_gives(text, new.units)
        given = self._known[text, new.units]
        kind = given.kind if new.kind == Licence.Kind.OTHER else new.kind
        return replace(
            new, grants=given.grants, product=new.product or given.product, sku=new.sku or given.sku, kind=kind
        )


def _orders(wanted: Sequence[Wanted]) -> dict[tuple[int, str], Order]:
    """The orders that licences name, by site and number; those that do not exist yet are made in one statement."""
    named = {(one.site.pk, one.new.order[:120]): one for one in wanted if one.new.order}
    known = _known(named)
    Order.objects.bulk_create(
        Order(
            site_id=site, number=number, ordered_on=one.new.purchased_on, vendor=one.new.vendor[:200],
            currency=one.new.currency,
        )
        for (site, number), one in named.items()
        if (site, number) not in known
    )  # fmt: skip
    return _known(named)


def _known(named: dict[tuple[int, str], Wanted]) -> dict[tuple[int, str], Order]:
    sites, numbers = {site for site, _number in named}, {number for _site, number in named}
    rows = Order.objects.filter(site__in=sites, number__in=numbers)
    return {(row.site_id, row.number): row for row in rows}
