"""Which devices and installations the advisories are about, as set work: what is judged is each distinct model and version once.

A million devices have some hundred distinct (kind, model, version, build); these are judged against every advisory, and the database joins the
judgements to the devices. Only differences are written: a period ends, another begins.
"""

from collections import Counter
from collections.abc import Collection, Iterable, Iterator
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any

from django.db import connection, transaction

from licet.advisories import standing
from licet.advisories.entry import Entry, from_plain
from licet.advisories.judging import TO_ACT, Judgement, Release, judge
from licet.advisories.models import Advisory
from licet.estate.models import Device, Installation, Subject

_AT_ONCE = 5000
_MANY = 20_000  # from here on one matching of all costs less than many of some


@dataclass(frozen=True, slots=True)
class Matched:
    """What a matching did: the open periods by answer, and how many began and ended."""

    devices: int
    releases: int
    began: int
    ended: int
    answers: dict[str, int]


# The statements hold only fixed words. %(only)s narrows to some subjects, or is empty.
_RELEASES = """kind {text}, model {text}, version {text}, build {date}, product {text}, n integer PRIMARY KEY"""
_JUDGED = """release integer, advisory bigint, answer text, reason text, row integer, fixed text, PRIMARY KEY (release, advisory)"""
_SAYS = "subject_type integer, subject_id bigint, site bigint, release integer"

_DEVICES = """
INSERT INTO licet_subject (subject_type, subject_id, site, release)
SELECT 1, d.id, d.site_id, r.n FROM estate_device d
JOIN licet_release r ON r.product = '' AND r.model = d.model AND r.version = d.firmware_version AND r.kind = d.kind
     AND (r.build = d.firmware_build OR (r.build IS NULL AND d.firmware_build IS NULL))
WHERE d.retired_at IS NULL {only}
"""
_ENDED = """
UPDATE advisories_exposure SET ended_at = %s
WHERE ended_at IS NULL {only} AND NOT EXISTS (
    SELECT 1 FROM licet_subject s JOIN licet_judged j ON j.release = s.release
    WHERE s.subject_type = advisories_exposure.subject_type AND s.subject_id = advisories_exposure.subject_id
      AND j.advisory = advisories_exposure.advisory_id AND j.answer = advisories_exposure.answer
      AND j.reason = advisories_exposure.reason AND j.fixed = advisories_exposure.fixed
      AND COALESCE(j.row, -1) = COALESCE(advisories_exposure."row", -1) AND s.site = advisories_exposure.site_id)
"""
_BEGAN = """
INSERT INTO advisories_exposure
    (subject_type, subject_id, site_id, advisory_id, answer, reason, "row", fixed, version, statement_id, began_at, ended_at)
SELECT s.subject_type, s.subject_id, s.site, j.advisory, j.answer, j.reason, j.row, j.fixed, r.text, NULL, %s, NULL
FROM licet_subject s JOIN licet_judged j ON j.release = s.release JOIN licet_text r ON r.n = s.release
WHERE NOT EXISTS (
    SELECT 1 FROM advisories_exposure e
    WHERE e.ended_at IS NULL AND e.advisory_id = j.advisory AND e.subject_type = s.subject_type AND e.subject_id = s.subject_id)
"""


def match_all(now: datetime) -> Matched:
    """Match every device and installation against every advisory."""
    return _match(now, None)


def match_devices(now: datetime, devices: Collection[int]) -> Matched:
    """Match these devices anew, for example after a sweep; the others stay as they are."""
    ids = sorted(set(devices))
    if len(ids) > _MANY:
        return match_all(now)
    found = Matched(0, 0, 0, 0, {})
    for start in range(0, len(ids), _AT_ONCE):
        found = _match(now, ids[start : start + _AT_ONCE])
    return found


