"""Bytes of a file -> a :class:`Result`: every line gets exactly one outcome (design.md, imports lose nothing)."""

import re
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field, replace
from typing import Final, Literal

from licet.dates.reading import Choice
from licet.dates.words import fold
from licet.register.intake import shapes
from licet.register.intake.context import Context
from licet.register.intake.devices import DeviceReader, another_account, differing
from licet.register.intake.headings import DEVICE_FIELDS, LICENCE_FIELDS, heading_key, recognise
from licet.register.intake.keytext import comparable, read_keys
from licet.register.intake.licences import Evidence, LicenceReader, content, identity_of
from licet.register.intake.line import Columns, Line
from licet.register.intake.records import DeviceRecord, LicenceRecord, identity_code
from licet.register.intake.result import SKIP, Decision, Ignored, Rejected, Result, SameAs, SheetNote, Warned
from licet.register.intake.secret import Secret
from licet.tabular.errors import NotReadable
from licet.tabular.reading import open_table
from licet.tabular.table import Cell, Row, RowKind, Table, text_of

_VERSION: Final = re.compile(r"V\d+(?:\.\d+)*", re.IGNORECASE)
_IN_MODE: Final = frozenset(
    {"adding_mode", "device_info"}
)  # what tells a device in an iVMS-4200 list without an address
_BUILD: Final = re.compile(r"\s*build\s*\d{6}", re.IGNORECASE)


@dataclass(frozen=True, slots=True)
class Reading:
    """A file that is being read: one record after the other comes from :meth:`records`, and ``result`` fills up meanwhile.

    ``total`` counts the lines after the heading. The records themselves are not kept in ``result``.
    """

    result: Result
    total: int
    records: Callable[[], Iterator[LicenceRecord | DeviceRecord]]


def read(data: bytes, filename: str, as_: Literal["licences", "devices", "auto"], context: Context) -> Result:
    """Read a register of licences or a list of devices in any known form; "auto" finds out which.

    ``filename`` is only named in errors. Nothing is written, and the same bytes with the same context give the same result.
    Raises :class:`licet.tabular.errors.NotReadable` with one sentence for what is no table.
    """
    reading = stream(data, filename, as_, context)
    reading.result.records += reading.records()
    return reading.result


def stream(data: bytes, filename: str, as_: Literal["licences", "devices", "auto"], context: Context) -> Reading:
    """As :func:`read`, one record at a time, so that a long file never stands in memory as records. Raises the same, also while read."""
    known = context.known_headings | {heading_key(heading) for heading, name in context.mapping.items() if name}
    try:
        table = open_table(
            data,
            (lambda text: recognise(text) or heading_key(text) in known) if known else recognise,
            sheet=context.sheet,
            text_encoding=context.encoding,
            delimiter=context.delimiter,
            heading_line=context.heading_line,
            repair=join_version,
        )
        recalled = context.recall(table.headings) if not context.mapping else None
        if as_ == "auto":
            as_ = _meant(set(context.mapping.values()))
        if recalled is not None and as_ == "auto":
            as_ = "devices" if recalled.kind == "devices" else "licences"
        shape = shapes.detect(table.headings, as_)
        chosen = recalled.mapping if recalled is not None and recalled.kind == shape.as_ else context.mapping
        columns = Columns.of_mapping(table.headings, shapes.map_columns(table.headings, shape, chosen))
        if shape.as_ == "devices":
            _must_tell_devices(columns)
        result = _result(table, shape, columns)
        if recalled is not None and chosen is recalled.mapping:
            result.decisions.append(
                Decision("", f"the mapping “{recalled.name}” that was kept for these headings is used")
            )
        reader: _Licences | _Devices
        if shape.as_ == "licences":
            evidence = Evidence.of(columns, table.rows())
            reader = _Licences(result, columns, context, LicenceReader(columns, context, evidence))
            reader.known_keys = _keys_of(table, columns, context)
            total = evidence.rows
        else:
            reader = _Devices(result, columns, context, DeviceReader(columns, context))
            total = sum(1 for _ in table.rows())
    except NotReadable as error:
        raise type(error)(f"{filename}: {error}") from error

    def records() -> Iterator[LicenceRecord | DeviceRecord]:
        try:
            yield from reader.take(table)
        except NotReadable as error:
            raise type(error)(f"{filename}: {error}") from error

    return Reading(result, total, records)


