"""Checks what stands beside the chain: each name and reason is the one that it speaks of, and what is gone was removed on purpose."""

import json
from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Any

from django.db import connection

from licet.ledger import names
from licet.ledger.chain import reason_digest
from licet.ledger.models import Entry, Name, Summary

_CHUNK = 5000
_ACTIONS = ("ledger:name:removed", "ledger:names:bound")


@dataclass(slots=True)
class Told:
    """What entries say of names: which were removed (number of the entry, how many reasons with it), and digests of those before."""

    removed: dict[str, tuple[int, int]] = field(default_factory=dict)
    bound: dict[str, str] = field(default_factory=dict)


@dataclass(slots=True)
class Look:
    """What a look at names and reasons found. ``removed`` are sentences on what is gone on purpose."""

    first_bad: int = 0
    why: str = ""
    removed: list[str] = field(default_factory=list)
    unbound: int = 0

    def is_whole(self, *, reasons_gone: bool) -> bool:
        """Whether all fits; ``reasons_gone`` = the walk along the chain met an entry whose reason is not there."""
        told = _told()
        return self._reasons_fit() and self._names_fit(told) and (not reasons_gone or self._gone_on_purpose(told))

    def _stop(self, seq: int, why: str) -> bool:
        self.first_bad, self.why = seq, why
        return False

    def _reasons_fit(self) -> bool:
        for seq, salt, text, told in _reasons():
            if told != reason_digest(salt, text):
                return self._stop(seq, f"the reason of entry {seq} was changed")
        return True

    def _names_fit(self, told: Told) -> bool:
        known = {row[0]: row[1:] for row in Name.objects.values_list("pseudonym", "label", "salt")}
        for one in sorted({*_acting(), *known}):
            label, salt = known.get(one, (None, ""))
            by, reasons = told.removed.get(one, (0, 0))
            if label is None and not by:
                return self._stop(_first(one), f"the name of {one} was removed, and no entry says so")
            if label is None:
                also = f", with {reasons} reason{'s' * (reasons > 1)}" if reasons else ""
                self.removed.append(f"the name of {one} was removed on purpose, by entry {by}{also}")
            elif by:
                return self._stop(_first(one), f"a name stands for {one} again, which entry {by} removed")
            elif not names.fits(one, salt, label, told.bound.get(one)):
                return self._stop(_first(one), f"the name of {one} was changed")
            self.unbound += label is not None and not salt
        return True

    def _gone_on_purpose(self, told: Told) -> bool:
        for actor, first in _without_reason():
            if not told.removed.get(actor, (0, 0))[1]:
                return self._stop(first, f"the reason of entry {first} was removed, and no entry says so")
        return True


def told_up_to(last: int) -> dict[str, Any]:
    """What a summary keeps of the entries up to ``last`` that it stands for, so that names can be checked without them."""
    told = Told()
    for row in _entries().filter(seq__lte=last).values_list(*_COLUMNS):
        _take(told, *row)
    found = {"names_removed": told.removed, "names_bound": told.bound}
    return {name: value for name, value in found.items() if value}


_COLUMNS = ("seq", "action", "object_id", "text")


def _entries() -> Any:
    return Entry.objects.filter(part="ledger", action__in=_ACTIONS).order_by("seq")


def _told() -> Told:
    told = Told()
    for text in Summary.objects.order_by("first_seq").values_list("text", flat=True):
        said = json.loads(text)
        told.removed |= {one: (int(by), int(reasons)) for one, (by, reasons) in said.get("names_removed", {}).items()}
        told.bound |= said.get("names_bound", {})
    for row in _entries().values_list(*_COLUMNS):
        _take(told, *row)
    return told


def _take(told: Told, seq: int, action: str, pseudonym: str, text: str) -> None:
    after = json.loads(text)["after"]
    if action == _ACTIONS[0]:
        told.removed[pseudonym] = (seq, int(after["reasons_removed"]))
    else:
        told.bound |= {one: digest for one, digest in after["digests"].items() if one not in told.bound}


def _first(actor: str) -> int:
    return Entry.objects.filter(actor=actor).order_by("seq").values_list("seq", flat=True).first() or 0


def _acting() -> list[str]:
    """Every pseudonym in the chain: from one to the next in the index, for there are few of them in many entries."""
    statement = (
        "WITH RECURSIVE acting(actor) AS (SELECT min(actor) FROM ledger_entry"
        " UNION ALL SELECT (SELECT min(e.actor) FROM ledger_entry e WHERE e.actor > acting.actor)"
        " FROM acting WHERE acting.actor IS NOT NULL) SELECT actor FROM acting WHERE actor IS NOT NULL"
    )
    with connection.cursor() as cursor:
        cursor.execute(statement)
        return [actor for (actor,) in cursor.fetchall() if names.is_pseudonym(actor)]


def _without_reason() -> list[tuple[str, int]]:
    """Who wrote entries whose reason is not there any more, and the first of them."""
    statement = (
        "SELECT e.actor, min(e.seq) FROM ledger_entry e WHERE e.reason_digest <> ''"
        " AND NOT EXISTS (SELECT 1 FROM ledger_reason r WHERE r.seq = e.seq) GROUP BY e.actor ORDER BY 2"
    )
    with connection.cursor() as cursor:
        cursor.execute(statement)
        return list(cursor.fetchall())


def _reasons() -> Iterator[tuple[int, str, str, str | None]]:
    """Each reason with the digest that the chain holds of it."""
    statement = (
        "SELECT r.seq, r.salt, r.text, e.reason_digest FROM ledger_reason r LEFT JOIN ledger_entry e ON e.seq = r.seq"  # noqa: S608 - fixed words
        f" WHERE r.seq > %s ORDER BY r.seq LIMIT {_CHUNK}"
    )
    last = 0
    while True:
        with connection.cursor() as cursor:
            cursor.execute(statement, [last])
            chunk = cursor.fetchall()
        yield from chunk
        if not chunk:
            return
        last = chunk[-1][0]
