"""Writes differences of authorizations as periods: the old one closed, the new one opened, in one transaction.

A pool's members are ranked and compared by the database in one statement; the rule itself stays in
:mod:`licet.authorization.coverage`, which gives the bands that the places fall into.
"""

import json
from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import asdict
from datetime import datetime
from typing import Any

from django.db import connection

from licet.authorization.coverage import Band
from licet.authorization.models import Authorization
from licet.authorization.rights import kind_of
from licet.authorization.status import Verdict

_RANKED = """
SELECT d.id, d.pool_id, d.metric,
       SUM(d.quantity) OVER (
           PARTITION BY d.pool_id, d.metric
           ORDER BY d.unreported, d.first_seen_at, d.serial_number, d.id
           ROWS UNBOUNDED PRECEDING) AS place
FROM authorization_demand d
{only}
"""

# One row per demand with the band it falls into.
_PLACED = f"""
SELECT r.id AS demand_id, b.band
FROM ({_RANKED}) r
JOIN licet_band b ON b.pool_id = r.pool_id AND b.metric = r.metric AND b.after < r.place AND r.place <= b.upto
UNION ALL
SELECT h.demand_id, h.band FROM licet_held h
"""

_CHANGED = """
INSERT INTO licet_change (demand_id, band, old)
SELECT p.demand_id, p.band, a.id
FROM ({placed}) p
JOIN licet_says s ON s.band = p.band
LEFT JOIN authorization_authorization a ON a.demand_id = p.demand_id AND a.valid_to IS NULL
WHERE a.id IS NULL OR a.status <> s.status OR a.reason <> s.reason OR a.valid_until IS DISTINCT FROM s.valid_until
"""

_SAYS = """band integer PRIMARY KEY, kind text, "right" text, status text, reason text, params text, evidence text,
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
    """The temporary tables of one reconciliation: bands of places, what each says, and demands held by an allocation."""

    def __init__(self) -> None:
        self.bands: list[tuple[Any, ...]] = []
        self.says: list[tuple[Any, ...]] = []
        self.held: list[tuple[int, int]] = []
        self._verdicts: list[Verdict] = []

    def verdict(self, band: int) -> Verdict:
        """What a band says, by its number."""
        return self._verdicts[band]

    def add(self, pool: int, metric: str, right: str, found: Sequence[Band], evidence: Mapping[int, Any]) -> None:
        """Add the bands of one pool and metric. ``evidence`` gives for a licence id what a period keeps of it."""
        for band in found:
            number = self._say(right, band, evidence)
            self.bands.append((pool, metric, band.after, band.upto, number))

    def hold(self, demand: int, right: str, band: Band, evidence: Mapping[int, Any]) -> None:
        """Say what an explicitly allocated demand gets, whatever its place."""
        self.held.append((demand, self._say(right, band, evidence)))

    def _say(self, right: str, band: Band, evidence: Mapping[int, Any]) -> int:
        number = len(self.says)
        self._verdicts.append(Verdict(right, band.status, band.reason, band.params, valid_until=band.valid_until))
        until = connection.ops.adapt_datetimefield_value(band.valid_until) if band.valid_until else None
        kept = json.dumps([evidence[licence] for licence in band.licences if licence in evidence])
        self.says.append(
            (number, kind_of(right), right, str(band.status), band.reason, json.dumps(band.params), kept, until)
        )
        return number

    def load(self) -> None:
        """Fill the temporary tables; they end with the connection or the next load."""
        postgresql = connection.vendor == "postgresql"
        stamp = "timestamptz" if postgresql else "datetime"
        with connection.cursor() as cursor:
            for name, columns in (
                ("licet_band", "pool_id bigint, metric text, after bigint, upto bigint, band integer"),
                ("licet_says", _SAYS.format(stamp=stamp)),
                ("licet_held", "demand_id bigint PRIMARY KEY, band integer"),
                ("licet_change", "demand_id bigint, band integer, old bigint"),
            ):
                cursor.execute(f"DROP TABLE IF EXISTS {name}")
                cursor.execute(f"CREATE TEMPORARY TABLE {name} ({columns})")
            _insert(cursor, "licet_band", self.bands, 5)
            _insert(cursor, "licet_says", self.says, 8)
            _insert(cursor, "licet_held", self.held, 2)
            cursor.execute("CREATE INDEX licet_band_place ON licet_band (pool_id, metric, upto)")
            if postgresql:
                for name in ("licet_band", "licet_says", "licet_held"):
                    cursor.execute(f"ANALYZE {name}")

    def placed_sql(self, pools: Sequence[int] | None) -> str:
        """The statement that gives (demand_id, band) for the demands of these pools, or of all."""
        conditions = []
        if pools is not None:
            conditions.append(_in("d.pool_id", pools))
        if self.held:
            conditions.append("d.id NOT IN (SELECT demand_id FROM licet_held)")
        return _PLACED.format(only=f"WHERE {' AND '.join(conditions)}" if conditions else "")


def _in(column: str, ids: Sequence[int]) -> str:
    return f"{column} IN ({', '.join(str(int(pk)) for pk in ids) or 'NULL'})"


def _insert(cursor: Any, table: str, rows: Sequence[tuple[Any, ...]], width: int) -> None:
    if rows:
        cursor.executemany(f"INSERT INTO {table} VALUES ({', '.join(['%s'] * width)})", rows)


def store_ranked(ranking: Ranking, pools: Sequence[int] | None, now: datetime) -> Counter[str]:
    """Compare every demand's band with its open period and write the differences. Returns how many went to each status."""
    ranking.load()
    with connection.cursor() as cursor:
        cursor.execute(_CHANGED.format(placed=ranking.placed_sql(pools)))
        cursor.execute("SELECT s.status, COUNT(*) FROM licet_change c JOIN licet_says s USING (band) GROUP BY s.status")
        counted = Counter(dict(cursor.fetchall()))
        if counted:
            cursor.execute(
                "UPDATE authorization_authorization SET valid_to = %s"
                " WHERE id IN (SELECT old FROM licet_change WHERE old IS NOT NULL)",
                [_at(now)],
            )
            cast = "::jsonb" if connection.vendor == "postgresql" else ""
            cursor.execute(_OPEN.format(json=cast), [_at(now)])
    return counted