def join_version(headings: Sequence[str], cells: Sequence[Cell]) -> tuple[Sequence[Cell], str] | None:
    """A record with one value too many, cut where a version has a comma (``V1.0, build 180613``), joined again (case C045)."""
    if len(cells) != len(headings) + 1:
        return None
    for at, heading in enumerate(headings):
        first, second = text_of(cells[at]).strip(), text_of(cells[at + 1])
        if "version" in fold(heading) and _VERSION.fullmatch(first) and _BUILD.fullmatch(second):
            joined = [*cells[:at], f"{first},{second}", *cells[at + 2 :]]
            return joined, f"the two parts of “{heading}” were joined: {first},{second}"
    return None


def _meant(fields: set[str]) -> Literal["licences", "devices", "auto"]:
    """What a file is by the fields that a person mapped its columns to."""
    named = fields - {""}
    if named - DEVICE_FIELDS and not named - LICENCE_FIELDS:
        return "licences"
    return "devices" if named - LICENCE_FIELDS and not named - DEVICE_FIELDS else "auto"


def _data(table: Table) -> Iterator[Row]:
    return (row for row in table.rows() if row.kind is RowKind.DATA)


def _must_tell_devices(columns: Columns) -> None:
    """A file by which no device could be told from another is no list of devices; its lines would all become unknown ones."""
    if any(name in columns for name in ("serial", "address", "mac")) or columns.of.keys() >= _IN_MODE:
        return
    raise NotReadable(
        "It has no column for a serial number, address or MAC, so it is no list of devices; name the columns by a mapping."
    )


def _keys_of(table: Table, columns: Columns, context: Context) -> set[str]:
    """The fingerprints of all keys in the key columns, for finding them in notes."""
    if "note" not in columns or "key" not in columns:
        return set()
    cells = (text_of(row.cells[at]) for row in _data(table) for at in columns.of["key"])
    return {context.fingerprint(comparable(key.text)) for cell in cells for key in read_keys(cell)[0]}


def _result(table: Table, shape: shapes.Shape, columns: Columns) -> Result:
    fields = {at: name for name, places in columns.of.items() for at in places}
    result = Result(
        as_=shape.as_,
        detected=shape.name,
        encoding=table.encoding,
        delimiter=table.delimiter,
        heading_line=table.heading_line,
        heading_lines=table.heading_lines,
        sheet=table.sheet,
        sheets=tuple(
            SheetNote(name, "read" if name == table.sheet else shapes.holds(names)) for name, names in table.sheets
        ),
        headings=table.headings,
        mapping={heading: fields.get(at, "") for at, heading in enumerate(table.headings) if heading},
        above=tuple(Ignored(line, reason) for line, reason in table.above),
    )
    result.warnings += [Warned(None, "", note) for note in table.notes]
    for places in (places for places in columns.of.values() if len(places) > 1):
        twice = len({fold(table.headings[at]) for at in places}) == 1
        listed = " and ".join(str(at + 1) if twice else f"“{table.headings[at]}”" for at in places)
        said = (
            f"it is in columns {listed}; lines in which they differ are asked"
            if twice
            else f"{listed} mean the same; the first that is filled is read"
        )
        result.decisions.append(Decision(table.headings[places[0]], said))
    return result


