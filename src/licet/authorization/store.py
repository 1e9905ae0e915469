"""Writes differences of authorizations as periods: the old one closed, the new one opened, in one transaction.

The members of a pool are walked in the order of an index, beside the bands that :mod:`licet.authorization.coverage` gives; what
differs is written by a fixed number of statements. A window statement does the same at three times the cost (decision 10).
"""

import hashlib
import json
from collections import Counter, defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence
from datetime import datetime
from typing import Any

from django.db import connection

from licet.authorization.coverage import Band
from licet.authorization.models import Authorization
from licet.authorization.rights import kind_of
from licet.authorization.status import Verdict
from licet.sites import bulk

# The members of one pool and metric in the order in which it covers them; the index demand_order holds it, with all that is read.
_IN_ORDER = """
SELECT id, quantity, said FROM authorization_demand WHERE pool_id = %s AND metric = %s
ORDER BY unreported, first_seen_at, serial_number, id
"""
_READ_AT_ONCE = 5000

# CROSS JOIN keeps SQLite at the few changes first, then the index on the open period of a demand.
_CLOSE = """
UPDATE authorization_authorization SET valid_to = %s
WHERE id IN (SELECT a.id FROM licet_change c CROSS JOIN authorization_authorization a
             WHERE a.demand_id = c.demand_id AND a.demand_id IS NOT NULL AND a.valid_to IS NULL)
"""

_REMEMBER = """
UPDATE authorization_demand
SET said = (SELECT s.said FROM licet_change c JOIN licet_says s ON s.band = c.band
            WHERE c.demand_id = authorization_demand.id)
WHERE id IN (SELECT demand_id FROM licet_change)
"""

_SAYS = """band integer PRIMARY KEY, said bigint, kind text, "right" text, status text, reason text, params text, evidence text,
           valid_until {stamp}"""

_OPEN = """
INSERT INTO authorization_authorization
    (subject_type, subject_id, site_id, kind, "right", pool_id, demand_id, status, reason, params, evidence,
     valid_from, valid_to, valid_until)
SELECT d.subject_type, d.subject_id, d.site_id, s.kind, s."right", d.pool_id, d.id, s.status, s.reason,
       s.params{json}, s.evidence{json}, %s, NULL, s.valid_until
FROM licet_change c
JOIN authorization_demand d ON d.id = c.demand_id
JOIN licet_says s ON s.band = c.band
"""


class Ranking:
    """What one reconciliation says: the bands of places of each pool and metric, and of demands held by an allocation."""

    def __init__(self) -> None:
        self.bands: dict[tuple[int, str], list[tuple[int, int, int]]] = {}
        self.held: dict[int, tuple[int, int]] = {}
        self._said: list[tuple[str, Band, Mapping[int, Any], int]] = []

    def add(self, pool: int, metric: str, right: str, found: Sequence[Band], evidence: Mapping[int, Any]) -> None:
        """Add the bands of one pool and metric. ``evidence`` gives for a licence id what a period keeps of it."""
        self.bands[pool, metric] = [(band.upto, *self._say(right, band, evidence)) for band in found]

    def hold(self, demand: int, right: str, band: Band, evidence: Mapping[int, Any]) -> None:
        """Say what an explicitly allocated demand gets, whatever its place."""
        self.held[demand] = self._say(right, band, evidence)

    def _say(self, right: str, band: Band, evidence: Mapping[int, Any]) -> tuple[int, int]:
        said = said_number(right, band)
        self._said.append((right, band, evidence, said))
        return len(self._said) - 1, said

    def _row(self, number: int) -> tuple[Any, ...]:
        """What a band says, as a row of ``licet_says``."""
        right, band, evidence, said = self._said[number]
        until = connection.ops.adapt_datetimefield_value(band.valid_until) if band.valid_until else None
        kept = json.dumps([evidence[licence] for licence in band.licences if licence in evidence])
        params = json.dumps(band.params)
        return (number, said, kind_of(right), right, str(band.status), band.reason, params, kept, until)

    def find(self, *, everything: bool = False) -> None:
        """Fill ``licet_change`` with the demands that change; with all of them for ``everything``."""
        stamp = "timestamptz" if connection.vendor == "postgresql" else "datetime"
        saying: set[int] = set()
        with connection.cursor() as cursor:
            for name, columns in (
                ("licet_says", _SAYS.format(stamp=stamp)),
                ("licet_change", "demand_id bigint PRIMARY KEY, band integer"),
            ):
                cursor.execute(f"DROP TABLE IF EXISTS {name}")
                cursor.execute(f"CREATE TEMPORARY TABLE {name} ({columns})")
            for some in bulk.batched(self._changes(everything=everything), _READ_AT_ONCE):
                saying.update(band for _demand, band in some)
                _insert(cursor, "licet_change", some, 2)
            # Only what some change says is written out: of thousands of bands, mostly none.
            _insert(cursor, "licet_says", [self._row(band) for band in sorted(saying)], 9)

    def _changes(self, *, everything: bool) -> Iterator[tuple[int, int]]:
        """(demand, number of its band) for every member whose open period says something else."""
        held = self.held
        with connection.cursor() as cursor:
            for group, found in self.bands.items():
                bands = iter(found)
                place, (upto, band, says) = 0, next(bands)
                cursor.execute(_IN_ORDER, group)
                while rows := cursor.fetchmany(_READ_AT_ONCE):
                    for demand, quantity, said in rows:
                        if held and demand in held:
                            if everything or held[demand][1] != said:
                                yield demand, held[demand][0]
                            continue
                        place += quantity
                        while place > upto:
                            upto, band, says = next(bands)
                        if says != said or everything:
                            yield demand, band

    def placed(self) -> dict[int, Verdict]:
        """Demand id -> what its band says, for all demands. Writes nothing."""
        self.find(everything=True)
        with connection.cursor() as cursor:
            cursor.execute("SELECT demand_id, band FROM licet_change")
            return {demand: self._verdict(band) for demand, band in cursor.fetchall()}

    def _verdict(self, number: int) -> Verdict:
        right, band, *_ = self._said[number]
        return Verdict(right, band.status, band.reason, band.params, valid_until=band.valid_until)


