"""The index of words beside the tables: SQLite FTS5 or a PostgreSQL tsvector, kept true by triggers of the database.

Imports and sweeps write past the object layer, so only the database itself sees every write (decision 005). On SQLite a migration
builds tables anew and loses their triggers; so they are taken down before a migration and put up after it. The index is filled anew
only where the migration may have changed what is indexed, or where this module defines it otherwise than the one that filled it.
"""

import hashlib
from collections.abc import Iterable
from typing import Any, Final

from django.db import transaction
from django.db.backends.base.base import BaseDatabaseWrapper

from licet.search.sources import SOURCES, Source

TABLE: Final = "search_words"
_DEFINITION: Final = "search_words_definition"  # the digest of the statements by which the index was filled
# Accents fold alike on both engines; beyond ASCII every letter counts as one of a word.
_FOLDED: Final = (
    "ÀÁÂÃÄÅÇÈÉÊËÌÍÎÏÑÒÓÔÕÖÙÚÛÜÝàáâãäåçèéêëìíîïñòóôõöùúûüýÿ",
    "aaaaaaceeeeiiiinooooouuuuyaaaaaaceeeeiiiinooooouuuuyy",
)
# The text is not kept beside the index: who takes a row out says what it was filled with. Longer beginnings than
# five characters are gathered from whole words (measured: 0.2 s where a million words begin with it, nothing where a thousand do).
_SQLITE_TABLE: Final = (
    f"CREATE VIRTUAL TABLE {TABLE} USING fts5(words, tokenize=\"unicode61 remove_diacritics 2 tokenchars '_§'\","
    " prefix='1 2 3 4 5', detail=none, content='')"
)
_POSTGRESQL_TABLE: Final = (
    f"CREATE TABLE IF NOT EXISTS {TABLE} (entry bigint PRIMARY KEY, words tsvector NOT NULL)",
    f"CREATE INDEX IF NOT EXISTS {TABLE}_words ON {TABLE} USING gin (words)",
    f"""CREATE OR REPLACE FUNCTION {TABLE}_of(told text) RETURNS tsvector LANGUAGE sql IMMUTABLE AS $$
        SELECT coalesce(array_to_tsvector(array_agg(DISTINCT left(word, 100))), ''::tsvector)
        FROM regexp_split_to_table(lower(translate(told, '{_FOLDED[0]}', '{_FOLDED[1]}')),
                                   '[^a-z0-9_§\\u00c0-\\u1fff\\u2c00-\\uffff]+') AS word WHERE word <> '' $$""",
)


def put_up(connection: BaseDatabaseWrapper) -> bool:
    """Make table and triggers and fill the index, as far as they do not stand already. Whether it was filled."""
    digest = _digest(connection)
    with transaction.atomic(using=connection.alias), connection.cursor() as cursor:
        filled = _filled_by(connection, cursor) == digest
        triggers = _triggers(connection)
        if filled and {name for name, _table in _present(connection, cursor)} == set(triggers):
            return False
        _take_down(connection, cursor)
        if not filled:
            _fill(connection, cursor, digest)
        for statements in triggers.values():
            for statement in statements:
                cursor.execute(statement)
    return not filled


def take_down(connection: BaseDatabaseWrapper, *, keep: bool = False) -> None:
    """Remove the triggers, so that a migration may change the tables under them.

    ``keep`` says that nothing of what is indexed changes meanwhile; else the index is filled anew when it is put up.
    """
    with transaction.atomic(using=connection.alias), connection.cursor() as cursor:
        _take_down(connection, cursor)
        if not keep and _filled_by(connection, cursor):
            cursor.execute(f"DELETE FROM {_DEFINITION}")


def _digest(connection: BaseDatabaseWrapper) -> str:
    made = [*_POSTGRESQL_TABLE] if connection.vendor == "postgresql" else [_SQLITE_TABLE]
    made += [_insert(connection, source, "") for source in SOURCES]
    made += [statement for statements in _triggers(connection).values() for statement in statements]
    return hashlib.sha256("\n".join(made).encode()).hexdigest()


def _filled_by(connection: BaseDatabaseWrapper, cursor: Any) -> str:
    """The digest of the definition by which the index was filled; "" where it is not."""
    if _DEFINITION not in connection.introspection.table_names(cursor):
        return ""
    cursor.execute(f"SELECT digest FROM {_DEFINITION}")
    row = cursor.fetchone()
    return str(row[0]) if row else ""


def _fill(connection: BaseDatabaseWrapper, cursor: Any, digest: str) -> None:
    if connection.vendor == "postgresql":
        for statement in _POSTGRESQL_TABLE:
            cursor.execute(statement)
        cursor.execute(f"TRUNCATE {TABLE}")
    else:
        cursor.execute(f"DROP TABLE IF EXISTS {TABLE}")
        cursor.execute(_SQLITE_TABLE)
    for source in SOURCES:
        cursor.execute(_insert(connection, source, ""))
    if connection.vendor != "postgresql":
        cursor.execute(f"INSERT INTO {TABLE} ({TABLE}) VALUES ('optimize')")
    cursor.execute(f"CREATE TABLE IF NOT EXISTS {_DEFINITION} (digest varchar(64) NOT NULL)")
    cursor.execute(f"DELETE FROM {_DEFINITION}")
    cursor.execute(f"INSERT INTO {_DEFINITION} VALUES (%s)", [digest])


