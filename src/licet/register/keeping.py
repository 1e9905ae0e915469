"""Keeps imported licences: new ones are made, known ones compared. A fixed number of statements a batch."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from django.utils import timezone

from licet.register.changes import Changes, blank, restored
from licet.register.drawing import Orders, Pools
from licet.register.exporting import MORE, reference_of
from licet.register.intake import LicenceRecord, Rejected
from licet.register.intake.records import identity_code
from licet.register.kept import Kept, Places
from licet.register.keys_import import KeyKeeper
from licet.register.models import Allocation, Grant, Licence
from licet.register.record import Catalogue, NewLicence, activation_of, check_dates, values_of
from licet.sites import bulk
from licet.sites.models import Site
from licet.sites.record import NotPossible
from licet.sites.scope import Actor

# What may be corrected by importing the row again; the rest is the row's identity.
_CORRECTED = (
    "expires_on", "starts_on", "terminates_on", "notice_on", "maintenance_until", "activated_on", "activation", "price",
    "currency", "note", "assignee",
)  # fmt: skip
_COLUMNS = tuple(field.attname for field in Licence._meta.concrete_fields if field.attname != "id")  # noqa: SLF001
_KINDS = frozenset(Licence.Kind.values)
_NOWHERE: tuple[int | None, bool] = (None, False)


class LicenceKeeper:
    """Keeps batches of one file. In a dry run (``write`` false) nothing is written, and nothing is locked."""

    def __init__(
        self,
        actor: Actor,
        site: Site,
        keys: KeyKeeper | None = None,
        changes: Changes | None = None,
        *,
        write: bool = True,
    ) -> None:
        self._write = write
        self._changes = changes or Changes()
        self._keys = keys or KeyKeeper(actor)
        self._catalogue = Catalogue.read()
        self.places = Places(actor, site, "edit_register", self._changes, write=write)
        self._orders = Orders(self._changes, write=write)
        self._pools = Pools(actor, self._catalogue, self._changes, write=write)
        self._first: dict[int, tuple[int | None, bool]] = {}  # by line: the licence, and whether it grants anything
        self._codes: dict[int, str] = {}  # by line of the batch: what the licence is known by
        self._given: set[tuple[int, str]] = set()  # (line of the licence, assignee) that this file gave to

    def keep(self, records: Sequence[LicenceRecord]) -> Kept:
        """Keep one batch inside the caller's transaction."""
        kept = Kept()
        own = [record for record in records if record.second_allocation_of is None]
        self._keys.begin(own)
        placed = self._placed(own, kept)
        self._codes = self._coded(placed)
        known = self._known(placed)
        self._orders.begin([(record, site) for record, site in placed if self._codes[record.line] not in known])
        new: list[_New] = []
        corrected: list[Licence] = []
        for record, site in placed:
            row = known.get(self._codes[record.line])
            if row is None:
                self._new(record, site, new, kept)
            else:
                self._compare(record, row, corrected, kept)
        self._say_twins(new, kept)
        if self._write:
            self._store(new)
            bulk.update(
                Licence, _CORRECTED, ([*(getattr(row, name) for name in _CORRECTED), row.pk] for row in corrected)
            )
            keyed = [(one.record, Licence(pk=one.pk)) for one in new if one.record.key_marks]
            there = [(record, known[code]) for record, _ in placed if (code := self._codes[record.line]) in known]
            kept.keys += self._keys.keep(keyed, there)
        else:
            kept.keys += sum(len(one.record.key_marks) for one in new)
        for one in new:
            self._first[one.record.line] = (one.pk, bool(_grants(one.record)))
            if one.pool:
                kept.pools.add(one.pool)
        self._allocate(records, kept)
        self._changes.write()
        kept.warnings += [*self._pools.remarks, *self._keys.remarks]
        self._pools.remarks, self._keys.remarks = [], []
        return kept

    def _coded(self, placed: Sequence[tuple[LicenceRecord, Site]]) -> dict[int, str]:
        """Line -> what its licence is known by: the row itself within the tree of its site, so that two customers' rows never meet.

        A reference that Licet has written is taken as it is, unless it names a licence in another tree.
        """
        own = [record.reference for record, _ in placed if record.reference]
        roots = dict(Licence.objects.filter(identity__in=own).values_list("identity", "site__path"))
        found = {}
        for record, site in placed:
            root = _root(site.path)
            ours = record.reference and _root(roots.get(record.reference, site.path)) == root
            found[record.line] = record.reference if ours else identity_code((root, record.identity_code))
        return found

    def _known(self, placed: Sequence[tuple[LicenceRecord, Site]]) -> dict[str, Licence]:
        codes = list(self._codes.values())
        rows = Licence.objects.filter(identity__in=codes).select_related("product")
        found = {row.identity or "": row for row in rows}
        found |= self._known_before(placed, found)
        by_hand = [int(code.split(":")[1]) for code in codes if code.startswith("licet:")]
        if by_hand:
            entered = Licence.objects.filter(pk__in=by_hand, identity=None).select_related("product", "site")
            trees = {self._codes[record.line]: _root(site.path) for record, site in placed}
            found |= {code: row for row in entered if trees.get(code := reference_of(row)) == _root(row.site.path)}
        return found

    def _known_before(
        self, placed: Sequence[tuple[LicenceRecord, Site]], found: Mapping[str, Licence]
    ) -> dict[str, Licence]:
        """Licences that were imported when a row was known by itself alone, in the tree of the row's site."""
        wanted = {
            (record.identity_code, _root(site.path)): code
            for record, site in placed
            if (code := self._codes[record.line]) not in found and not record.reference
        }
        if not wanted:
            return {}
        rows = Licence.objects.filter(identity__in={plain for plain, _ in wanted}).select_related("product", "site")
        return {code: row for row in rows if (code := wanted.get((row.identity or "", _root(row.site.path)), ""))}

    def _placed(self, records: Sequence[LicenceRecord], kept: Kept) -> list[tuple[LicenceRecord, Site]]:
        found = []
        for record in records:
            try:
                check_dates(
                    record.starts_on, record.expires_on, record.purchased_on, record.terminates_on, record.notice_on,
                    record.maintenance_until, record.activated_on,
                )  # fmt: skip
                found.append((record, self.places.find(record.customer, record.site)))
            except NotPossible as error:
                kept.rejected.append(Rejected(record.line, "", "", str(error)))
        return found

    def _new(self, record: LicenceRecord, site: Site, new: "list[_New]", kept: Kept) -> None:
        asked = self._keys.question(record)
        if asked is not None:
            kept.asked.append(asked)
            return
        pool = self._pools.of(site, record)
        new.append(_New(record, site.pk, pool.pk if pool else None, self._orders.of(record, site)))
        kept.count(record.line, "created")

    def _compare(self, record: LicenceRecord, row: Licence, corrected: list[Licence], kept: Kept) -> None:
        """A licence that is there: correct what the row says otherwise."""
        self._first[record.line] = (row.pk, bool(_grants(record)))
        before = self._correct(row, _wanted(record))
        if before:
            corrected.append(row)
            self._changes.changed(row, before)
        if self._changes.made_before("licence", row.pk):
            kept.count(record.line, "created")
            kept.keys += len(record.key_marks)
        elif before or self._changes.corrected_before("licence", row.pk):
            kept.count(record.line, "updated")
        else:
            kept.count(record.line, "unchanged")
            return
        if row.pool_id:
            kept.pools.add(row.pool_id)

    def _correct(self, row: Licence, wanted: NewLicence) -> dict[str, Any]:
        """Set what differs, and give the values before."""
        values: dict[str, Any] = {name: getattr(wanted, name) for name in _CORRECTED if name != "activation"}
        values["assignee"] = wanted.assignee[:200]
        values["activation"] = activation_of(row.product, wanted.activated_on)
        if wanted.activated_on is None:
            # A file that does not speak of activation takes nothing back that a person has entered.
            del values["activation"], values["activated_on"]
        before = {name: getattr(row, name) for name, value in values.items() if getattr(row, name) != value}
        for name in before:
            setattr(row, name, values[name])
        return before

    def _store(self, new: "Sequence[_New]") -> None:
        now, empty = timezone.now(), blank(Licence)
        rows: list[dict[str, Any]] = []
        for one in new:
            where = {
                "site_id": one.site,
                "pool_id": one.pool,
                "order_id": one.order,
                "created_at": now,
                "auto_renew": one.record.auto_renew,
            }
            values = values_of(_wanted(one.record), self._catalogue) | {"identity": self._codes[one.record.line]}
            rows.append(empty | values | where | _more(one.record))
        cells = [[row[name] for name in _COLUMNS] for row in rows]
        bulk.insert(Licence, _COLUMNS, cells)
        made = Licence.objects.filter(identity__in=[row["identity"] for row in rows]).values_list("identity", "id")
        ids = dict(made)
        for one, row, of_row in zip(new, rows, cells, strict=True):
            one.pk = ids[row["identity"]]
            self._changes.made_of(Licence, [one.pk, *of_row])
        grants = [(one.pk, metric, quantity) for one in new for metric, quantity in _grants(one.record)]
        bulk.insert(Grant, ["licence_id", "metric", "quantity"], grants)

    def _say_twins(self, new: "Sequence[_New]", kept: Kept) -> None:
        """Say where a new licence looks like one that is already there: same order, product and quantity."""
        asked = [one for one in new if self._orders.older(one.order)]
        if not asked:
            return
        rows = Licence.objects.filter(order__in={one.order for one in asked}).order_by("-id")
        twins: dict[Any, int] = {row[1:]: row[0] for row in rows.values_list("id", "order_id", "title", "units")}
        for one in asked:
            wanted = _wanted(one.record)
            twin = twins.get((one.order, wanted.title.strip()[:200], wanted.units))
            if twin is not None:
                said = f"licence {twin} of order {one.record.order} has the same product and quantity"
                kept.warnings.append((one.record.line, f"{said}; if this is the same one, return it"))

    def _allocate(self, records: Sequence[LicenceRecord], kept: Kept) -> None:
        """One allocation for each person a row names, once however often the file is read."""
        named = [(record, record.second_allocation_of or record.line) for record in records if record.assignee]
        if not named:
            return
        ids = [pk for _, line in named if (pk := self._first.get(line, _NOWHERE)[0])]
        rows = Grant.objects.filter(licence__in=ids).order_by("-id").values_list("licence_id", "id")
        grants = dict(rows)
        there = Allocation.objects.filter(grant__in=grants.values()).values_list("grant_id", "assignee", "id")
        known = {(row[0], row[1]): row[2] for row in there}
        new = []
        for record, line in named:
            licence, gives = self._first.get(line, _NOWHERE)
            person, grant = record.assignee[:200], grants.get(licence or 0)
            old = known.get((grant or 0, person))
            if old is not None and self._changes.made_before("allocation", old):
                kept.allocations += 1
            elif not gives or old is not None or (line, person) in self._given:
                if record.second_allocation_of is not None:
                    kept.count(record.line, "unchanged")
            else:
                self._given.add((line, person))
                kept.allocations += 1
                if record.second_allocation_of is not None:
                    kept.lines.append((record.line, "allocated"))
                if grant is not None:
                    new.append(Allocation(grant_id=grant, assignee=person, quantity=1))
        if self._write:
            for row in Allocation.objects.bulk_create(new):
                self._changes.made(row)


