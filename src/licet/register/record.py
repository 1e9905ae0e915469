"""Writes to the register. One function = one transaction = one ledger entry. The caller has the pool judged anew."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from datetime import date
from decimal import Decimal
from typing import Any, Final

from django.db import transaction

from licet.dates import FIRST_DAY, LAST_DAY
from licet.estate.models import Installation
from licet.ledger import record as ledger
from licet.register.keys import without_key
from licet.register.models import Grant, Licence, Order, Pool, Product, Sku
from licet.register.renewal import renewal_start
from licet.sites.models import Site
from licet.sites.record import NotPossible
from licet.sites.scope import Actor
from licet.sites.text import fitting

# The texts of a licence that a person types, and how many characters are kept.
LENGTHS: Final[Mapping[str, int]] = {
    "title": 200, "order": 120, "vendor": 200, "assignee": 200, "note": 100_000, "cost_centre": 80, "contact": 200,
    "support_contract": 120,
}  # fmt: skip


@dataclass(frozen=True, slots=True)
class NewLicence:
    """What is known of a licence to be kept. ``grants`` are (metric, quantity); None = unlimited."""

    title: str
    units: int | None = 1
    kind: str = Licence.Kind.OTHER
    term: str = Licence.Term.NOT_STATED
    grants: tuple[tuple[str, int | None], ...] = ()
    product: str = ""
    sku: str = ""
    order: str = ""
    vendor: str = ""
    purchased_on: date | None = None
    starts_on: date | None = None
    expires_on: date | None = None
    terminates_on: date | None = None
    notice_on: date | None = None
    maintenance_until: date | None = None
    activated_on: date | None = None
    activation: str = ""
    price: Decimal | None = None
    currency: str = ""
    assignee: str = ""
    note: str = ""
    identity: str | None = None
    site_wide: bool = False
    notice_period_days: int | None = None
    auto_renew: bool | None = None
    cost_centre: str = ""
    contact: str = ""
    support_contract: str = ""


@dataclass(slots=True)
class Catalogue:
    """The catalogue's rows by code, read once for many licences."""

    products: dict[str, Product] = field(default_factory=dict)
    skus: dict[str, Sku] = field(default_factory=dict)

    @classmethod
    def read(cls) -> "Catalogue":
        """All products and part numbers."""
        products = {product.pk: product for product in Product.objects.all()}
        skus = list(Sku.objects.all())
        for sku in skus:
            sku.product = products[sku.product_id]
        return cls({product.code: product for product in products.values()}, {sku.code: sku for sku in skus})


def check(new: NewLicence) -> None:
    """Raise :class:`NotPossible` where the parts of a licence contradict each other."""
    if not new.title.strip():
        raise NotPossible("A licence needs a product.")
    for name, most in LENGTHS.items():
        fitting(name, getattr(new, name), most)
    check_dates(
        new.starts_on, new.expires_on, new.purchased_on, new.terminates_on, new.notice_on, new.maintenance_until,
        new.activated_on,
    )  # fmt: skip
    if new.units is not None and new.units < 0 and new.kind != Licence.Kind.CORRECTION:
        raise NotPossible("A negative quantity is a correction (credit note); choose that kind.")
    if new.site_wide and (new.units is not None or not (new.product or new.sku)):
        raise NotPossible(
            "A licence for the whole site is unlimited, and of a product or part number of the catalogue."
        )


def texts_of(new: NewLicence) -> dict[str, str]:
    """The texts of a licence that are read by more people than its key is."""
    return {
        name: getattr(new, name) for name in ("title", "assignee", "note", "cost_centre", "contact", "support_contract")
    }


def check_dates(starts_on: date | None, expires_on: date | None, *others: date | None) -> None:
    """Raise :class:`NotPossible` for an end before the beginning, and for years that no licence has known or will know."""
    for day in (starts_on, expires_on, *others):
        if day is not None and not FIRST_DAY <= day <= LAST_DAY:
            raise NotPossible(f"{day} lies outside the years {FIRST_DAY.year} to {LAST_DAY.year}.")
    if starts_on and expires_on and expires_on < starts_on:
        raise NotPossible(f"It ends ({expires_on}) before it begins ({starts_on}).")


