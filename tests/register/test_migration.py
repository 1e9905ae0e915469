"""A register of the version before goes through the migrations with its rows as they were."""

import os
import subprocess
import sys
from pathlib import Path

from django.db import connection
from django.db.migrations.executor import MigrationExecutor

ROOT = Path(__file__).resolve().parents[2]


def go_through():
    executor = MigrationExecutor(connection)
    executor.migrate([("register", "0003_keys_in_the_vault")])
    old = executor.loader.project_state([("register", "0003_keys_in_the_vault")]).apps
    site = old.get_model("sites", "Site").objects.create(name="Lager", path="/1/", full_name="Lager")
    order = old.get_model("register", "Order").objects.create(site=site, number="PO-1", vendor="Example Ltd")
    product = old.get_model("register", "Product").objects.create(code="p", vendor="v", name="n")
    old.get_model("register", "Licence").objects.create(
        site=site, title="64 camera", units=64, order=order, product=product, note="kept", assignee="Tor"
    )
    if connection.vendor == "postgresql":  # what waits for the end of the test's transaction would hold the tables
        with connection.cursor() as cursor:
            cursor.execute("SET CONSTRAINTS ALL IMMEDIATE")
    later = MigrationExecutor(connection)
    later.migrate(later.loader.graph.leaf_nodes())
    from licet.register.models import Licence

    row = Licence.objects.select_related("order", "product").get(title="64 camera")
    assert (row.units, row.note, row.assignee, row.site_wide, row.custom) == (64, "kept", "Tor", False, {})
    assert (row.order.number, row.order.reseller, row.order.total) == ("PO-1", "", None)
    assert (row.product.transfer, row.product.documents) == ("unknown", [])


def test_rows_of_the_version_before_stay_as_they_are(request, tmp_path):
    if connection.vendor == "postgresql":
        request.getfixturevalue("db")
        go_through()
        return
    # SQLite builds tables anew only outside of a transaction.
    program = (
        "import django; django.setup()\n"
        "from tests.register.test_migration import go_through; go_through(); print('went through')"
    )
    environment = os.environ | {"LICET_DATA": str(tmp_path), "DJANGO_SETTINGS_MODULE": "licet.settings.embedded"}
    answer = subprocess.run(
        [sys.executable, "-c", program],
        cwd=ROOT,
        env=environment | {"PYTHONPATH": f"{ROOT / 'src'}{os.pathsep}{ROOT}"},
        capture_output=True,
        text=True,
        check=False,
        timeout=120,
    )
    assert answer.stdout == "went through\n", answer.stderr
