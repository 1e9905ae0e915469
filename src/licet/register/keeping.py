"""Keeps imported licences: new ones are made, known ones compared. A fixed number of queries a batch."""

from collections.abc import Sequence
from typing import Any

from licet.estate.models import Installation
from licet.register.intake import LicenceRecord, Rejected
from licet.register.kept import Kept, Places
from licet.register.keys_import import KeyKeeper
from licet.register.models import Allocation, Grant, Licence, Order, Pool
from licet.register.record import Catalogue, NewLicence, activation_of, build
from licet.sites.models import Site
from licet.sites.record import NotPossible
from licet.sites.scope import Actor

# What may be corrected by importing the row again; the rest is the row's identity.
_CORRECTED = (
    "expires_on", "starts_on", "terminates_on", "notice_on", "maintenance_until", "activated_on", "activation", "price",
    "currency", "note", "assignee",
)  # fmt: skip


class LicenceKeeper:
    """Keeps batches of one file. Pools and orders are read once and remembered."""

    def __init__(self, actor: Actor, site: Site, keys: KeyKeeper | None = None) -> None:
        self._actor = actor
        self._keys = keys or KeyKeeper(actor)
        self._places = Places(actor, site, "edit_register")
        self._catalogue = Catalogue.read()
        self._pools: dict[tuple[int, str], Pool] = {}
        self._orders: dict[tuple[int, str], Order] = {}
        self._fresh: set[int] = set()  # orders made by this file: nothing in them is older than the file
        self._remarks: list[tuple[int | None, str]] = []
        self._licences: dict[int, Licence] = {}  # by line, for further allocations

    def keep(self, records: Sequence[LicenceRecord]) -> Kept:
        """Keep one batch inside the caller's transaction."""
        kept = Kept()
        codes = [record.identity_code for record in records if record.second_allocation_of is None]
        known = {row.identity: row for row in Licence.objects.filter(identity__in=codes).select_related("product")}
        new: list[tuple[LicenceRecord, Licence]] = []
        self._keys.begin(records)
        for record in records:
            try:
                if record.second_allocation_of is None:
                    self._one(record, known.get(record.identity_code), new, kept)
            except NotPossible as error:
                kept.rejected.append(Rejected(record.line, "", "", str(error)))
        Licence.objects.bulk_create([row for _, row in new])
        Grant.objects.bulk_create(
            Grant(licence=row, metric=record.metric, quantity=record.granted)
            for record, row in new
            if record.metric and (record.granted is not None or record.unlimited)
        )
        before = [(record, known[record.identity_code]) for record in records if record.identity_code in known]
        kept.keys += self._keys.keep(new, before)
        self._allocate(records, kept)
        kept.warnings += [*self._remarks, *self._keys.remarks]
        self._remarks, self._keys.remarks = [], []
        return kept

    def _one(
        self, record: LicenceRecord, row: Licence | None, new: list[tuple[LicenceRecord, Licence]], kept: Kept
    ) -> None:
        site = self._places.find(record.customer, record.site)
        wanted = _new(record)
        if row is None and (asked := self._keys.question(record)) is not None:
            kept.asked.append(asked)
            return
        if row is None:
            pool = self._pool(site, record)
            row = build(site, pool, wanted, self._order(site, record), self._catalogue)
            self._compare(record, row)
            new.append((record, row))
            kept.created += 1
        elif self._correct(row, wanted):
            kept.updated += 1
        else:
            kept.unchanged += 1
            self._licences[record.line] = row
            return
        self._licences[record.line] = row
        if row.pool_id:
            kept.pools.add(row.pool_id)

    def _compare(self, record: LicenceRecord, row: Licence) -> None:
        """Say where a new licence looks like one that is already there: same order, product and quantity."""
        if row.order is None or row.order.pk in self._fresh:
            return
        twin = row.order.licences.filter(title=row.title, units=row.units).values_list("id", flat=True).first()
        if twin is not None:
            text = f"licence {twin} of order {row.order.number} has the same product and quantity; if this is the same one, return it"
            self._remarks.append((record.line, text))

    def _correct(self, row: Licence, wanted: NewLicence) -> bool:
        values: dict[str, Any] = {name: getattr(wanted, name) for name in _CORRECTED if name != "activation"}
        values["activation"] = activation_of(row.product, wanted.activated_on)
        if wanted.activated_on is None:
            # A file that does not speak of activation takes nothing back that a person has entered.
            del values["activation"], values["activated_on"]
        changed = [name for name, value in values.items() if getattr(row, name) != value]
        for name in changed:
            setattr(row, name, values[name])
        if changed:
            row.save(update_fields=changed)
        return bool(changed)

    def _order(self, site: Site, record: LicenceRecord) -> Order | None:
        if not record.order:
            return None
        key = (site.pk, record.order[:120])
        if key not in self._orders:
            defaults = {
                "ordered_on": record.purchased_on, "vendor": record.vendor[:200], "currency": record.currency or "",
            }  # fmt: skip
            self._orders[key], made = Order.objects.get_or_create(site=site, number=key[1], defaults=defaults)
            if made:
                self._fresh.add(self._orders[key].pk)
        return self._orders[key]

    def _pool(self, site: Site, record: LicenceRecord) -> Pool | None:
        """The pool that the row names, else the only installation of the product at the site, else the site's own pool."""
        name = record.pool.strip() or record.product_code
        if not name:
            return None
        key = (site.pk, name.casefold())
        if key not in self._pools:
            self._pools[key] = (
                self._named_pool(site, record) if record.pool.strip() else self._product_pool(site, record)
            )
        return self._pools[key]

    def _named_pool(self, site: Site, record: LicenceRecord) -> Pool:
        rows = Pool.objects.visible_to(self._actor).filter(name__iexact=record.pool.strip())
        found = rows.filter(site=site).first() or rows.under(site).first()
        if found is None and rows.count() == 1:
            found = rows.first()
        if found is None:
            found = Pool.objects.create(site=site, name=record.pool.strip()[:200])
            self._remarks.append((record.line, f"there was no pool {found.name!r}; a new one is made at {site}"))
        return found

    def _product_pool(self, site: Site, record: LicenceRecord) -> Pool:
        servers = list(Installation.objects.filter(site=site, product=record.product_code, retired_at=None)[:2])
        if len(servers) == 1:
            return Pool.objects.get_or_create(
                installation=servers[0], defaults={"site": site, "name": servers[0].name}
            )[0]
        product = self._catalogue.products.get(record.product_code)
        return Pool.objects.get_or_create(site=site, name=product.name if product else record.product_code)[0]

    def _allocate(self, records: Sequence[LicenceRecord], kept: Kept) -> None:
        """One allocation for each person a row names, once however often the file is read."""
        named = [record for record in records if record.assignee]
        rows = {record.line: self._licences.get(record.second_allocation_of or record.line) for record in named}
        grants: dict[int, Grant] = {}
        for grant in Grant.objects.filter(licence__in=[row.pk for row in rows.values() if row]).order_by("-id"):
            grants[grant.licence_id] = grant
        known = set(Allocation.objects.filter(grant__in=grants.values()).values_list("grant_id", "assignee"))
        new = []
        for record in named:
            row = rows[record.line]
            first = grants.get(row.pk) if row else None
            if first is None or (first.pk, record.assignee[:200]) in known:
                kept.unchanged += record.second_allocation_of is not None
                continue
            known.add((first.pk, record.assignee[:200]))
            new.append(Allocation(grant=first, assignee=record.assignee[:200], quantity=1))
        Allocation.objects.bulk_create(new)
        kept.allocations += len(new)


def _new(record: LicenceRecord) -> NewLicence:
    grants = ((record.metric, record.granted),) if record.metric else ()
    return NewLicence(
        title=record.title or record.product,
        units=None if record.unlimited else record.quantity,
        kind=record.kind if record.kind in Licence.Kind.values else Licence.Kind.OTHER,
        term=record.term,
        grants=grants,
        product=record.product_code,
        sku=record.sku,
        order=record.order,
        vendor=record.vendor,
        purchased_on=record.purchased_on,
        starts_on=record.starts_on,
        expires_on=record.expires_on,
        terminates_on=record.terminates_on,
        notice_on=record.notice_on,
        maintenance_until=record.maintenance_until,
        activated_on=record.activated_on,
        price=record.price,
        currency=record.currency or "",
        assignee=record.assignee,
        note=record.note,
        identity=record.identity_code,
    )