def _grants(record: LicenceRecord) -> Sequence[tuple[str, int | None]]:
    """What a licence gives: metric and quantity, None = without limit."""
    if record.grants:
        return record.grants
    if record.metric and (record.granted is not None or record.unlimited):
        return ((record.metric, record.granted),)
    return ()


def _root(path: str) -> str:
    """The number of the site at the top of a site's tree."""
    return path.split("/")[1]


@dataclass(slots=True)
class _New:
    """A licence to be made; ``pk`` once it is. In a dry run it has no ids but those that exist already."""

    record: LicenceRecord
    site: int | None
    pool: int | None
    order: int | None
    pk: int | None = None


def _more(record: LicenceRecord) -> dict[str, Any]:
    """Further fields of a licence that Licet has exported; names that are none of them count for nothing."""
    return restored(Licence, {name: value for name, value in record.more if name in MORE})


def _wanted(record: LicenceRecord) -> NewLicence:
    return NewLicence(
        title=record.title or record.product,
        units=None if record.unlimited else record.quantity,
        kind=record.kind if record.kind in _KINDS else "other",
        term=record.term,
        product=record.product_code,
        sku=record.sku,
        purchased_on=record.purchased_on,
        starts_on=record.starts_on,
        expires_on=record.expires_on,
        terminates_on=record.terminates_on,
        notice_on=record.notice_on,
        maintenance_until=record.maintenance_until,
        activated_on=record.activated_on,
        activation=record.activation,
        price=record.price,
        currency=record.currency or "",
        assignee=record.assignee,
        note=record.note,
    )
