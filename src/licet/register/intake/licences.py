"""Lines of a register -> licences."""

from collections.abc import Iterator
from dataclasses import dataclass, field, replace
from datetime import date
from decimal import Decimal
from functools import lru_cache
from typing import Final

from licet.dates import last_day_of_term
from licet.dates.reading import Ask, Choice, OrderDecision, OrderEvidence, Purpose, Read, Reject, decide_orders
from licet.dates.words import NO_END, NO_VALUE, fold
from licet.register.intake.context import Context
from licet.register.intake.keytext import comparable, keys_in_note, read_keys
from licet.register.intake.line import LOST_DIGITS, Columns, Line
from licet.register.intake.money import Mark, MarkEvidence, Money, currency_of, read_money
from licet.register.intake.own import read_own
from licet.register.intake.quantity import UNLIMITED, Quantity, read_quantity
from licet.register.intake.records import LicenceRecord, Term
from licet.register.intake.result import Decision
from licet.register.intake.secret import Secret
from licet.register.intake.sku import Match, family, match
from licet.register.intake.words import kind_of_word, level, months_of, nobody, yes_or_no
from licet.tabular.table import Cell, Row, RowKind, text_of

_DATES: Final = {
    "starts": Purpose.START,
    "expires": Purpose.END,
    "terminates": Purpose.END,
    "notice": Purpose.END,
    "purchased": Purpose.PAST,
    "activated": Purpose.PAST,
    "maintenance": Purpose.END,
}
_REMEMBERED: Final = 50_000  # different texts of a column that are looked at once only
_ONE: Final = Quantity(1)
_TEXTS: Final = ("customer", "licensed_to", "site", "pool", "order", "purchase_order", "vendor", "auto_renew")
_NAMED: Final = 50  # unknown products that are named one by one
_TAKEN_FOR: Final = {("anpr_camera", "camera"), ("facial_recognition_camera", "camera")}


@dataclass(slots=True)
class Evidence:
    """What the whole file proves about its columns, gathered in a first pass."""

    dates: dict[str, OrderEvidence] = field(default_factory=dict)
    marks: dict[str, MarkEvidence] = field(default_factory=dict)
    rows: int = 0

    @classmethod
    def of(cls, columns: Columns, rows: Iterator[Row]) -> "Evidence":
        """Go through all rows once."""
        found = cls(
            {name: OrderEvidence() for name in _DATES if name in columns},
            {name: MarkEvidence() for name in ("price", "quantity") if name in columns},
        )
        watched: list[tuple[OrderEvidence | MarkEvidence, int, set[str]]] = []
        for name, orders in found.dates.items():
            watched += [(orders, at, set()) for at in columns.of[name]]
        for name, marks in found.marks.items():
            watched += [(marks, at, set()) for at in columns.of[name]]
        for row in rows:
            found.rows += 1
            if row.kind is not RowKind.DATA:
                continue
            cells = row.cells
            for watch, at, seen in watched:
                cell = cells[at]
                if cell.__class__ is not str or not cell or cell in seen:
                    continue
                if len(seen) < _REMEMBERED:
                    seen.add(cell)
                watch.add(row.line, cell)
        return found