@dataclass(slots=True)
class _Lines:
    """Takes every line of a table to its one outcome."""

    result: Result
    columns: Columns
    context: Context

    def take(self, table: Table) -> Iterator[LicenceRecord | DeviceRecord]:
        """The records of all lines, in order."""
        left_out = {line for (line, _), answer in self.context.answers.items() if answer == SKIP}
        width, result = len(table.headings), self.result
        for row in table.rows():
            result.rows += 1
            if row.kind is not RowKind.DATA:
                result.ignored.append(Ignored(row.line, row.kind.value))
            elif row.line in left_out:
                result.ignored.append(Ignored(row.line, "left out by a person"))
            elif row.given > width:
                reason = f"{row.given} values for {width} columns; put quotes round values that hold the delimiter"
                result.rejected.append(Rejected(row.line, "", "", reason))
            else:
                yield from self._line(Line(row, self.columns, self.context))

    def _line(self, line: Line) -> Sequence[LicenceRecord | DeviceRecord]:
        if line.row.repaired:
            line.warn(line.row.repaired)
        found = self._one(line)
        if line.left_out:
            self.result.ignored.append(Ignored(line.number, line.left_out))
            return ()
        if line.rejected:
            self.result.rejected += line.rejected
        elif line.asked:
            self.result.asked += line.asked
        if line.warnings:
            self.result.warnings += [Warned(line.number, "", text) for text in line.warnings]
        return found

    def _one(self, line: Line) -> Sequence[LicenceRecord | DeviceRecord]:
        """The records of one line."""
        raise NotImplementedError


@dataclass(frozen=True, slots=True)
class _First:
    """What is remembered of the first line of a licence, for later ones that name it. ``said`` is the hash of its content."""

    line: int
    said: int
    keyed: bool


@dataclass(frozen=True, slots=True)
class _Holder:
    """Which licence has a key, and where."""

    line: int
    code: str
    place: tuple[str, str]


@dataclass(slots=True)
class _Licences(_Lines):
    reader: LicenceReader
    known_keys: set[str] = field(default_factory=set)
    first_of: dict[str, _First] = field(default_factory=dict)  # by the code of the identity
    assignees: dict[str, set[str]] = field(default_factory=dict)
    keys: dict[str, _Holder] = field(default_factory=dict)
    units: dict[str, int] = field(default_factory=dict)

    def take(self, table: Table) -> Iterator[LicenceRecord | DeviceRecord]:
        yield from _Lines.take(self, table)
        self.result.decisions += self.reader.decisions()

    def _one(self, line: Line) -> Sequence[LicenceRecord]:
        record = self.reader.read(line)
        if line.asked or line.rejected:
            return ()
        record = self._note_without_keys(line, record)
        code = record.identity_code
        if line.asked or (record.key_marks and self._key_elsewhere(line, record, code)):
            return ()
        first = self.first_of.get(code)
        if first is None:
            self.first_of[code] = _First(record.line, content(record), bool(record.key_marks))
            if record.assignee:
                self.assignees[code] = {fold(record.assignee)}
            return (record,)
        return self._further(line, record, code, first)

    def _further(self, line: Line, record: LicenceRecord, code: str, first: _First) -> Sequence[LicenceRecord]:
        """A line of a licence that an earlier line has: one more allocation, one more unit, or the same again."""
        if first.said != content(record) and not self._changed(line, first):
            return ()
        if not record.assignee and self._one_more(line, record, first):
            number = self.units[code] = self.units.get(code, 1) + 1
            return (replace(record, identity=(*record.identity, f"unit {number}")),)
        if line.asked:
            return ()
        taken = self.assignees.setdefault(code, set())
        if not record.assignee or fold(record.assignee) in taken:
            self.result.same_as.append(SameAs(record.line, first.line))
            return ()
        taken.add(fold(record.assignee))
        return (replace(record, second_allocation_of=first.line),)

    def _one_more(self, line: Line, record: LicenceRecord, first: _First) -> bool:
        """Whether an equal line is one more unit. It is asked where nothing in the file counts: no quantity column and no key."""
        if "quantity" in self.columns or record.key_marks or line.answer("product") == "same":
            return False
        if line.answer("product") == "more":
            return True
        choices = (Choice("more", "one more unit"), Choice("same", f"the same as line {first.line}, written twice"))
        line.ask(
            "product",
            choices,
            f"it is equal to line {first.line}, and the file has no quantities: one more unit, or the same line twice?",
        )
        return False

    def _changed(self, line: Line, first: _First) -> bool:
        """Whether a person said that a line with other values is one more allocation of the licence of an earlier line."""
        column = "key" if first.keyed else "product"
        if line.answer(column) == "same":
            return True
        choices = (Choice("same", f"it is the licence of line {first.line}; what that line says is kept"),)
        line.ask(column, choices, f"the same licence as line {first.line}, with other dates, price or quantity")
        return False

    def _note_without_keys(self, line: Line, record: LicenceRecord) -> LicenceRecord:
        """A note that holds a key of the file is asked about before anything is written (case C098)."""
        found = self.reader.note_keys(record, self.known_keys)
        elsewhere = self.reader.note_keys(record, self.known_keys, by_shape=False)
        if not found or (line.answer("note") == "keep" and not elsewhere):
            return record
        if line.answer("note") == "move":
            note = record.note
            for word in found:
                note = note.replace(word, "(a key, now in the vault)")
            moved = [Secret(key.text, word) for word in found for key in read_keys(word)[0]]
            new = {self.context.fingerprint(comparable(key.text)): key for key in moved}
            new = {mark: key for mark, key in new.items() if mark not in record.key_marks}
            record = replace(record, note=note, keys=(*record.keys, *new.values()), key_marks=(*record.key_marks, *new))
            return replace(record, identity=identity_of(record))
        move = Choice("move", "take the key out of the note, to the keys")
        if elsewhere:
            # It is a key for certain, and a key stands nowhere but in the vault.
            line.ask("note", (move,), "the note holds a licence key of this file")
        else:
            keep = Choice("keep", "it is no key; leave the note as it is")
            line.ask("note", (move, keep), "the note holds what has the shape of a licence key")
        return record

    def _key_elsewhere(self, line: Line, record: LicenceRecord, code: str) -> bool:
        """Whether an earlier line has a key of this one for another licence, which is asked (case C096)."""
        place = (fold(record.customer), fold(record.site))
        for mark in record.key_marks:
            first = self.keys.setdefault(mark, _Holder(record.line, code, place))
            if first.code == code or line.answer("key") == "import":
                continue
            where = "at another customer or site" if first.place != place else "for another licence"
            choices = (Choice("import", "take it as another licence"),)
            line.ask("key", choices, f"the same key as line {first.line}, {where}")
            return True
        return False


