"""Every row of one database into another, SQLite or PostgreSQL, in chunks, with its number and the numbers that come next."""

import graphlib
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from functools import partial
from itertools import islice
from typing import Any, Final

from django.apps import apps
from django.db import transaction
from django.db.backends.base.base import BaseDatabaseWrapper
from django.db.models import AutoField, BigAutoField, Field, Model, QuerySet

from licet.search.index import put_up, take_down
from licet.sites.record import NotPossible

_CHUNK: Final = 2000  # rows in memory
_KEPT_BY_MIGRATIONS: Final = "django_migrations"
# Without a site, a person and an entry of the record there is nothing but what a first start puts down.
_USED: Final = ("sites_site", "sites_person", "ledger_entry")
_OTHERWISE: Final = frozenset({"JSONField"})
_OTHERWISE_IN_SQLITE: Final = _OTHERWISE | {"DateTimeField", "DateField", "DecimalField"}
Progress = Callable[[int, int], None]


def models() -> list[type[Model]]:
    """Every model with a table, those that others refer to first."""
    by_table = {model._meta.db_table: model for model in apps.get_models(include_auto_created=True)}  # noqa: SLF001 - Django's documented way to a model's table
    refers = {
        table: {
            field.related_model._meta.db_table  # noqa: SLF001 - same
            for field in model._meta.local_fields  # noqa: SLF001 - same
            if field.is_relation and isinstance(field.related_model, type) and field.related_model is not model
        }
        for table, model in by_table.items()
    }
    return [by_table[table] for table in graphlib.TopologicalSorter(refers).static_order() if table in by_table]


def is_unused(database: BaseDatabaseWrapper) -> bool:
    """Whether a database holds nothing, or nothing but what a first start puts down."""
    tables = set(database.introspection.table_names())
    if not tables:
        return True
    if _KEPT_BY_MIGRATIONS not in tables or not tables.issuperset(_USED):
        return False  # somebody else's
    with database.cursor() as cursor:
        return not any(_any(cursor, table) for table in _USED)


def _any(cursor: Any, table: str) -> bool:
    cursor.execute(f"SELECT 1 FROM {table} LIMIT 1")  # noqa: S608 - fixed names
    return cursor.fetchone() is not None


def row_counts(database: BaseDatabaseWrapper) -> dict[str, int]:
    """The number of rows of each table."""
    return {
        model._meta.db_table: QuerySet(model, using=database.alias).count()  # noqa: SLF001 - Django's documented way to a model's table
        for model in models()
    }


def copy_all(source: BaseDatabaseWrapper, target: BaseDatabaseWrapper, progress: Progress | None = None) -> None:
    """Put every row of ``source`` into ``target``, which has the schema and is unused, inside the caller's transaction of both.

    The index of words is made anew from the rows. Raises :class:`NotPossible` where the numbers of rows differ afterwards.
    """
    if not target.in_atomic_block:
        raise RuntimeError("rows are copied in a transaction, so that a copy that breaks off leaves none")
    ordered = models()
    take_down(target)
    _empty(target, list(reversed(ordered)))
    wanted = row_counts(source)
    done, total = 0, sum(wanted.values())
    with _no_conditions(target):
        for model in ordered:
            for number in _copy(model, source, target):
                done += number
                if progress is not None:
                    progress(done, total)
    _next_numbers(source, target, ordered)
    put_up(target)
    found = row_counts(target)
    if wrong := sorted(table for table in wanted if wanted[table] != found[table]):
        raise NotPossible(f"{wrong[0]} has {found[wrong[0]]} rows after copying and {wanted[wrong[0]]} before.")


def _empty(target: BaseDatabaseWrapper, ordered: Sequence[type[Model]]) -> None:
    with target.cursor() as cursor:
        for model in ordered:
            table = model._meta.db_table  # noqa: SLF001 - Django's documented way to a model's table
            if table not in _USED and _any(cursor, table):
                cursor.execute(f"DELETE FROM {table}")  # noqa: S608 - names of our own tables