@dataclass(slots=True)
class LicenceReader:
    """Reads the lines of one register. It remembers what it has seen, for lines that say the same or share a key."""

    columns: Columns
    context: Context
    evidence: Evidence
    texts: tuple[str, ...] = field(init=False)
    named: bool = field(init=False)
    has_key: bool = field(init=False)
    is_own: bool = field(init=False)
    has_place: bool = field(init=False)
    has_term: bool = field(init=False)
    no_dates: dict[str, Read] = field(init=False)
    # What texts seen before gave, by field: registers say the same products and days again and again.
    days: dict[str, dict[Cell, Read]] = field(init=False)
    products: dict[tuple[Cell, Cell], tuple[str, Match]] = field(default_factory=dict)
    orders: dict[str, OrderDecision] = field(init=False)
    mark: Mark | None = field(init=False)
    spreadsheet_dates: dict[str, str] = field(default_factory=dict)
    look_alikes: dict[str, int] = field(default_factory=dict)
    unknown: dict[str, int] = field(default_factory=dict)

    def __post_init__(self) -> None:
        self.texts = tuple(name for name in _TEXTS if name in self.columns)
        self.named = any(name in self.columns for name in ("person", "username", "email"))
        self.has_key = "key" in self.columns
        self.is_own = "reference" in self.columns
        self.has_place = "customer" in self.columns or "site" in self.columns
        self.has_term = "term" in self.columns or "kind" in self.columns
        self.no_dates = dict.fromkeys(_DATES, Read(None))
        self.days = {name: {} for name in self.evidence.dates}
        names = {self.columns.name(name): name for name in self.evidence.dates}
        decided = decide_orders({heading: self.evidence.dates[name] for heading, name in names.items()})
        self.orders = {names[heading]: decision for heading, decision in decided.items()}
        marks = [evidence.decision()[0] for evidence in self.evidence.marks.values()]
        proven = {mark for mark in marks if mark}
        contradicts = any(evidence.point and evidence.comma for evidence in self.evidence.marks.values())
        self.mark = next(iter(proven)) if len(proven) == 1 and not contradicts else None

    def decisions(self) -> list[Decision]:
        """What was decided for whole columns, with the proof."""
        said = [Decision(self.columns.name(name), decision.why) for name, decision in self.orders.items()]
        for name, evidence in self.evidence.marks.items():
            why = evidence.decision()[1]
            if why:
                said.append(Decision(self.columns.name(name), why))
        said += [Decision(self.columns.name(name), how) for name, how in self.spreadsheet_dates.items()]
        said += [Decision(self.columns.name("key"), f"line {line}: {text}") for text, line in self.look_alikes.items()]
        for name, line in list(self.unknown.items())[:_NAMED]:
            said.append(Decision("", f"line {line}: “{name[:80]}” is not in the catalogue; what it gives is not known"))
        if "quantity" not in self.columns:
            said.append(Decision("", "there is no quantity column: one unit of the product per line"))
        return said

    def read(self, line: Line) -> LicenceRecord:
        """One line. Where the line has problems they are in it, and the record is not to be used."""
        if self.is_own:
            return read_own(line)
        title, found = self._product(line)
        quantity = self._quantity(line)
        metric, granted = self._granted(line, found, quantity)
        dates = self.no_dates.copy()
        for name in self.evidence.dates:
            dates[name] = self._date(line, name)
        kind, term, dates = self._term(line, found, dates)
        keys = self._keys(line) if self.has_key else ()
        money = self._money(line)
        self._check_dates(line, dates)
        said = {name: line.text(name) for name in self.texts}.get
        customer = level(said("customer") or said("licensed_to") or "", -1)
        site, pool = level(said("site") or "", 0), said("pool") or ""
        order = said("order") or said("purchase_order") or ""
        if self.has_place and not customer and not site:
            line.warn("no customer and no site: goes to the site chosen for the import")
        marks = tuple(self.context.fingerprint(comparable(key.text)) for key in keys)
        purchased, starts, expires = dates["purchased"].value, dates["starts"].value, dates["expires"].value
        note, assignee = self._note(line), self._assignee(line)
        auto_renew = yes_or_no(said("auto_renew") or "")
        vendor = said("vendor") or ""
        return LicenceRecord(
            line=line.number,
            title=title,
            product=found.code,
            sku=found.sku,
            product_code=found.product_code,
            service=found.service,
            kind=kind,
            quantity=quantity.value,
            metric=metric,
            granted=granted,
            unlimited=quantity.value is None,
            term=term,
            starts_on=starts,
            expires_on=expires,
            terminates_on=dates["terminates"].value,
            notice_on=dates["notice"].value,
            purchased_on=purchased,
            activated_on=dates["activated"].value,
            maintenance_until=dates["maintenance"].value,
            auto_renew=auto_renew,
            price=money.amount,
            currency=money.currency,
            order=order,
            vendor=vendor,
            customer=customer,
            site=site,
            pool=pool,
            note=note,
            assignee=assignee,
            keys=keys,
            key_marks=marks,
            warnings=tuple(line.warnings),
            identity=_identity(
                found.code, order, (customer, site, pool), marks, quantity.value, (purchased, starts, expires)
            ),
        )

    def _product(self, line: Line) -> tuple[str, Match]:
        key = (line.cell("product"), line.cell("sku"))
        known = self.products.get(key)
        if known is None:
            said = line.said
            known = self._read_product(line)
            if line.said == said and known[1].how != "unknown" and len(self.products) < _REMEMBERED:
                self.products[key] = known
        return known

    def _read_product(self, line: Line) -> tuple[str, Match]:
        """The words for the product and what they stand for. A part number of its own decides; beside it the product may be only the family."""
        words, number = (" ".join(line.text(name).split()) for name in ("product", "sku"))
        if not (words or number):
            line.reject("product", "the product is missing")
        found = match(number or words, self.context.catalogue)
        if number and words and found.how == "unknown":
            found = match(words, self.context.catalogue)
        of_family = family(words, self.context.catalogue)
        if found.how == "unknown":
            self.unknown.setdefault(words or number, line.number)
            found = replace(found, product_code=of_family)
        return (number if number and of_family else words or number)[:200], found

    def _quantity(self, line: Line) -> Quantity:
        if "quantity" not in self.columns.of:
            return _ONE
        if line.row.given <= min(self.columns.of["quantity"]):
            line.reject("quantity", f"{line.row.given} of {len(self.columns.headings)} values: the quantity is missing")
            return _ONE
        found = read_quantity(line.cell("quantity"), self.mark)
        if isinstance(found, Ask):
            answer = line.answer("quantity")
            if answer == UNLIMITED and any(choice.code == UNLIMITED for choice in found.choices):
                return Quantity(None)
            answered = read_quantity(answer, None) if answer else None
            if isinstance(answered, Quantity):
                return answered
            line.ask("quantity", found.choices, found.reason)
            return _ONE
        if isinstance(found, Reject):
            line.reject("quantity", found.reason)
            return _ONE
        return found

    def _granted(self, line: Line, found: Match, quantity: Quantity) -> tuple[str | None, int | None]:
        """Metric x units. A number that names the metric is the total; otherwise it counts units of the product."""
        number = quantity.value
        if number is None:
            return found.metric or quantity.metric or None, None
        if quantity.metric:
            if found.metric is None:
                return (quantity.metric, number) if found.how == "unknown" else (None, None)
            if quantity.metric != found.metric and (found.metric, quantity.metric) not in _TAKEN_FOR:
                line.reject("quantity", f"the quantity counts “{quantity.metric}” and the product “{found.metric}”")
            return found.metric, number
        if found.metric is None or found.units is None:
            return found.metric, None
        if found.units > 1 and number > 1:
            return found.metric, self._packs(line, found, number, found.units)
        return found.metric, found.units * number

    def _packs(self, line: Line, found: Match, number: int, units: int) -> int:
        """More than one unit of a product that holds several: never multiplied silently."""
        if number != units:
            line.warn(f"{number} × {units} {found.metric} = {number * units}")
            return number * units
        choices = (
            Choice(str(units), f"{units} in total"),
            Choice(str(units * number), f"{number} × {units} = {units * number}"),
        )
        answer = line.answer("quantity")
        if any(choice.code == answer for choice in choices):
            return int(answer or 0)
        line.ask(
            "quantity",
            choices,
            f"one unit of {found.code} is {units} and the quantity is {number}: {units} or {units * number}?",
        )
        return units

    def _date(self, line: Line, name: str) -> Read:
        known, cell = self.days[name], line.cell(name)
        read = known.get(cell) if cell.__class__ is str else None
        if read is not None:
            return read
        said = line.said
        read = line.date(name, _DATES[name], self.orders)
        if "spreadsheet" in read.how:
            self.spreadsheet_dates.setdefault(name, f"line {line.number}: {read.how}")
        if line.said == said and len(known) < _REMEMBERED:
            known[cell] = read
        return read

    def _term(self, line: Line, found: Match, dates: dict[str, Read]) -> tuple[str, Term, dict[str, Read]]:
        if not self.has_term:
            end = dates["expires"]
            term: Term = "dated" if end.value is not None else "perpetual" if end.perpetual else "not_stated"
            if end.value is None or not end.perpetual:
                return "other" if found.kind in {"free", ""} else found.kind, term, dates
        said = line.text("term")
        kind = kind_of_word(line.text("kind")) or kind_of_word(said) or found.kind
        if kind in {"free", ""}:
            kind = "other"
        perpetual = dates["expires"].perpetual or fold(said) in NO_END or kind_of_word(said) == "perpetual"
        if kind == "perpetual":
            kind, perpetual = found.kind, True
        months, starts = months_of(said), dates["starts"].value
        if months and starts and dates["expires"].value is None and not perpetual:
            ends = last_day_of_term(starts, months)
            line.warn(f"{self.columns.name('term')}: “{said}” from {starts} ends on {ends}")
            dates = {**dates, "expires": Read(ends)}
        if dates["expires"].value is not None:
            if perpetual:
                line.warn(f"said to be perpetual, and ends on {dates['expires'].value}")
            return kind, "dated", dates
        return kind, "perpetual" if perpetual else "not_stated", dates

    def _keys(self, line: Line) -> tuple[Secret, ...]:
        cell = line.cell("key") if "key" in self.columns else None
        if isinstance(cell, str) and cell and fold(cell[:40]) in NO_VALUE:
            line.warn(f"{self.columns.name('key')}: “{cell.strip()}” read as no key")
            return ()
        if LOST_DIGITS.fullmatch(text_of(cell).strip()):
            line.reject("key", "the key lost digits in a spreadsheet, enter it again")
            return ()
        keys, warnings = read_keys(text_of(cell))
        for warning in warnings:
            if "look alike" in warning:
                self.look_alikes.setdefault(f"{warning}: compare them with the document", line.number)
            else:
                line.warn(f"{self.columns.name('key')}: {warning}")
        return keys

    def _money(self, line: Line) -> Money:
        if "price" not in self.columns.of:
            return Money(None, self._currency(line))
        found = read_money(line.cell("price"), self.mark)
        if isinstance(found, Ask):
            answer = line.answer("price")
            if answer and any(choice.code == answer for choice in found.choices):
                found = Money(
                    Decimal(answer).quantize(Decimal("0.01")),
                    currency_of(str(line.cell("price")).strip("0123456789., ")),
                )
            else:
                line.ask("price", found.choices, found.reason)
                return Money()
        if isinstance(found, Reject):
            line.reject("price", found.reason)
            return Money()
        if "currency" not in self.columns.of:
            return found
        beside = self._currency(line)
        if beside and found.currency and beside != found.currency:
            line.reject("currency", f"the price is in {found.currency} and the currency column says {beside}")
        return Money(found.amount, found.currency or beside)

    def _currency(self, line: Line) -> str | None:
        text = line.text("currency")
        currency = currency_of(text) if text else None
        if text and currency is None:
            line.reject("currency", f"“{text[:20]}” is no currency")
        return currency

    def _note(self, line: Line) -> str:
        cell = line.cell("note")
        return cell.strip() if isinstance(cell, str) else str(cell) if cell is not None else ""

    def _assignee(self, line: Line) -> str:
        if not self.named:
            return ""
        names = [line.text("person"), line.text("username")]
        if "person" in self.columns or "username" in self.columns:
            names.append(line.text("email"))
        return next((name for name in names if name and not nobody(name)), "")

    def _check_dates(self, line: Line, dates: dict[str, Read]) -> None:
        starts, expires, terminates = dates["starts"].value, dates["expires"].value, dates["terminates"].value
        if starts and expires and expires < starts:
            line.reject("expires", f"it ends ({expires}) before it begins ({starts})")
        if terminates and expires and terminates < expires:
            line.warn(f"termination {terminates} is before the last day {expires}; kept as a date of its own")

    def note_keys(self, record: LicenceRecord, known: set[str], *, by_shape: bool = True) -> tuple[str, ...]:
        """What in the note is a licence key of the file or, by its shape, looks like one."""
        if len(record.note) < 12:
            return ()
        is_key = self.context.is_key if by_shape else lambda _clean: False
        return keys_in_note(record.note, lambda text: self.context.fingerprint(text) in known, is_key)