def _take_down(connection: BaseDatabaseWrapper, cursor: Any) -> None:
    for name, table in _present(connection, cursor):
        cursor.execute(
            f"DROP TRIGGER {name} ON {table}" if connection.vendor == "postgresql" else f"DROP TRIGGER {name}"
        )


def _present(connection: BaseDatabaseWrapper, cursor: Any) -> list[tuple[str, str]]:
    if connection.vendor == "postgresql":
        cursor.execute(
            "SELECT tgname, tgrelid::regclass::text FROM pg_trigger WHERE tgname LIKE 'search\\_on\\_%%' AND NOT tgisinternal"
            " AND pg_table_is_visible(tgrelid)"
        )
    else:
        cursor.execute(
            "SELECT name, tbl_name FROM sqlite_master WHERE type = 'trigger' AND name LIKE 'search\\_on\\_%' ESCAPE '\\'"
        )
    return [(str(name), str(table)) for name, table in cursor.fetchall()]


def _insert(connection: BaseDatabaseWrapper, source: Source, condition: str) -> str:
    select = f"{source.select} {condition and f'WHERE {condition}'}"
    if connection.vendor == "postgresql":
        return (
            f"INSERT INTO {TABLE} (entry, words) SELECT entry, {TABLE}_of(words) FROM ({select}) AS found"
            " WHERE words IS NOT NULL ON CONFLICT (entry) DO UPDATE SET words = excluded.words"
        )
    return f"INSERT INTO {TABLE} (rowid, words) SELECT entry, words FROM ({select}) WHERE words IS NOT NULL"


def _triggers(connection: BaseDatabaseWrapper) -> dict[str, list[str]]:
    """The statements that make each trigger, by its name."""
    make = _of_postgresql if connection.vendor == "postgresql" else _of_sqlite
    found: dict[str, list[str]] = {}
    for source in SOURCES:
        found |= make(connection, source, f"search_on_{source.kind}")
    return found


def _differs(names: Iterable[str], differ: str) -> str:
    return " OR ".join(f"OLD.{name} {differ} NEW.{name}" for name in names)


def _of_postgresql(connection: BaseDatabaseWrapper, source: Source, one: str) -> dict[str, list[str]]:
    write = _insert(connection, source, "t.id = NEW.id")
    found = _postgresql(f"{one}_added", "AFTER INSERT", source.table, "", write)
    changed = f"AFTER UPDATE OF {', '.join(source.watched)}"
    rewrite = f"{_forget(f'{source.base} + NEW.id')}; {write}"
    found |= _postgresql(f"{one}_changed", changed, source.table, _differs(source.watched, "IS DISTINCT FROM"), rewrite)
    found |= _postgresql(f"{one}_gone", "AFTER DELETE", source.table, "", _forget(f"{source.base} + OLD.id"))
    for table, column, condition in source.others:
        rows = f"SELECT {source.base} + t.id FROM {source.table} t WHERE {condition}"
        rewrite = f"{_forget(rows)}; {_insert(connection, source, condition)}"
        changed = f"AFTER UPDATE OF {column}"
        found |= _postgresql(f"{one}_by_{table}", changed, table, _differs([column], "IS DISTINCT FROM"), rewrite)
    low, high = source.span
    all_gone = f"DELETE FROM {TABLE} WHERE entry BETWEEN {low} AND {high}"
    return found | _postgresql(f"{one}_emptied", "AFTER TRUNCATE", source.table, "", all_gone, each="STATEMENT")


def _forget(entries: str) -> str:
    return f"DELETE FROM {TABLE} WHERE entry IN ({entries})"


def _of_sqlite(connection: BaseDatabaseWrapper, source: Source, one: str) -> dict[str, list[str]]:
    """What a row was indexed by is read again before it changes, to be taken out of the index."""
    own = "t.id = NEW.id"
    write = _insert(connection, source, own)
    found = _sqlite(f"{one}_added", "AFTER INSERT", source.table, "", write)
    found |= _sqlite(f"{one}_gone", "BEFORE DELETE", source.table, "", _taken_out(source, "t.id = OLD.id"))
    changes = [("changed", source.table, source.watched, own)]
    changes += [(f"by_{table}", table, (column,), condition) for table, column, condition in source.others]
    for name, table, columns, condition in changes:
        when, differs = f"UPDATE OF {', '.join(columns)}", _differs(columns, "IS NOT")
        found |= _sqlite(f"{one}_{name}_from", f"BEFORE {when}", table, differs, _taken_out(source, condition))
        found |= _sqlite(f"{one}_{name}_to", f"AFTER {when}", table, differs, _insert(connection, source, condition))
    return found


def _taken_out(source: Source, condition: str) -> str:
    return (
        f"INSERT INTO {TABLE} ({TABLE}, rowid, words)"
        f" SELECT 'delete', entry, words FROM ({source.select} WHERE {condition}) WHERE words IS NOT NULL"
    )


def _sqlite(name: str, when: str, table: str, condition: str, body: str) -> dict[str, list[str]]:
    head = f"CREATE TRIGGER {name} {when} ON {table} {condition and f'WHEN {condition}'}"
    return {name: [f"{head} BEGIN {body}; END"]}


def _postgresql(name: str, when: str, table: str, condition: str, body: str, each: str = "ROW") -> dict[str, list[str]]:
    function = (
        f"CREATE OR REPLACE FUNCTION {name}() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN {body}; RETURN NULL; END $$"
    )
    trigger = f"CREATE TRIGGER {name} {when} ON {table} FOR EACH {each} {condition and f'WHEN ({condition})'} EXECUTE FUNCTION {name}()"
    return {name: [function, trigger]}