def build(site: Site, pool: Pool | None, new: NewLicence, order: Order | None, catalogue: Catalogue) -> Licence:
    """The row of a licence, unsaved."""
    return Licence(site=site, pool=pool, order=order, **values_of(new, catalogue))


def values_of(new: NewLicence, catalogue: Catalogue) -> dict[str, Any]:
    """The fields of a licence that are its own, by column name: all but where it stands and how it was bought."""
    sku = catalogue.skus.get(new.sku)
    product = catalogue.products.get(new.product) or (sku.product if sku else None)
    return {
        "product_id": product.pk if product else None,
        "sku_id": sku.pk if sku else None,
        "title": new.title.strip()[:200],
        "kind": new.kind,
        "term": "dated" if new.expires_on else new.term,
        "units": new.units,
        "site_wide": new.site_wide,
        "purchased_on": new.purchased_on,
        "starts_on": new.starts_on,
        "expires_on": new.expires_on,
        "terminates_on": new.terminates_on,
        "notice_on": new.notice_on,
        "maintenance_until": new.maintenance_until,
        "activation": new.activation or activation_of(product, new.activated_on),
        "activated_on": new.activated_on,
        "price": new.price,
        "currency": new.currency,
        "assignee": new.assignee[:200],
        "note": new.note,
        "notice_period_days": new.notice_period_days,
        "auto_renew": new.auto_renew,
        "cost_centre": new.cost_centre[:80],
        "contact": new.contact[:200],
        "support_contract": new.support_contract[:120],
        "identity": new.identity,
    }


def activation_of(product: Product | None, activated_on: date | None) -> str:
    """The activation state that a date, or its absence, implies for a product."""
    if activated_on is not None:
        return Licence.Activation.ACTIVE
    if product is not None and not product.needs_activation:
        return Licence.Activation.NOT_NEEDED
    return Licence.Activation.UNKNOWN


@transaction.atomic
def add_licence(actor: Actor, site: Site, new: NewLicence, pool: Pool | None = None) -> Licence:
    """Keep one licence. Raises :class:`NotPossible`."""
    must(actor, site)
    check(new)
    without_key(**texts_of(new))
    if new.site_wide and pool is not None:
        raise NotPossible("A licence for the whole site serves every pool there: name none.")
    catalogue = Catalogue.read()
    licence = build(site, pool, new, order_of(site, new), catalogue)
    draw_from_only([licence], catalogue)
    licence.save()
    Grant.objects.bulk_create(Grant(licence=licence, metric=m, quantity=q) for m, q in new.grants)
    note(actor, "register:licence:added", licence, after=said(licence))
    return licence


def order_of(site: Site, new: NewLicence) -> Order | None:
    """The order that a licence names, made where it does not exist yet."""
    if not new.order:
        return None
    return Order.objects.get_or_create(
        site=site,
        number=new.order[:120],
        defaults={"ordered_on": new.purchased_on, "vendor": new.vendor[:200], "currency": new.currency},
    )[0]


def order_numbered(site: Site, number: str) -> Order:
    """The order of this number at a site, made where it does not exist yet."""
    return Order.objects.get_or_create(site=site, number=fitting("order", number, LENGTHS["order"]))[0]


@transaction.atomic
def renew(
    actor: Actor,
    licence: Licence,
    *,
    expires_on: date | None,
    today: date,
    units: int | None = None,
    order: str = "",
    purchased_on: date | None = None,
    activated_on: date | None = None,
    price: Decimal | None = None,
    currency: str = "",
) -> Licence:
    """Keep the renewal of a licence as a licence of its own that supersedes the old one; nothing is overwritten."""
    must(actor, licence.site)
    if licence.returned_on is not None:
        raise NotPossible("A returned licence cannot be renewed.")
    if licence.term == Licence.Term.PERPETUAL:
        raise NotPossible("A perpetual licence has no end to renew.")
    newer = licence.successors.filter(returned_on=None).first()
    if newer is not None:
        raise NotPossible(f"It is already renewed by licence {newer.pk}; renew that one, or return it first.")
    starts_on = renewal_start(licence.expires_on, purchased_on)
    begins = starts_on or licence.starts_on or licence.purchased_on
    if expires_on and begins and expires_on < begins:
        raise NotPossible(f"The renewal would end ({expires_on}) before it begins ({begins}).")
    if expires_on and expires_on < today:
        raise NotPossible(f"The renewal would have ended already ({expires_on}).")
    number = units if units is not None else licence.units
    new = NewLicence(
        title=licence.title, units=number, kind=licence.kind, term=licence.term, order=order, purchased_on=purchased_on,
        starts_on=starts_on, expires_on=expires_on, activated_on=activated_on, price=price, currency=currency,
    )  # fmt: skip
    row = build(licence.site, licence.pool, new, order_of(licence.site, new), Catalogue.read())
    row.product, row.sku, row.supersedes = licence.product, licence.sku, licence
    row.activation = activation_of(licence.product, activated_on)
    row.save()
    Grant.objects.bulk_create(
        Grant(licence=row, metric=grant.metric, quantity=_scaled(grant.quantity, licence.units, number))
        for grant in licence.grants.all()
    )
    note(actor, "register:licence:renewed", row, before=said(licence), after=said(row))
    return row


