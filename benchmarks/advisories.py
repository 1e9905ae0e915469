"""Matching 1,000,000 devices against the shipped advisories beside the plain SQL of the same join, in the same run and process."""

import time
from datetime import UTC, datetime, timedelta

from benchmarks.database import fill, open_database

DEVICES = 1_000_000
# Model, version, build and share of the estate in hundredths; half of the devices have something to be told of.
RELEASES = (
    ("DS-2CD2532F-IWS", "5.2.5", "2014-12-01", 5),
    ("DS-2CD2386G2-IU", "5.7.15", "2024-02-01", 15),
    ("DS-7732NI-M4", "5.03.020", "2024-09-04", 10),
    ("DS-K1T341BMF", "3.2.30", "2022-12-23", 10),
    ("DS-2CD1143G2-LIU", "5.7.13", "2023-08-22", 10),
    ("DS-2CD2146G2-ISU", "5.7.17", "2024-06-06", 50),
)
PLAIN = """
CREATE TABLE bench_exposure AS
SELECT 1 AS subject_type, d.id AS subject_id, d.site_id, j.advisory, j.answer, j.reason, j.fixed
FROM estate_device d JOIN licet_release r ON r.model = d.model AND r.version = d.firmware_version AND r.build = d.firmware_build
JOIN licet_judged j ON j.release = r.n
"""


def run() -> None:
    open_database()
    fill(DEVICES, 1000, 1000, 100)
    from django.db import connection, transaction

    from licet.advisories.matching import match_all
    from licet.advisories.models import Exposure
    from licet.advisories.update import load_shipped

    with transaction.atomic(), connection.cursor() as cursor:
        first = 0
        for model, version, build, share in RELEASES:
            cursor.execute(
                "UPDATE estate_device SET model = %s, firmware_version = %s, firmware_build = %s,"
                " kind = CASE WHEN %s LIKE 'DS-7%%' THEN 'recorder' WHEN %s LIKE 'DS-K%%' THEN 'access' ELSE 'camera' END"
                " WHERE id %% 100 >= %s AND id %% 100 < %s",
                [model, version, build, model, model, first, first + share],
            )
            first += share
    now = datetime.now(UTC)
    # The advisories come in over an estate without devices in use, so that the matching below is all there is to time.
    with connection.cursor() as cursor:
        cursor.execute("UPDATE estate_device SET retired_at = '2026-01-01'")
        load_shipped(now)
        cursor.execute("UPDATE estate_device SET retired_at = NULL")
    print(f"advisories: {DEVICES:,} devices in {len(RELEASES)} releases, 48 advisories; seconds")
    started = time.perf_counter()
    done = match_all(now)
    full = time.perf_counter() - started
    with connection.cursor() as cursor:
        started = time.perf_counter()
        with transaction.atomic():
            cursor.execute(PLAIN)
        bare = time.perf_counter() - started
        cursor.execute("SELECT COUNT(*) FROM bench_exposure")
        (same,) = cursor.fetchone()
    assert same == done.began == Exposure.objects.filter(ended_at=None).count()
    started = time.perf_counter()
    again = match_all(now + timedelta(hours=1))
    unchanged = time.perf_counter() - started
    assert (again.began, again.ended) == (0, 0)
    print(
        f"  first matching {full:.1f} for {done.began:,} periods; the bare join into a table without index {bare:.1f}: ratio {full / bare:.1f};"
        f" again, nothing changed {unchanged:.1f}"
    )