def _copy(model: type[Model], source: BaseDatabaseWrapper, target: BaseDatabaseWrapper) -> Iterator[int]:
    meta = model._meta  # noqa: SLF001 - Django's documented way to a model's columns
    fields: list[Field[Any, Any]] = list(meta.local_concrete_fields)
    names = [field.attname for field in fields]
    rows = QuerySet(model, using=source.alias).order_by("pk").values_list(*names).iterator(chunk_size=_CHUNK)
    prepare = [(place, _preparing(field, target)) for place, field in enumerate(fields) if _differs(field, target)]
    prepared = (_prepared(row, prepare) for row in rows)
    columns = ", ".join(target.ops.quote_name(str(field.column)) for field in fields)
    into = f"{target.ops.quote_name(meta.db_table)} ({columns})"
    while chunk := list(islice(prepared, _CHUNK)):
        with target.cursor() as cursor:
            if target.vendor == "postgresql":
                with cursor.copy(f"COPY {into} FROM STDIN") as pipe:
                    for row in chunk:
                        pipe.write_row(row)
            else:
                marks = ", ".join(["%s"] * len(fields))
                cursor.executemany(f"INSERT INTO {into} VALUES ({marks})", chunk)  # noqa: S608 - names of our own tables
        yield len(chunk)


def _differs(field: "Field[Any, Any]", target: BaseDatabaseWrapper) -> bool:
    """Whether a column's values are handed over otherwise than they are read; asking each field of each row takes most of the time."""
    return field.get_internal_type() in (_OTHERWISE if target.vendor == "postgresql" else _OTHERWISE_IN_SQLITE)


def _prepared(row: tuple[Any, ...], prepare: Sequence[tuple[int, Callable[[Any], Any]]]) -> Sequence[Any]:
    if not prepare:
        return row
    values = list(row)
    for place, one in prepare:
        values[place] = one(values[place])
    return values


def _preparing(field: "Field[Any, Any]", target: BaseDatabaseWrapper) -> Callable[[Any], Any]:
    if field.get_internal_type() == "JSONField" and not field.null:
        # A column without NULL holds JSON's own null, which reads as None too.
        return partial(field.get_db_prep_value, connection=target)
    return partial(field.get_db_prep_save, connection=target)


@contextmanager
def _no_conditions(target: BaseDatabaseWrapper) -> Iterator[None]:
    """Have the record's triggers stand aside: a summary may only be added while the entries it stands for are there."""
    with target.cursor() as cursor:
        if target.vendor == "postgresql":
            cursor.execute("SET CONSTRAINTS ALL IMMEDIATE")
            cursor.execute("ALTER TABLE ledger_summary DISABLE TRIGGER USER")
            yield
            cursor.execute("ALTER TABLE ledger_summary ENABLE TRIGGER USER")
            return
        cursor.execute(
            "SELECT name, sql FROM sqlite_master WHERE type = 'trigger' AND tbl_name = 'ledger_summary' ORDER BY name"
        )
        triggers = cursor.fetchall()
        for name, _sql in triggers:
            cursor.execute(f"DROP TRIGGER {name}")
        yield
        for _name, sql in triggers:
            cursor.execute(sql)


def _next_numbers(source: BaseDatabaseWrapper, target: BaseDatabaseWrapper, ordered: Sequence[type[Model]]) -> None:
    """No number is given a second time, not even that of a row which was deleted: the record names rows by their numbers."""
    for model in ordered:
        meta = model._meta  # noqa: SLF001 - Django's documented way to a model's columns
        column = str(meta.pk.column)
        if isinstance(meta.pk, AutoField | BigAutoField) and (last := _last_number(source, meta.db_table, column)):
            _set_number(target, meta.db_table, column, last)


def _last_number(database: BaseDatabaseWrapper, table: str, column: str) -> int:
    with database.cursor() as cursor:
        if database.vendor == "postgresql":
            cursor.execute("SELECT pg_sequence_last_value(pg_get_serial_sequence(%s, %s)::regclass)", [table, column])
        else:
            cursor.execute("SELECT seq FROM sqlite_sequence WHERE name = %s", [table])
        row = cursor.fetchone()
    return int(row[0] or 0) if row else 0


def _set_number(database: BaseDatabaseWrapper, table: str, column: str, last: int) -> None:
    with database.cursor() as cursor:
        if database.vendor == "postgresql":
            cursor.execute("SELECT setval(pg_get_serial_sequence(%s, %s)::regclass, %s)", [table, column, last])
            return
        cursor.execute("UPDATE sqlite_sequence SET seq = max(seq, %s) WHERE name = %s", [last, table])
        cursor.execute(
            "INSERT INTO sqlite_sequence (name, seq) SELECT %s, %s"
            " WHERE NOT EXISTS (SELECT 1 FROM sqlite_sequence WHERE name = %s)",
            [table, last, table],
        )


def whole(source: BaseDatabaseWrapper, target: BaseDatabaseWrapper, progress: Progress | None = None) -> None:
    """:func:`copy_all` in a transaction of the target of its own."""
    with transaction.atomic(using=target.alias):
        copy_all(source, target, progress)