def _scaled(quantity: int | None, old_units: int | None, new_units: int | None) -> int | None:
    """A grant's quantity for another number of units."""
    if quantity is None or not old_units or new_units is None:
        return quantity
    return quantity * new_units // old_units


@transaction.atomic
def return_licence(actor: Actor, licence: Licence, on: date, reason: str) -> None:
    """Mark a licence as returned; it gives nothing from that day on. Its history stays."""
    must(actor, licence.site)
    if licence.returned_on is not None:
        raise NotPossible(f"It was already returned on {licence.returned_on}.")
    before = said(licence)
    licence.returned_on = on
    licence.save(update_fields=["returned_on"])
    note(actor, "register:licence:returned", licence, reason=reason, before=before, after=said(licence))


def pool_for(installation: Installation) -> Pool:
    """The pool of an installation, made where it does not exist yet."""
    return Pool.objects.get_or_create(
        installation=installation, defaults={"site": installation.site, "name": installation.name}
    )[0]


def only_installations(wanted: Iterable[tuple[int, str]]) -> dict[tuple[int, str], Installation]:
    """By (site, product's code): the installation that a licence without a pool is for, where there is just one of the product there."""
    keys = set(wanted)
    rows = Installation.objects.filter(
        site__in={site for site, _ in keys}, product__in={code for _, code in keys}, retired_at=None
    ).select_related("site")
    found: dict[tuple[int, str], list[Installation]] = {}
    for row in rows:
        found.setdefault((row.site_id, row.product), []).append(row)
    return {key: some[0] for key in keys if len(some := found.get(key, [])) == 1}


def draw_from_only(licences: Iterable[Licence], catalogue: Catalogue) -> None:
    """Give unsaved licences that name no pool that of the only installation of their product at their site."""
    codes = {product.pk: code for code, product in catalogue.products.items()}
    bare = [
        (row, (row.site_id, codes[row.product_id]))
        for row in licences
        if row.pool_id is None and not row.site_wide and row.product_id is not None
    ]
    if bare:
        pools = {key: pool_for(one) for key, one in only_installations(key for _, key in bare).items()}
        for row, key in bare:
            row.pool = pools.get(key)


def said(licence: Licence) -> dict[str, Any]:
    """What the ledger keeps of a licence."""
    return {
        "title": licence.title,
        "units": licence.units,
        "kind": str(licence.kind),
        "order": licence.order.number if licence.order else None,
        "starts_on": _iso(licence.starts_on),
        "expires_on": _iso(licence.expires_on),
        "activation": str(licence.activation),
        "returned_on": _iso(licence.returned_on),
        "supersedes": licence.supersedes_id,
    }


def _iso(day: date | None) -> str | None:
    return day.isoformat() if day else None


def must(actor: Actor, site: Site) -> None:
    """Raise :class:`NotPossible` where the actor may not change the register of a site."""
    if not actor.may("edit_register", site.path):
        raise NotPossible("You may not change the register of this site.")


def note(
    actor: Actor,
    action: str,
    licence: Licence,
    *,
    reason: str = "",
    before: Mapping[str, Any] | None = None,
    after: Mapping[str, Any] | None = None,
) -> None:
    """One entry of the record about a licence; without names of people."""
    ledger.append(
        actor=actor.label,
        action=action,
        object_type="licence",
        object_id=licence.pk,
        site=licence.site_id,
        reason=reason,
        before=before,
        after=after,
    )
