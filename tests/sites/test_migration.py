"""People and roles of the version before go through the migration as they were."""

import os
import subprocess
import sys
from pathlib import Path

from django.db import connection
from django.db.migrations.executor import MigrationExecutor

ROOT = Path(__file__).resolve().parents[2]
BEFORE = [("sites", "0001_initial")]


def go_through():
    executor = MigrationExecutor(connection)
    executor.migrate(BEFORE)
    old = executor.loader.project_state(BEFORE).apps
    person = old.get_model("sites", "Person").objects.create(username="old", password="x")
    site = old.get_model("sites", "Site").objects.create(name="Lager", path="/1/", full_name="Lager")
    for role, at in (("technician", site), ("administrator", None)):
        old.get_model("sites", "Membership").objects.create(person=person, site=at, role=role)
    if connection.vendor == "postgresql":  # what waits for the end of the test's transaction would hold the tables
        with connection.cursor() as cursor:
            cursor.execute("SET CONSTRAINTS ALL IMMEDIATE")
    later = MigrationExecutor(connection)
    later.migrate(later.loader.graph.leaf_nodes())
    from licet.sites.models import Person

    row = Person.objects.get(username="old")
    assert sorted(row.memberships.values_list("role", "site__name")) == [
        ("administrator", None),
        ("technician", "Lager"),
    ]
    assert row.actor().may("administer", "/1/")
    assert "django_session" not in connection.introspection.table_names()


def test_people_and_roles_stay_as_they_are_and_old_sessions_go(request, tmp_path):
    if connection.vendor == "postgresql":
        request.getfixturevalue("db")
        go_through()
        return
    # SQLite builds tables anew only outside of a transaction.
    program = (
        "import django; django.setup()\n"
        "from tests.sites.test_migration import go_through; go_through(); print('went through')"
    )
    environment = os.environ | {"LICET_DATA": str(tmp_path), "DJANGO_SETTINGS_MODULE": "licet.settings.embedded"}
    answer = subprocess.run(
        [sys.executable, "-c", program],
        cwd=ROOT, env=environment | {"PYTHONPATH": f"{ROOT / 'src'}{os.pathsep}{ROOT}"},
        capture_output=True, text=True, check=False, timeout=120,
    )  # fmt: skip
    assert answer.stdout == "went through\n", answer.stderr
