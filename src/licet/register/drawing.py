"""The order that an imported licence was bought by, and the pool that it is drawn from: found, or made for a whole batch at once."""

from collections.abc import Iterable
from typing import Any

from licet.estate.models import Installation
from licet.register.changes import Changes, blank
from licet.register.intake import LicenceRecord
from licet.register.models import Order, Pool
from licet.register.record import Catalogue, only_installations
from licet.sites import bulk
from licet.sites.models import Site
from licet.sites.scope import Actor

Key = tuple[int | str, str]
_ORDER = tuple(field.attname for field in Order._meta.concrete_fields if field.attname != "id")  # noqa: SLF001


class Orders:
    """Orders by site and number, remembered for a whole file by their ids; 0 = one that a dry run would make."""

    def __init__(self, changes: Changes, *, write: bool) -> None:
        self._changes = changes
        self._write = write
        self._known: dict[Key, int] = {}
        self._fresh: set[int] = {0}

    def begin(self, wanted: Iterable[tuple[LicenceRecord, Site]]) -> None:
        """Look up, and make, the orders of a batch: three statements."""
        missing = {key: found for found in wanted if found[0].order and (key := _key(*found)) not in self._known}
        if not missing:
            return
        self._known |= self._stored(missing)
        new = {key: found for key, found in missing.items() if key not in self._known}
        if not self._write:
            self._known |= dict.fromkeys(new, 0)
        elif new:
            rows = {key: _order(*found) for key, found in new.items()}
            bulk.insert(Order, _ORDER, rows.values())
            stored = self._stored(new)
            for key, pk in stored.items():
                self._changes.made_of(Order, [pk, *rows[key]])
            self._known |= stored
            self._fresh |= set(stored.values())

    def of(self, record: LicenceRecord, site: Site) -> int | None:
        """The order of a record of the batch."""
        return self._known[_key(record, site)] if record.order else None

    def older(self, order: int | None) -> bool:
        """Whether the order was there before the file."""
        return order is not None and order not in self._fresh

    @staticmethod
    def _stored(keys: Iterable[Key]) -> dict[Key, int]:
        wanted = set(keys)
        sites = {site for site, _ in wanted if isinstance(site, int)}
        rows = Order.objects.filter(site__in=sites, number__in={number for _, number in wanted})
        found = {(site, number): pk for site, number, pk in rows.values_list("site_id", "number", "id")}
        return {key: found[key] for key in wanted if key in found}


def _key(record: LicenceRecord, site: Site) -> Key:
    return site.pk or site.full_name, record.order[:120]


def _order(record: LicenceRecord, site: Site) -> tuple[Any, ...]:
    """The values of an order, in the order of its fields."""
    values = blank(Order) | {
        "site_id": site.pk,
        "number": record.order[:120],
        "ordered_on": record.purchased_on,
        "vendor": record.vendor[:200],
        "currency": record.currency or "",
    }
    return tuple(values[name] for name in _ORDER)


class Pools:
    """Pools by site and name, remembered for a whole file."""

    def __init__(self, actor: Actor, catalogue: Catalogue, changes: Changes, *, write: bool) -> None:
        self._actor = actor
        self._catalogue = catalogue
        self._changes = changes
        self._write = write
        self._known: dict[Key, Pool] = {}
        self.remarks: list[tuple[int | None, str]] = []

    def of(self, site: Site, record: LicenceRecord) -> Pool | None:
        """The pool that the row names, else the only installation of the product at the site, else the site's own pool."""
        said = record.pool.strip()
        name = said or record.product_code
        if not name:
            return None
        key = (site.pk or site.full_name, f"{'named' if said else 'product'} {name.casefold()}")
        if key not in self._known:
            self._known[key] = self._named(site, record) if said else self._of_product(site, record.product_code)
        return self._known[key]

    def _named(self, site: Site, record: LicenceRecord) -> Pool:
        name = record.pool.strip()
        rows = Pool.objects.visible_to(self._actor).filter(name__iexact=name)
        found = (rows.filter(site=site).first() or rows.under(site).first()) if site.pk else None
        if found is None and rows.count() == 1:
            found = rows.first()
        if found is None:
            found = self._made(site, name[:200])
            self.remarks.append((record.line, f"there was no pool {name[:200]!r}; a new one is made at {site}"))
        return found

    def _of_product(self, site: Site, code: str) -> Pool:
        server = only_installations([(site.pk, code)]).get((site.pk, code)) if site.pk else None
        if server is not None:
            return Pool.objects.filter(installation=server).first() or self._made(site, server.name, server)
        product = self._catalogue.products.get(code)
        return self._made(site, product.name if product else code)

    def _made(self, site: Site, name: str, installation: Installation | None = None) -> Pool:
        found = Pool.objects.filter(site=site, name=name).first() if site.pk else None
        key = (site.pk or site.full_name, f"made {name}")
        found = found or self._known.get(key)
        if found is not None:
            return found
        row = Pool(site=site, name=name, installation=installation)
        if self._write:
            row.save()
            self._changes.made(row)
        self._known[key] = row
        return row
