"""Analytics engine slots of many recorders from a file: CSV, TSV or XLSX with serial, slots, used and source."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Final

from django.db import transaction

from licet.estate.exported import MOST_BYTES, MOST_LINES, Refused
from licet.estate.models import Device
from licet.estate.service_models import EngineSlots
from licet.ledger.by_site import append_by_site
from licet.sites import bulk
from licet.sites.record import NotPossible
from licet.sites.scope import Actor
from licet.tabular.reading import open_table
from licet.tabular.table import RowKind

MOST_SLOTS: Final = 1024
_HEADINGS: Final = {
    "serial": ("serial", "serial number", "device", "recorder"),
    "slots": ("slots", "engine slots", "engines", "total"),
    "used": ("used", "in use", "slots in use"),
    "source": ("source", "read where", "where"),
}
_OF: Final = {text: field for field, texts in _HEADINGS.items() for text in texts}


@dataclass(frozen=True, slots=True)
class Line:
    """One recorder of such a file. ``used`` None = the file does not say; what was stated before stays."""

    line: int
    serial: str
    slots: int
    used: int | None
    source: str


def read(data: bytes) -> tuple[list[Line], list[Refused]]:
    """The lines of a file, and those that are none with the reason.

    Raises :class:`NotPossible` and :class:`licet.tabular.errors.NotReadable`.
    """
    if len(data) > MOST_BYTES:
        raise NotPossible(f"The file has more than {MOST_BYTES >> 20} MB; that is no list of recorders.")
    found: list[Line] = []
    refused: list[Refused] = []
    for number, said in _rows(data):
        if len(found) + len(refused) >= MOST_LINES:
            raise NotPossible(f"The file has more than {MOST_LINES:,} lines; take it in in parts.")
        line = _line(number, said)
        if isinstance(line, str):
            refused.append((number, line))
        else:
            found.append(line)
    return found, refused


def _rows(data: bytes) -> Iterator[tuple[int, Mapping[str, str]]]:
    table = open_table(data, lambda text: text.strip().casefold() in _OF)
    columns: dict[str, int] = {}
    for place, heading in enumerate(table.headings):
        if (field := _OF.get(heading.strip().casefold())) is not None:
            columns.setdefault(field, place)
    if missing := sorted({"serial", "slots"} - columns.keys()):
        raise NotPossible(f"No column is called “{missing[0]}”. The columns are serial, slots, used, source.")
    for row in table.rows():
        if row.kind is RowKind.DATA:
            cells = {field: row.cells[place] for field, place in columns.items() if place < len(row.cells)}
            yield row.line, {field: _text(cell) for field, cell in cells.items()}


def _text(cell: Any) -> str:
    if isinstance(cell, float) and cell.is_integer():
        cell = int(cell)
    return "" if cell is None else " ".join(str(cell).split())[:120]


def _line(number: int, said: Mapping[str, str]) -> Line | str:
    if not said.get("serial"):
        return "no serial number"
    counts: dict[str, int | None] = {}
    for field in ("slots", "used"):
        text = said.get(field, "")
        if text and not (text.isascii() and text.isdigit() and len(text) < 6 and int(text) <= MOST_SLOTS):
            return f"{field}: “{text[:40]}” is no number from 0 to {MOST_SLOTS}"
        counts[field] = int(text) if text else None
    if counts["slots"] is None:
        return "no number of slots"
    return Line(number, said["serial"], counts["slots"], counts["used"], said.get("source", "")[:60])


@transaction.atomic
def take_in(actor: Actor, lines: list[Line], *, source: str, now: datetime) -> tuple[list[int], list[Refused]]:
    """Keep the slots of recorders that the actor may edit: the devices, and what was left out. One ledger entry for each site.

    ``source`` is where a line was read that does not say it itself.
    """
    devices = _devices(actor, lines)
    known: dict[int, int] = {}
    for some in bulk.chunks(sorted(devices.values())):
        known |= dict(EngineSlots.objects.filter(device__in=some).values_list("device_id", "used"))
    rows: dict[int, list[Any]] = {}
    refused: list[Refused] = []
    for one in lines:
        device = devices.get(one.serial.casefold())
        used = one.used if one.used is not None else known.get(device or 0)
        if device is None:
            refused.append((one.line, f"no device “{one.serial[:60]}” that you may edit"))
        elif used is None:
            refused.append((one.line, "nobody has said yet how many are in use: fill the column used"))
        else:
            rows[device] = [device, one.slots, used, f"{one.source or source} (file)"[:80], now]
    bulk.upsert(
        EngineSlots, ("device_id", "total", "used", "source", "observed_at"), list(rows.values()), unique=("device",)
    )
    touched: list[tuple[int, int]] = []
    for some in bulk.chunks(sorted(rows)):
        touched += Device.objects.filter(pk__in=some).order_by("id").values_list("site_id", "id")
    append_by_site(
        touched, actor=actor.label, action="estate:engine_slots:taken_in", object_type="device", things="devices"
    )
    return sorted(rows), refused


def _devices(actor: Actor, lines: list[Line]) -> dict[str, int]:
    """Serial number in small letters -> the device of it where the actor may edit."""
    wanted = {spelt for one in lines for spelt in (one.serial, one.serial.upper())}
    found: dict[str, int] = {}
    for some in bulk.chunks(sorted(wanted)):
        rows = Device.objects.visible_to(actor, "edit_estate").filter(retired_at=None, serial_number__in=some)
        found |= {(serial or "").casefold(): pk for pk, serial in rows.values_list("pk", "serial_number")}
    return found