def identity_of(record: LicenceRecord) -> tuple[str, ...]:
    """What makes a licence the same one when the file is read again: its keys, else what was bought, for whom, when and by which order."""
    whom = (record.customer, record.site, record.pool)
    days = (record.purchased_on, record.starts_on, record.expires_on)
    return _identity(record.product, record.order, whom, record.key_marks, record.quantity, days)


def _identity(
    product: str,
    order: str,
    whom: tuple[str, str, str],
    marks: tuple[str, ...],
    quantity: int | None,
    days: tuple[date | None, date | None, date | None],
) -> tuple[str, ...]:
    folded = [_folded(text) if text else "" for text in whom]
    if marks:
        return ("key", _folded(product), _folded(order), *folded, *sorted(marks))
    purchased, starts, expires = days
    return (
        "bought",
        _folded(product),
        _folded(order) if order else "",
        *folded,
        "" if quantity is None else str(quantity),
        purchased.isoformat() if purchased else "",
        starts.isoformat() if starts else "",
        expires.isoformat() if expires and not order else "",
    )


_folded = lru_cache(maxsize=16384)(fold)


def content(record: LicenceRecord) -> int:
    """A hash of what a record says of its licence: without what tells two allocations of it, or two spellings of its product, apart."""
    return hash(
        (
            record.identity, record.product, record.kind, record.quantity, record.metric, record.granted, record.term,
            record.starts_on, record.expires_on, record.terminates_on, record.notice_on, record.purchased_on,
            record.activated_on, record.maintenance_until, record.auto_renew, record.price, record.currency,
            record.order, record.vendor, record.customer, record.site, record.pool, record.key_marks,
        )
    )  # fmt: skip
