"""The index of words beside the tables: SQLite FTS5 or a PostgreSQL tsvector, kept true by triggers of the database.

Imports and sweeps write past the object layer, so only the database itself sees every write (decision 005). On SQLite a migration
builds tables anew and loses their triggers; so they are taken down before a migration, put up after it, and the index filled anew.
"""

from typing import Any, Final

from django.db import transaction
from django.db.backends.base.base import BaseDatabaseWrapper

from licet.search.sources import SOURCES, Source

TABLE: Final = "search_words"
# Accents fold alike on both engines; beyond ASCII every letter counts as one of a word.
_FOLDED: Final = (
    "ÀÁÂÃÄÅÇÈÉÊËÌÍÎÏÑÒÓÔÕÖÙÚÛÜÝàáâãäåçèéêëìíîïñòóôõöùúûüýÿ",
    "aaaaaaceeeeiiiinooooouuuuyaaaaaaceeeeiiiinooooouuuuyy",
)
_SQLITE_TABLE: Final = (
    f"CREATE VIRTUAL TABLE IF NOT EXISTS {TABLE} USING fts5("
    "words, tokenize=\"unicode61 remove_diacritics 2 tokenchars '_§'\", prefix='1 2 3 4 5 6 8', detail=none)"
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
    """Make table and triggers and fill the index, where they do not stand already. Whether there was something to do."""
    if _stands(connection):
        return False
    with transaction.atomic(using=connection.alias), connection.cursor() as cursor:
        _take_down(connection, cursor)
        if connection.vendor == "postgresql":
            for statement in _POSTGRESQL_TABLE:
                cursor.execute(statement)
            cursor.execute(f"TRUNCATE {TABLE}")
        else:
            cursor.execute(f"DROP TABLE IF EXISTS {TABLE}")
            cursor.execute(_SQLITE_TABLE)
        for source in SOURCES:
            cursor.execute(_insert(connection, source, ""))
        for statements in _triggers(connection).values():
            for statement in statements:
                cursor.execute(statement)
    return True


def take_down(connection: BaseDatabaseWrapper) -> None:
    """Remove the triggers, so that a migration may change the tables under them."""
    with transaction.atomic(using=connection.alias), connection.cursor() as cursor:
        _take_down(connection, cursor)


def _take_down(connection: BaseDatabaseWrapper, cursor: Any) -> None:
    for name, table in _present(connection, cursor):
        cursor.execute(
            f"DROP TRIGGER {name} ON {table}" if connection.vendor == "postgresql" else f"DROP TRIGGER {name}"
        )


def _stands(connection: BaseDatabaseWrapper) -> bool:
    with connection.cursor() as cursor:
        return {name for name, _table in _present(connection, cursor)} == set(_triggers(connection))


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
    return f"INSERT INTO {TABLE} (rowid, words) SELECT entry, words FROM ({select})"


def _triggers(connection: BaseDatabaseWrapper) -> dict[str, list[str]]:
    """The statements that make each trigger, by its name."""
    make = _postgresql if connection.vendor == "postgresql" else _sqlite
    found: dict[str, list[str]] = {}
    for source in SOURCES:
        one = f"search_on_{source.kind}"
        write = _insert(connection, source, "t.id = NEW.id")
        differs = " OR ".join(f"OLD.{name} IS DISTINCT FROM NEW.{name}" for name in source.watched)
        found |= make(f"{one}_added", "AFTER INSERT", source.table, "", write)
        changed = f"AFTER UPDATE OF {', '.join(source.watched)}"
        rewrite = f"{_forget(connection, str(source.base) + ' + NEW.id')}; {write}"
        found |= make(f"{one}_changed", changed, source.table, differs, rewrite)
        gone = _forget(connection, f"{source.base} + OLD.id")
        found |= make(f"{one}_gone", "AFTER DELETE", source.table, "", gone)
        for table, column, condition in source.others:
            rows = f"SELECT {source.base} + t.id FROM {source.table} t WHERE {condition}"
            rewrite = f"{_forget(connection, rows)}; {_insert(connection, source, condition)}"
            differs = f"OLD.{column} IS DISTINCT FROM NEW.{column}"
            found |= make(f"{one}_by_{table}", f"AFTER UPDATE OF {column}", table, differs, rewrite)
        if connection.vendor == "postgresql":
            low, high = source.span
            all_gone = f"DELETE FROM {TABLE} WHERE entry BETWEEN {low} AND {high}"
            found |= _postgresql(f"{one}_emptied", "AFTER TRUNCATE", source.table, "", all_gone, each="STATEMENT")
    return found


def _forget(connection: BaseDatabaseWrapper, entries: str) -> str:
    column = "entry" if connection.vendor == "postgresql" else "rowid"
    return f"DELETE FROM {TABLE} WHERE {column} IN ({entries})"


def _sqlite(name: str, when: str, table: str, condition: str, body: str) -> dict[str, list[str]]:
    tested = condition.replace("IS DISTINCT FROM", "IS NOT")  # SQLite's own word; the other is known from 3.39 on
    head = f"CREATE TRIGGER {name} {when} ON {table} {tested and f'WHEN {tested}'}"
    return {name: [f"{head} BEGIN {body}; END"]}


def _postgresql(name: str, when: str, table: str, condition: str, body: str, each: str = "ROW") -> dict[str, list[str]]:
    function = (
        f"CREATE OR REPLACE FUNCTION {name}() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN {body}; RETURN NULL; END $$"
    )
    trigger = f"CREATE TRIGGER {name} {when} ON {table} FOR EACH {each} {condition and f'WHEN ({condition})'} EXECUTE FUNCTION {name}()"
    return {name: [function, trigger]}