def close_without_demand(pools: Sequence[int] | None, now: datetime) -> int:
    """Close the open periods whose demand is gone; returns how many."""
    only = "" if pools is None else f"AND {_in('pool_id', pools)}"
    with connection.cursor() as cursor:
        cursor.execute(
            "UPDATE authorization_authorization SET valid_to = %s WHERE valid_to IS NULL AND demand_id IS NOT NULL "
            f"{only} AND NOT EXISTS (SELECT 1 FROM authorization_demand d WHERE d.id = demand_id)",
            [_at(now)],
        )
        return int(cursor.rowcount)


def _at(instant: datetime) -> Any:
    return connection.ops.adapt_datetimefield_value(instant)


def store_verdicts(
    subject_type: int, judged: Mapping[int, tuple[int, Sequence[Verdict]]], now: datetime
) -> Counter[str]:
    """Write the differences of rights that facts alone decide.

    ``judged`` maps a subject's id to (site, verdicts). A right that is no longer judged is closed.
    """
    ids = list(judged)
    open_rows = {
        (row[1], row[2]): row
        for row in Authorization.objects.filter(
            subject_type=subject_type, subject_id__in=ids, valid_to=None, demand_id=None
        ).values_list("id", "subject_id", "right", "status", "reason", "valid_until", "site_id")
    }
    closing: list[int] = []
    opening: list[Authorization] = []
    counted: Counter[str] = Counter()
    for subject, (site, verdicts) in judged.items():
        for verdict in verdicts:
            old = open_rows.pop((subject, verdict.right), None)
            if old is not None and old[3:] == (verdict.status, verdict.reason, verdict.valid_until, site):
                continue
            if old is not None:
                closing.append(old[0])
            opening.append(_period(subject_type, subject, site, verdict, now))
            counted[verdict.status] += 1
    closing.extend(row[0] for row in open_rows.values())
    for start in range(0, len(closing), 500):
        Authorization.objects.filter(pk__in=closing[start : start + 500]).update(valid_to=now)
    Authorization.objects.bulk_create(opening, batch_size=2000)
    return counted


def _period(subject_type: int, subject: int, site: int, verdict: Verdict, now: datetime) -> Authorization:
    return Authorization(
        subject_type=subject_type,
        subject_id=subject,
        site_id=site,
        kind=kind_of(verdict.right),
        right=verdict.right,
        status=str(verdict.status),
        reason=verdict.reason,
        params=verdict.params or None,
        evidence=[asdict(item) for item in verdict.evidence] or None,
        valid_from=now,
        valid_until=verdict.valid_until,
    )


def close_all(subject_type: int, ids: Iterable[int], now: datetime) -> None:
    """Close every open period of subjects that are gone."""
    Authorization.objects.filter(subject_type=subject_type, subject_id__in=list(ids), valid_to=None).update(
        valid_to=now
    )
