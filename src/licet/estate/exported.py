"""Figures that no interface tells, from a file that an administrator exported or typed: licence totals of software, services of an account.

Columns of a CSV, TSV or XLSX, and names in a JSON list of objects: ``what`` (licence or service), ``name`` (a metric like camera, or a service like
health_monitoring), ``total``, ``used``, ``ends`` (2027-03-31; empty = without an end), ``device`` (short serial number) and ``channel``.
"""

import json
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any, Final

from django.db import transaction

from licet.estate.models import CloudAccount, Installation
from licet.estate.third_parties import write_count, write_service
from licet.ledger import record as ledger
from licet.sites.record import NotPossible
from licet.sites.scope import Actor
from licet.tabular.reading import open_table
from licet.tabular.table import RowKind

MOST_BYTES: Final = 2 * 1024 * 1024
MOST_LINES: Final = 5000
HEADINGS: Final = {
    "what": ("what", "kind", "type"),
    "name": ("name", "metric", "service", "package", "licence", "license"),
    "total": ("total", "purchased", "licensed"),
    "used": ("used", "in use", "allocated"),
    "ends": ("ends", "end", "ends on", "expires", "expires on", "expiry", "until"),
    "device": ("device", "serial", "serial number", "short serial"),
    "channel": ("channel", "channel no."),
}
_OF: Final = {text: field for field, texts in HEADINGS.items() for text in texts}
LICENCE, SERVICE = "licence", "service"


@dataclass(frozen=True, slots=True)
class Line:
    """One line of such a file, as it was read."""

    line: int
    what: str
    name: str
    total: int | None = None
    used: int | None = None
    ends: date | None = None
    device: str = ""
    channel: int = 0


Refused = tuple[int, str]  # the line, and what is wrong with it


def read(data: bytes, usual: str) -> tuple[list[Line], list[Refused]]:
    """The lines of a file, and those that are none with the reason. ``usual`` is what a line is about that does not say.

    Raises :class:`NotPossible` and :class:`licet.tabular.errors.NotReadable`.
    """
    if len(data) > MOST_BYTES:
        raise NotPossible(f"The file has more than {MOST_BYTES >> 20} MB; that is no list of licences or services.")
    found: list[Line] = []
    refused: list[Refused] = []
    for number, said in _json(data) if data.lstrip(b"\xef\xbb\xbf \t\r\n").startswith(b"[") else _table(data):
        if len(found) + len(refused) >= MOST_LINES:
            raise NotPossible(f"The file has more than {MOST_LINES:,} lines; that is no list of licences or services.")
        line = _line(number, said, usual)
        if isinstance(line, str):
            refused.append((number, line))
        else:
            found.append(line)
    return found, refused


def _table(data: bytes) -> Iterable[tuple[int, Mapping[str, Any]]]:
    table = open_table(data, lambda text: text.strip().casefold() in _OF)
    columns: dict[str, int] = {}
    for place, heading in enumerate(table.headings):
        if (field := _OF.get(heading.strip().casefold())) is not None:
            columns.setdefault(field, place)
    if "name" not in columns:
        raise NotPossible("No column names the metric or service. Call it “name”.")
    for row in table.rows():
        if row.kind is RowKind.DATA:
            yield row.line, {field: row.cells[place] for field, place in columns.items() if place < len(row.cells)}


def _json(data: bytes) -> Iterable[tuple[int, Mapping[str, Any]]]:
    try:
        rows = json.loads(data)
    except (ValueError, RecursionError):
        raise NotPossible("The file begins like JSON but cannot be read.") from None
    for number, row in enumerate(rows, 1):
        yield (
            number,
            {_OF.get(str(key).casefold(), ""): value for key, value in row.items()} if isinstance(row, dict) else {},
        )


def _line(number: int, said: Mapping[str, Any], usual: str) -> Line | str:
    name = _text(said.get("name")).lower().replace(" ", "_").replace("-", "_")
    what = _text(said.get("what")).lower() or usual
    if what not in {LICENCE, SERVICE}:
        return f"“{what[:40]}” is neither {LICENCE} nor {SERVICE}"
    if not name:
        return "no name of a metric or service"
    numbers: dict[str, int | None] = {}
    for field in ("total", "used", "channel"):
        text = _text(said.get(field))
        if text and not (text.isascii() and text.isdigit() and len(text) < 9):
            return f"{field}: “{text[:40]}” is no whole number"
        numbers[field] = int(text) if text else None
    ends = _day(said.get("ends"))
    if isinstance(ends, str):
        return ends
    return Line(
        number, what, name, numbers["total"], numbers["used"], ends, _text(said.get("device")).upper()[:20], numbers["channel"] or 0
    )  # fmt: skip


def _text(cell: Any) -> str:
    if isinstance(cell, float) and cell.is_integer():
        cell = int(cell)
    return "" if cell is None else " ".join(str(cell).split())[:200]


def _day(cell: Any) -> date | str | None:
    if isinstance(cell, datetime):
        return cell.date()
    if isinstance(cell, date):
        return cell
    text = _text(cell)
    try:
        return date.fromisoformat(text[:10]) if text else None
    except ValueError:
        return f"ends: “{text[:40]}” is no day; write it like 2027-03-31"


@transaction.atomic
def take_in(
    actor: Actor, owner: Installation | CloudAccount, lines: Iterable[Line], *, source: str, now: datetime
) -> tuple[int, list[Refused]]:
    """Keep the licence totals of an installation or the services of an account; how many, and what was left out.

    Raises :class:`NotPossible` for an actor who may not. One ledger entry for the file.
    """
    if not actor.may("edit_estate", owner.site.path):
        raise NotPossible("You may not do this at this site.")
    kept: list[str] = []
    refused: list[Refused] = []
    wanted = LICENCE if isinstance(owner, Installation) else SERVICE
    for one in lines:
        try:
            if one.what != wanted:
                raise NotPossible(f"a {one.what} does not belong here")  # noqa: TRY301 - told with the other reasons
            if isinstance(owner, Installation):
                write_count(owner, one.name, one.total, one.used, source=source, now=now)
            else:
                write_service(
                    owner, one.name, one.ends, now=now, short_serial=one.device, channel=one.channel, source=source
                )  # fmt: skip
            kept.append(one.name)
        except NotPossible as error:
            refused.append((one.line, str(error)))
    if kept:
        ledger.append(
            actor=actor.label, action="estate:figures:taken_in", site=owner.site_id, object_id=owner.pk,
            object_type="installation" if isinstance(owner, Installation) else "cloud_account",
            after={"lines": len(kept), "names": sorted(set(kept))[:100], "source": source[:80]},
        )  # fmt: skip
    return len(kept), refused
