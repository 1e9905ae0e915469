"""Lines of a register that Licet itself has exported: exact values, nothing to find out. Pure."""

import json
import re
from collections.abc import Callable
from datetime import date
from decimal import Decimal, InvalidOperation
from typing import Any, Final

from licet.register.intake.line import Line
from licet.register.intake.records import LicenceRecord, Term
from licet.tabular.table import text_of

REFERENCE: Final = re.compile(r"[0-9a-f]{64}|licet:\d{1,18}:\d{1,20}|[A-Za-z0-9:._-]{1,64}")
_GRANT: Final = re.compile(r"(unlimited|-?\d{1,9}) ([a-z0-9_]{1,40})")
_TERMS: Final[tuple[Term, ...]] = ("perpetual", "dated", "not_stated")
LONGEST: Final = 20_000


def read_own(line: Line) -> LicenceRecord:
    """One line. What is not as Licet writes it is rejected, and the record is not to be used."""
    reference = _text(line, "reference")
    if not REFERENCE.fullmatch(reference):
        line.reject("reference", "the reference is not as Licet writes it")
    term: Term = next((one for one in _TERMS if one == _text(line, "term")), "not_stated")
    units = _text(line, "quantity")
    return LicenceRecord(
        line=line.number,
        title=_text(line, "product"),
        product=_text(line, "product"),
        sku=_text(line, "sku"),
        product_code=_text(line, "family"),
        kind=_text(line, "kind"),
        quantity=_read(line, "quantity", int, "no whole number") if units else None,
        unlimited=not units,
        term=term,
        starts_on=_day(line, "starts"),
        expires_on=_day(line, "expires"),
        terminates_on=_day(line, "terminates"),
        notice_on=_day(line, "notice"),
        purchased_on=_day(line, "purchased"),
        activated_on=_day(line, "activated"),
        maintenance_until=_day(line, "maintenance"),
        price=_read(line, "price", Decimal, "no amount"),
        currency=_text(line, "currency")[:3] or None,
        order=_text(line, "order"),
        vendor=_text(line, "vendor"),
        site=_text(line, "site"),
        pool=_text(line, "pool"),
        note=_text(line, "note"),
        assignee=_text(line, "person"),
        warnings=tuple(line.warnings),
        identity=("licet", reference),
        grants=_grants(line),
        activation=_text(line, "activation"),
        reference=reference,
        more=_more(line),
    )


def _text(line: Line, name: str) -> str:
    """A cell as it is: in what Licet wrote no word stands for nothing."""
    return text_of(line.cell(name))


def _read(line: Line, name: str, read: Callable[[str], Any], wrong: str) -> Any:
    text = _text(line, name).strip()
    if not text:
        return None
    try:
        return read(text)
    except (ValueError, InvalidOperation):
        line.reject(name, f"“{text[:40]}” is {wrong}")
        return None


def _day(line: Line, name: str) -> date | None:
    day: date | None = _read(line, name, lambda text: date.fromisoformat(text[:10]), "no date")
    return day


def _grants(line: Line) -> tuple[tuple[str, int | None], ...]:
    found = []
    for part in filter(None, (part.strip() for part in _text(line, "grants").split(";"))):
        grant = _GRANT.fullmatch(part)
        if grant is None:
            line.reject("grants", f"“{part[:40]}” is no quantity and metric")
            return ()
        found.append((grant[2], None if grant[1] == "unlimited" else int(grant[1])))
    return tuple(found)


def _more(line: Line) -> tuple[tuple[str, Any], ...]:
    text = _text(line, "more")
    try:
        found = json.loads(text[:LONGEST]) if text.strip() else {}
    except ValueError:
        found = None
    if not isinstance(found, dict):
        line.reject("more", "it is not as Licet writes it")
        return ()
    return tuple((str(name), value) for name, value in found.items())