def said_number(right: str, band: Band) -> int:
    """A number that is the same for bands that say the same, and (all but) surely another for others; never 0."""
    text = f"{right}|{band.status}|{band.reason}|{band.valid_until}|{band.licences}"
    return int.from_bytes(hashlib.blake2b(text.encode(), digest_size=7).digest()) + 1


def _insert(cursor: Any, table: str, rows: Sequence[tuple[Any, ...]], width: int) -> None:
    if rows:
        cursor.executemany(f"INSERT INTO {table} VALUES ({', '.join(['%s'] * width)})", rows)


def store_ranked(ranking: Ranking, now: datetime) -> Counter[str]:
    """Compare every demand's band with its open period and write the differences. Returns how many went to each status."""
    ranking.find()
    with connection.cursor() as cursor:
        cursor.execute("SELECT s.status, COUNT(*) FROM licet_change c JOIN licet_says s USING (band) GROUP BY s.status")
        counted = Counter(dict(cursor.fetchall()))
        if counted:
            cursor.execute(_CLOSE, [_at(now)])
            cast = "::jsonb" if connection.vendor == "postgresql" else ""
            cursor.execute(_OPEN.format(json=cast), [_at(now)])
            cursor.execute(_REMEMBER)
    return counted


def close_demands(demands: Sequence[int], now: datetime) -> None:
    """Close the open periods of demands that are gone."""
    for some in bulk.chunks(demands):
        Authorization.objects.filter(demand_id__in=some, valid_to=None).update(valid_to=now)


def _at(instant: datetime) -> Any:
    return connection.ops.adapt_datetimefield_value(instant)


def store_verdicts(
    subject_type: int, judged: Mapping[int, tuple[int, Sequence[Verdict]]], now: datetime
) -> Counter[str]:
    """Write the differences of rights that facts alone decide; another status, reason or figure is a difference.

    ``judged`` maps a subject's id to (site, verdicts). A right that is no longer judged is closed.
    """
    ids = list(judged)
    open_rows = {
        (row[1], row[2]): row
        for row in Authorization.objects.filter(
            subject_type=subject_type, subject_id__in=ids, valid_to=None, demand_id=None
        ).values_list("id", "subject_id", "right", "status", "reason", "valid_until", "site_id", "params")
    }
    closing: list[int] = []
    opening: list[tuple[Any, ...]] = []
    lasting: defaultdict[datetime | None, list[int]] = defaultdict(list)
    counted: Counter[str] = Counter()
    for subject, (site, verdicts) in judged.items():
        for verdict in verdicts:
            old = open_rows.pop((subject, verdict.right), None)
            if old is not None and (*old[3:5], old[6], _lasting_part(old[7])) == (
                str(verdict.status), verdict.reason, site, _lasting_part(verdict.params),
            ):  # fmt: skip
                if old[5] != verdict.valid_until:
                    lasting[verdict.valid_until].append(old[0])
                continue
            if old is not None:
                closing.append(old[0])
            opening.append(_period(subject_type, subject, site, verdict, now))
            counted[verdict.status] += 1
    closing.extend(row[0] for row in open_rows.values())
    for some in bulk.chunks(closing):
        Authorization.objects.filter(pk__in=some).update(valid_to=now)
    # Seen again unchanged: the same period, which now holds longer. That is no difference to keep.
    for until, rows in lasting.items():
        for some in bulk.chunks(rows):
            Authorization.objects.filter(pk__in=some).update(valid_until=until)
    bulk.insert(Authorization, _PERIOD, opening)
    return counted


# Figures that run with the clock and are no difference.
_RUNNING = frozenset({"seconds", "until", "since", "seen"})


def _lasting_part(params: Mapping[str, Any] | None) -> dict[str, Any]:
    return {name: value for name, value in (params or {}).items() if name not in _RUNNING}


_PERIOD = (
    "subject_type", "subject_id", "site_id", "kind", "right", "status", "reason", "params", "evidence", "valid_from",
    "valid_until",
)  # fmt: skip


def _period(subject_type: int, subject: int, site: int, verdict: Verdict, now: datetime) -> tuple[Any, ...]:
    evidence = [
        {"source": item.source, "observed_at": item.observed_at, "what": item.what} for item in verdict.evidence
    ]
    return (
        int(subject_type), subject, site, kind_of(verdict.right), verdict.right, str(verdict.status), verdict.reason,
        verdict.params or None, evidence or None, now, verdict.valid_until,
    )  # fmt: skip


def close_all(subject_type: int, ids: Iterable[int], now: datetime) -> None:
    """Close every open period of subjects that are gone."""
    Authorization.objects.filter(subject_type=subject_type, subject_id__in=list(ids), valid_to=None).update(
        valid_to=now
    )
