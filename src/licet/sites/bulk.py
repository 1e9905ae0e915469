"""Many rows by one prepared statement, where the object layer would cost more than the database itself.

Measured: writing 30 columns of 600 devices took 9 s by ``bulk_update`` and 0.05 s this way.
"""

import json
from collections.abc import Callable, Iterable, Iterator, Sequence
from itertools import islice
from operator import itemgetter
from typing import Any, TypeVar

from django.db import connection, models

T = TypeVar("T")
_ROWS = "{rows}"  # in a statement: the marks of the rows
_VARIABLES = 16_000  # in one statement; SQLite takes 32,766


def chunks(ids: Sequence[T], size: int = 5000) -> Iterator[Sequence[T]]:
    """The ids (or rows) in lists short enough for one statement."""
    for start in range(0, len(ids), size):
        yield ids[start : start + size]


def batched(items: Iterable[T], size: int) -> Iterator[list[T]]:
    """The items in lists of at most ``size``."""
    rest = iter(items)
    while some := list(islice(rest, size)):
        yield some


def insert(model: type[models.Model], names: Sequence[str], rows: Iterable[Sequence[Any]]) -> None:
    """Insert rows of these fields (by attribute name, as ``site_id``). Fields left out need a database that allows it."""
    columns, ready = _ready(model, names, rows)
    _run(f"INSERT INTO {_quoted(model._meta.db_table)} ({', '.join(columns)}) VALUES {_ROWS}", ready)  # noqa: S608, SLF001


def upsert(
    model: type[models.Model], names: Sequence[str], rows: Iterable[Sequence[Any]], *, unique: Sequence[str]
) -> None:
    """Insert rows, or overwrite the row that has the same ``unique`` fields."""
    columns, ready = _ready(model, names, rows)
    keys = [_column(model, name) for name in unique]
    sets = ", ".join(f"{column} = excluded.{column}" for column in columns if column not in keys)
    _run(
        f"INSERT INTO {_quoted(model._meta.db_table)} ({', '.join(columns)}) VALUES {_ROWS}"  # noqa: S608, SLF001
        f" ON CONFLICT ({', '.join(keys)}) DO UPDATE SET {sets}",
        ready,
    )


def update(model: type[models.Model], names: Sequence[str], rows: Iterable[Sequence[Any]]) -> None:
    """Set these fields; each row ends with the id of what it sets.

    Rows are written in the order of their ids: the search index flushes what it holds whenever a row comes before the last
    one, and two writers in one order do not wait for each other in a ring.
    """
    columns, ready = _ready(model, [*names, "id"], rows)
    ready.sort(key=itemgetter(-1))
    table, set_ = _quoted(model._meta.db_table), columns[:-1]  # noqa: SLF001
    if connection.vendor == "sqlite":
        sets = ", ".join(f"{column} = v.column{number}" for number, column in enumerate(set_, 1))
        _run(f"UPDATE {table} SET {sets} FROM (VALUES {_ROWS}) AS v WHERE {table}.id = v.column{len(columns)}", ready)  # noqa: S608
    else:
        sets = ", ".join(f"{column} = %s" for column in set_)
        _run(f"UPDATE {table} SET {sets} WHERE id = %s", ready)  # noqa: S608


def _ready(
    model: type[models.Model], names: Sequence[str], rows: Iterable[Sequence[Any]]
) -> tuple[list[str], list[list[Any]]]:
    """The columns, and the rows with every value as the database takes it."""
    turns = [(index, turn) for index, name in enumerate(names) if (turn := _turn(model, name)) is not None]
    ready = []
    for row in rows:
        values = list(row)
        for index, turn in turns:
            if values[index] is not None:
                values[index] = turn(values[index])
        ready.append(values)
    return [_column(model, name) for name in names], ready


def _field(model: type[models.Model], name: str) -> Any:
    return next(field for field in model._meta.concrete_fields if name in {field.name, field.attname})  # noqa: SLF001


def _column(model: type[models.Model], name: str) -> str:
    return _quoted(_field(model, name).column)


def _quoted(name: str) -> str:
    return connection.ops.quote_name(name)


def _turn(model: type[models.Model], name: str) -> Callable[[Any], Any] | None:
    """How a field's values are turned for the database; None = as they are."""
    field = _field(model, name)
    if isinstance(field, models.JSONField):
        return _json
    if isinstance(field, models.DateTimeField):
        return connection.ops.adapt_datetimefield_value
    if isinstance(field, models.DateField):
        return connection.ops.adapt_datefield_value
    return None


def _json(value: Any) -> str:
    """JSON text; bytes are JSON text already."""
    return value.decode() if isinstance(value, bytes) else json.dumps(value, ensure_ascii=False, separators=(",", ":"))


def _run(statement: str, rows: Sequence[Sequence[Any]]) -> None:
    """Carry out a statement for all rows; where it says ``_ROWS`` SQLite gets many in one.

    SQLite flushes the search index at the end of each statement that fires its triggers, so that a statement for each row took
    three times as long. PostgreSQL sends one prepared statement many times without waiting.
    """
    if not rows:
        return
    one = f"({', '.join(['%s'] * len(rows[0]))})"
    with connection.cursor() as cursor:
        if connection.vendor != "sqlite":
            cursor.executemany(statement.replace(_ROWS, one), rows)
            return
        for some in chunks(rows, max(1, _VARIABLES // len(rows[0]))):
            marks = ", ".join([one] * len(some))
            cursor.execute(statement.replace(_ROWS, marks), [value for row in some for value in row])