@dataclass(slots=True)
class _Devices(_Lines):
    reader: DeviceReader
    first_of: dict[str, DeviceRecord] = field(default_factory=dict)  # by the code of the identity

    def take(self, table: Table) -> Iterator[LicenceRecord | DeviceRecord]:
        yield from _Lines.take(self, table)
        self.result.secrets_in_file = self.reader.secrets_seen

    def _one(self, line: Line) -> Sequence[DeviceRecord]:
        found = self.reader.read(line)
        kept: list[DeviceRecord] = []
        known: int | None = None
        for record in found if not (line.asked or line.rejected or line.left_out) else ():
            first = self.first_of.setdefault(identity_code(record.identity), record)
            if first is record:
                kept.append(record)
            elif another_account(first, record):
                kept += self._second(line, first, record)
            elif difference := differing(first, record):
                line.warn(f"line {first.line} says the same device with another {difference}")
                kept.append(replace(record, warnings=tuple(line.warnings)))
            else:
                known = first.line
        if known is not None and not kept:
            self.result.same_as.append(SameAs(line.number, known))
        return kept

    def _second(self, line: Line, first: DeviceRecord, record: DeviceRecord) -> Sequence[DeviceRecord]:
        answer = line.answer("address")
        if answer == "credential":
            return (record,)
        if answer == "device":
            return (replace(record, identity=(*record.identity, fold(record.name or ""))),)
        choices = (Choice("credential", "a second account of the same device"), Choice("device", "a second device"))
        line.ask("address", choices, f"the same address and port as line {first.line} with another account")
        return ()
