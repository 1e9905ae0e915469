"""An estate of the version before goes through the migrations with its rows as they were."""

import os
import subprocess
import sys
from datetime import UTC, datetime
from pathlib import Path

from django.db import connection
from django.db.migrations.executor import MigrationExecutor

ROOT = Path(__file__).resolve().parents[2]
NOW = datetime(2026, 11, 26, 12, 0, tzinfo=UTC)


def go_through():
    executor = MigrationExecutor(connection)
    executor.migrate([("estate", "0001_initial")])
    old = executor.loader.project_state([("estate", "0001_initial")]).apps
    site = old.get_model("sites", "Site").objects.create(name="Lager", path="/1/", full_name="Lager")
    device = old.get_model("estate", "Device").objects.create(site=site, serial_number="S1", first_seen_at=NOW)
    server = old.get_model("estate", "Installation").objects.create(
        site=site, name="HCP", product="p", first_seen_at=NOW
    )
    old.get_model("estate", "Member").objects.create(
        installation=server, device=device, metrics=["camera"], since=NOW, source="stated"
    )
    account = old.get_model("estate", "CloudAccount").objects.create(site=site, name="a", first_seen_at=NOW)
    old.get_model("estate", "CloudListing").objects.create(
        account=account, short_serial="D1", observed_at=NOW, source="csv"
    )
    if connection.vendor == "postgresql":  # what waits for the end of the test's transaction would hold the tables
        with connection.cursor() as cursor:
            cursor.execute("SET CONSTRAINTS ALL IMMEDIATE")
    later = MigrationExecutor(connection)
    later.migrate(later.loader.graph.leaf_nodes())
    from licet.estate.models import CloudListing, Installation, Member

    member, listing, server = Member.objects.get(), CloudListing.objects.get(), Installation.objects.get()
    assert (member.metrics, member.counts, member.source) == (["camera"], {}, "stated")
    assert (listing.short_serial, listing.shared, listing.model) == ("D1", None, "")
    assert (server.name, server.host_changed, server.run, server.listed_at) == ("HCP", [], 0, None)


def test_rows_of_the_version_before_stay_as_they_are(request, tmp_path):
    if connection.vendor == "postgresql":
        request.getfixturevalue("db")
        go_through()
        return
    # SQLite builds tables anew only outside of a transaction.
    program = (
        "import django; django.setup()\n"
        "from tests.estate.test_migration import go_through; go_through(); print('went through')"
    )
    environment = os.environ | {"LICET_DATA": str(tmp_path), "DJANGO_SETTINGS_MODULE": "licet.settings.embedded"}
    answer = subprocess.run(
        [sys.executable, "-c", program],
        cwd=ROOT,
        env=environment | {"PYTHONPATH": f"{ROOT / 'src'}{os.pathsep}{ROOT}"},
        capture_output=True,
        text=True,
        check=False,
        timeout=300,
    )
    assert answer.stdout == "went through\n", answer.stderr
