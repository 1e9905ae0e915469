"""What a collector must not forget, in a small SQLite file of its folder: which passwords devices refused, and its numbers."""

import json
import sqlite3
from collections.abc import Iterable, Mapping
from datetime import datetime
from pathlib import Path
from typing import Final

from licet.estate.lockout import SignIn

_MADE: Final = """
CREATE TABLE IF NOT EXISTS sign_in (
    place TEXT PRIMARY KEY, refused TEXT NOT NULL, locked_until TEXT, accepted TEXT NOT NULL, tried_at TEXT
) WITHOUT ROWID;
CREATE TABLE IF NOT EXISTS number (name TEXT PRIMARY KEY, value INTEGER NOT NULL) WITHOUT ROWID;
"""
_AT_ONCE: Final = 500

SEQUENCE: Final = "sequence"  # of the last report written
REQUEST: Final = "request"  # of the last request sent
DROPPED: Final = "dropped"  # reports that went unsent because there was no room
CLOCK: Final = "clock"  # microseconds by which this machine's clock is ahead of the centre's


class Memory:
    """Every write is on the disk when the call returns. A device is remembered by where it is, whatever the centre's list calls it."""

    def __init__(self, path: Path) -> None:
        path.touch(mode=0o600)
        self._database = sqlite3.connect(path, isolation_level=None, timeout=10)
        self._database.execute("PRAGMA synchronous = FULL")
        self._database.executescript(_MADE)

    def close(self) -> None:
        """Close the file."""
        self._database.close()

    def sign_ins(self, marks: Mapping[str, str]) -> dict[str, SignIn]:
        """What is remembered of each place, together with the mark of the credential that would be tried there."""
        found = {place: SignIn(mark) for place, mark in marks.items()}
        places = list(marks)
        for start in range(0, len(places), _AT_ONCE):
            some = places[start : start + _AT_ONCE]
            asked = ",".join("?" * len(some))
            rows = self._database.execute(f"SELECT * FROM sign_in WHERE place IN ({asked})", some)  # noqa: S608 - question marks
            for place, refused, locked, accepted, tried in rows:
                found[place] = SignIn(marks[place], json.loads(refused), _instant(locked), accepted, _instant(tried))
        return found

    def remember(self, states: Mapping[str, SignIn]) -> None:
        """Keep what is known of each place now."""
        rows = [
            (place, json.dumps(list(state.refused)), _text(state.locked_until), state.accepted, _text(state.tried_at))
            for place, state in states.items()
        ]
        self._in_one("INSERT OR REPLACE INTO sign_in VALUES (?, ?, ?, ?, ?)", rows)

    def number(self, name: str) -> int:
        """A number that is kept; 0 at first."""
        row = self._database.execute("SELECT value FROM number WHERE name = ?", [name]).fetchone()
        return int(row[0]) if row else 0

    def keep(self, name: str, value: int) -> None:
        """Keep a number."""
        self._in_one("INSERT OR REPLACE INTO number VALUES (?, ?)", [(name, value)])

    def next(self, name: str, least: int = 0) -> int:
        """The next of a row of numbers that never goes back: one more than the last, and at least ``least``."""
        value = max(self.number(name) + 1, least)
        self.keep(name, value)
        return value

    def _in_one(self, statement: str, rows: Iterable[tuple[object, ...]]) -> None:
        self._database.execute("BEGIN IMMEDIATE")
        try:
            self._database.executemany(statement, rows)
        except BaseException:
            self._database.execute("ROLLBACK")
            raise
        self._database.execute("COMMIT")


def _instant(text: str | None) -> datetime | None:
    return datetime.fromisoformat(text) if text else None


def _text(instant: datetime | None) -> str | None:
    return instant.isoformat() if instant else None
