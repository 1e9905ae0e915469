"""Many rows by one prepared statement, where the object layer would cost more than the database itself.

Measured: writing 30 columns of 600 devices took 9 s by ``bulk_update`` and 0.05 s this way.
"""

import json
from collections.abc import Callable, Iterable, Iterator, Sequence
from operator import itemgetter
from typing import Any

from django.db import connection, models


def chunks(ids: Sequence[int], size: int = 5000) -> Iterator[Sequence[int]]:
    """The ids in lists short enough for one statement."""
    for start in range(0, len(ids), size):
        yield ids[start : start + size]


def insert(model: type[models.Model], names: Sequence[str], rows: Iterable[Sequence[Any]]) -> None:
    """Insert rows of these fields (by attribute name, as ``site_id``). Fields left out need a database that allows it."""
    columns, ready = _ready(model, names, rows)
    if ready:
        marks = ", ".join(["%s"] * len(columns))
        _run(f"INSERT INTO {_quoted(model._meta.db_table)} ({', '.join(columns)}) VALUES ({marks})", ready)  # noqa: S608, SLF001


def upsert(
    model: type[models.Model], names: Sequence[str], rows: Iterable[Sequence[Any]], *, unique: Sequence[str]
) -> None:
    """Insert rows, or overwrite the row that has the same ``unique`` fields."""
    columns, ready = _ready(model, names, rows)
    if ready:
        keys = [_column(model, name) for name in unique]
        sets = ", ".join(f"{column} = excluded.{column}" for column in columns if column not in keys)
        marks = ", ".join(["%s"] * len(columns))
        _run(
            f"INSERT INTO {_quoted(model._meta.db_table)} ({', '.join(columns)}) VALUES ({marks})"  # noqa: S608, SLF001
            f" ON CONFLICT ({', '.join(keys)}) DO UPDATE SET {sets}",
            ready,
        )


def update(model: type[models.Model], names: Sequence[str], rows: Iterable[Sequence[Any]]) -> None:
    """Set these fields; each row ends with the id of what it sets.

    Rows are written in the order of their ids: the search index flushes what it holds whenever a row comes before the last
    one (a fourth of a sweep's work otherwise), and two writers in one order do not wait for each other in a ring.
    """
    columns, ready = _ready(model, [*names, "id"], rows)
    if ready:
        ready.sort(key=itemgetter(-1))
        sets = ", ".join(f"{column} = %s" for column in columns[:-1])
        _run(f"UPDATE {_quoted(model._meta.db_table)} SET {sets} WHERE id = %s", ready)  # noqa: S608, SLF001


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
    with connection.cursor() as cursor:
        cursor.executemany(statement, rows)
