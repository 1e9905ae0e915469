"""How commands print: tables, JSON and CSV on stdout, progress and messages on stderr, failures as one line."""

import csv
import json
import re
import shutil
import sys
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import asdict, is_dataclass
from datetime import UTC, date, datetime, timedelta
from decimal import Decimal
from typing import Any

import click

_INSTANT = re.compile(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(?:\.\d+)?(?:Z|[+-]\d\d:\d\d)")
WRONG_INPUT = 2
COULD_NOT = 3
WIDE = 140


class Failed(Exception):
    """A command that could not do what was asked. The text is the one line that is shown; ``code`` is the exit code."""

    def __init__(self, text: str, code: int = WRONG_INPUT) -> None:
        super().__init__(text)
        self.code = code


def format_option(function: Callable[..., Any]) -> Callable[..., Any]:
    """``--format table|json|csv``."""
    return click.option(
        "--format", "form", type=click.Choice(["table", "json", "csv"]), default="table", show_default=True
    )(function)


def plain(value: Any) -> Any:
    """A value as JSON knows it: ISO dates, amounts as text, durations in seconds, records as objects."""
    if is_dataclass(value) and not isinstance(value, type):
        return plain(asdict(value))
    if isinstance(value, Mapping):
        return {str(name): plain(item) for name, item in value.items()}
    if isinstance(value, list | tuple | set | frozenset):
        return [plain(item) for item in value]
    if isinstance(value, datetime | date):
        return value.isoformat()
    if isinstance(value, timedelta):
        return int(value.total_seconds())
    if isinstance(value, Decimal):
        return str(value)
    return value


def when(text: str) -> str:
    """An ISO instant to the minute; a date and anything else as it is."""
    try:
        instant = datetime.fromisoformat(text)
    except ValueError:
        return text
    return f"{instant.astimezone(UTC):%Y-%m-%d %H:%M} UTC" if len(text) > 10 else text


def say(text: str) -> None:
    """A message for the person, on stderr, so that stdout stays data."""
    click.echo(text, err=True)


def counted(number: int, one: str, many: str = "") -> str:
    """A number with what is counted: 1 device, 1,200 devices. ``many`` where it is not ``one`` with an s."""
    return f"{number:,} {one if number == 1 else many or f'{one}s'}"


def as_json(value: Any) -> None:
    """Print one JSON document."""
    click.echo(json.dumps(plain(value), ensure_ascii=False, indent=2))


def rows(
    form: str,
    records: Iterable[Mapping[str, Any]],
    columns: Sequence[str],
    *,
    narrow: Sequence[str] = (),
    empty: str = "Nothing.",
) -> None:
    """Print records in the asked form. JSON has all keys, table and CSV these columns; ``empty`` is said on stderr.

    ``narrow`` are the columns of a table in a terminal of fewer than :data:`WIDE` columns.
    """
    if form == "json":
        as_json(list(records))
        return
    if form == "csv":
        _csv(records, columns)
        return
    if narrow and form == "table" and sys.stdout.isatty() and shutil.get_terminal_size().columns < WIDE:
        columns = narrow
    listed = [[_told(record.get(name)) for name in columns] for record in records]
    if not listed:
        say(empty)
        return
    _table([name.replace("_", " ") for name in columns], listed)


def _csv(records: Iterable[Mapping[str, Any]], columns: Sequence[str]) -> None:
    writer = csv.writer(sys.stdout)
    writer.writerow(columns)
    for record in records:
        writer.writerow([_csv_cell(record.get(name)) for name in columns])


def _csv_cell(value: Any) -> str:
    """A cell as CSV has it: numbers stay numbers, a text that a spreadsheet would run stays text (case C125)."""
    from licet.tabular.export import neutral

    text = _cell(value)
    return text if isinstance(value, int | float) else neutral(text)


def _is_number(text: str) -> bool:
    try:
        float(text)
    except ValueError:
        return text == "-"
    return True


def _cell(value: Any) -> str:
    value = plain(value)
    if value is None:
        return ""
    if isinstance(value, bool):
        return "yes" if value else "no"
    if isinstance(value, list):
        return "; ".join(_cell(item) for item in value)
    if isinstance(value, dict):
        return json.dumps(value, ensure_ascii=False)
    return str(value)


def _told(value: Any) -> str:
    """A cell as a person reads it: instants to the minute, what is nested in words."""
    value = plain(value)
    if isinstance(value, list):
        return "; ".join(_told(item) for item in value)
    if isinstance(value, dict):
        return ", ".join(
            f"{name.replace('_', ' ')} {_told(one)}" for name, one in value.items() if one not in (None, "")
        )
    return _INSTANT.sub(lambda found: when(found[0]), _cell(value))


def _table(headings: Sequence[str], listed: Sequence[Sequence[str]]) -> None:
    from rich.console import Console
    from rich.table import Table

    console = Console(highlight=False, soft_wrap=False)
    if not console.is_terminal:
        console = Console(highlight=False, width=200)
    table = Table(box=None, pad_edge=False, header_style="bold", show_edge=False)
    for index, heading in enumerate(headings):
        numeric = all(row[index] == "" or _is_number(row[index]) for row in listed)
        table.add_column(heading, justify="right" if numeric else "left", overflow="fold")
    for row in listed:
        table.add_row(*[_safe(cell) for cell in row])
    console.print(table)


def _safe(text: str) -> Any:
    """Text from devices and files as text: no markup, no control characters that a terminal would obey."""
    from rich.text import Text

    return Text("".join(char if char.isprintable() or char == "\n" else "\N{REPLACEMENT CHARACTER}" for char in text))


def progress(label: str) -> Callable[[int, int], None]:
    """A progress line on stderr, silent where stderr is no terminal."""
    if not sys.stderr.isatty():
        return lambda done, total: None

    def show(done: int, total: int) -> None:
        end = "\n" if done >= total else ""
        click.echo(f"\r{label} {done:,} of {total:,}{end}", nl=False, err=True)

    return show