@transaction.atomic
def _match(now: datetime, ids: list[int] | None) -> Matched:
    entries = {row.pk: from_plain(row.plain) for row in Advisory.objects.only("id", "plain")}
    releases = [*_device_releases(ids)]
    software = list(_installations()) if ids is None else []
    judged = _judgements([*releases, *(release for release, *_rest in software)], entries)
    with connection.cursor() as cursor:
        _tables(cursor, releases, judged)
        only = f"AND d.id IN ({','.join(map(str, ids))})" if ids is not None else ""
        cursor.execute(_DEVICES.format(only=only))
        devices = cursor.rowcount
        rows = [
            (int(Subject.INSTALLATION), pk, site, len(releases) + number)
            for number, (_release, pk, site) in enumerate(software)
        ]
        _insert(cursor, "licet_subject", 4, rows)
        texts = [(number, release.version[:80] + (f" build {release.build:%y%m%d}" if release.build else "")) for number, release in enumerate([*releases, *(one[0] for one in software)])]  # fmt: skip
        _insert(cursor, "licet_text", 2, texts)
        if ids is None and connection.vendor == "postgresql":
            cursor.execute("ANALYZE licet_subject")
        held = f"AND subject_type = 1 AND subject_id IN ({','.join(map(str, ids))})" if ids is not None else ""
        instant = connection.ops.adapt_datetimefield_value(now)
        cursor.execute(_ENDED.format(only=held), [instant])
        ended = cursor.rowcount
        cursor.execute(_BEGAN, [instant])
        began = cursor.rowcount
        answers = _answers(cursor)
    if began or ended:
        standing.apply_statements(now, everything=True)
    standing.tick_off(now)
    return Matched(devices, len(releases) + len(software), began, ended, answers)


def _answers(cursor: Any) -> dict[str, int]:
    cursor.execute("SELECT answer, COUNT(*) FROM advisories_exposure WHERE ended_at IS NULL GROUP BY answer")
    return dict(cursor.fetchall())


def _device_releases(ids: list[int] | None) -> Iterator[Release]:
    """The distinct (kind, model, version, build) of the devices in use."""
    rows = Device.objects.filter(retired_at=None)
    if ids is not None:
        rows = rows.filter(pk__in=ids)
    found = rows.order_by().values_list("kind", "model", "firmware_version", "firmware_build").distinct()
    for kind, model, version, build in found.iterator(chunk_size=_AT_ONCE):
        yield Release(kind, model, version, build)


def _installations() -> Iterator[tuple[Release, int, int]]:
    """The software in use as releases, each with its id and site; they are few."""
    rows = Installation.objects.filter(retired_at=None).values_list("product", "version", "id", "site_id")
    for product, version, pk, site in rows:
        yield Release("software", "", version, None, product), pk, site


def _judgements(releases: list[Release], entries: dict[int, Entry]) -> Iterator[tuple[int, int, Judgement]]:
    """(number of the release, id of the advisory, judgement) for all that somebody has to act on.

    A device without a model gives none: it is counted as one that cannot be matched, not once for every advisory.
    """
    for number, release in enumerate(releases):
        if not release.model and not release.product:
            continue
        for pk, entry in entries.items():
            found = judge(release, entry)
            if found.answer in TO_ACT:
                yield number, pk, found


def _tables(cursor: Any, releases: list[Release], judged: Iterable[tuple[int, int, Judgement]]) -> None:
    kinds = {"text": "text", "date": "date"}
    for name, columns in (
        ("licet_release", _RELEASES.format(**kinds)),
        ("licet_judged", _JUDGED),
        ("licet_subject", _SAYS),
        ("licet_text", "n integer PRIMARY KEY, text text"),
    ):
        cursor.execute(f"DROP TABLE IF EXISTS {name}")
        cursor.execute(f"CREATE TEMPORARY TABLE {name} ({columns})")
    cursor.execute("CREATE INDEX licet_subject_key ON licet_subject (subject_type, subject_id)")
    _insert(
        cursor, "licet_release", 6,
        [(one.kind, one.model, one.version, _day(one.build), one.product, number) for number, one in enumerate(releases)],
    )  # fmt: skip
    cursor.execute("CREATE INDEX licet_release_key ON licet_release (model, version)")
    rows: list[tuple[Any, ...]] = []
    for number, pk, found in judged:
        rows.append((number, pk, str(found.answer), found.reason, found.row, found.fixed[:120]))
        if len(rows) >= _AT_ONCE:
            _insert(cursor, "licet_judged", 6, rows)
            rows = []
    _insert(cursor, "licet_judged", 6, rows)


def _day(value: date | None) -> Any:
    return connection.ops.adapt_datefield_value(value) if value else None


def _insert(cursor: Any, table: str, width: int, rows: list[tuple[Any, ...]]) -> None:
    if rows:
        marks = ", ".join(["%s"] * width)
        cursor.executemany(f"INSERT INTO {table} VALUES ({marks})", rows)  # noqa: S608 - only fixed words are put in


def counted(release: Release, entries: Iterable[Entry]) -> Counter[str]:
    """How many of the advisories give each answer for one release, ``no_rule`` with them."""
    return Counter(str(judge(release, entry).answer) for entry in entries)
