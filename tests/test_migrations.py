"""A database of the first version goes through every migration with its rows, and ends as one that was made at once."""

import json
import os
import re
import subprocess
import sys
from datetime import UTC, datetime
from pathlib import Path

import pytest
from django.core.management import call_command
from django.db import DatabaseError, connection, transaction
from django.db.migrations.executor import MigrationExecutor

from licet.sites.first_schema import is_empty

ROOT = Path(__file__).resolve().parents[1]
NOW = datetime(2026, 11, 26, 12, 0, tzinfo=UTC)
FIRST = [
    ("sites", "0001_initial"),
    ("vault", "0001_initial"),
    ("estate", "0001_initial"),
    ("register", "0001_initial"),
    ("authorization", "0001_initial"),
    ("ledger", "0002_append_only"),
]
# What the rows of before fill; every other table must be as full as in a database made at once.
FILLED = {"sites_site", "sites_person", "sites_membership", "estate_device", "estate_installation", "estate_member",
          "estate_cloudaccount", "estate_cloudlisting", "register_order", "register_product", "register_licence",
          "register_keymark", "ledger_entry", "ledger_name", "django_migrations"}  # fmt: skip
ENTRY = ("seq", "at", "actor", "action", "object_type", "object_id", "site", "reason", "before", "after", "previous")


def test_rows_of_the_first_version_stay_and_the_schema_is_the_one_made_at_once(db, tmp_path):
    if connection.vendor == "postgresql":
        at_once = shape(), sizes()
        with connection.cursor() as cursor:
            cursor.execute("CREATE SCHEMA walked")
            cursor.execute("SET LOCAL search_path TO walked")
        go_through()
        compare(at_once, (shape(), sizes()))
        return
    # SQLite builds tables anew only outside of a transaction.
    program = "import django; django.setup()\nfrom tests.test_migrations import twice; twice(); print('went through')"
    environment = os.environ | {"LICET_DATA": str(tmp_path), "DJANGO_SETTINGS_MODULE": "licet.settings.embedded"}
    answer = subprocess.run(
        [sys.executable, "-c", program],
        cwd=ROOT, env=environment | {"PYTHONPATH": f"{ROOT / 'src'}{os.pathsep}{ROOT}"},
        capture_output=True, text=True, check=False, timeout=300,
    )  # fmt: skip
    assert answer.stdout == "went through\n", answer.stderr


def twice():
    call_command("migrate", verbosity=0)
    at_once = shape(), sizes()
    connection.close()
    for file in Path(os.environ["LICET_DATA"]).glob("licet.sqlite3*"):
        file.unlink()
    assert is_empty(connection)
    go_through()
    compare(at_once, (shape(), sizes()))


def go_through():
    MigrationExecutor(connection).migrate(FIRST)
    old = MigrationExecutor(connection).loader.project_state(FIRST).apps
    put_rows(old.get_model)
    put_entries()
    if connection.vendor == "postgresql":  # what waits for the end of the test's transaction would hold the tables
        with connection.cursor() as cursor:
            cursor.execute("SET CONSTRAINTS ALL IMMEDIATE")
    call_command("migrate", verbosity=0)
    read_rows()
    read_entries()


def put_rows(of):
    site = of("sites", "Site").objects.create(name="Lager", path="/1/", full_name="Lager")
    person = of("sites", "Person").objects.create(username="old", password="x")
    for role, at in (("technician", site), ("administrator", None)):
        of("sites", "Membership").objects.create(person=person, site=at, role=role)
    device = of("estate", "Device").objects.create(site=site, serial_number="S1", first_seen_at=NOW)
    server = of("estate", "Installation").objects.create(site=site, name="HCP", product="p", first_seen_at=NOW)
    of("estate", "Member").objects.create(
        installation=server, device=device, metrics=["camera"], since=NOW, source="stated"
    )
    account = of("estate", "CloudAccount").objects.create(site=site, name="a", first_seen_at=NOW)
    of("estate", "CloudListing").objects.create(account=account, short_serial="D1", observed_at=NOW, source="csv")
    order = of("register", "Order").objects.create(site=site, number="PO-1", vendor="Example Ltd")
    product = of("register", "Product").objects.create(code="p", vendor="v", name="n")
    licence = of("register", "Licence").objects.create(
        site=site, title="64 camera", units=64, order=order, product=product, note="kept", assignee="Tor"
    )
    of("register", "KeyMark").objects.create(licence_id=licence.pk, fingerprint="ab" * 32)


def read_rows():
    from licet.estate.models import CloudListing, Installation, Member
    from licet.register.models import Licence
    from licet.sites.models import Person

    person = Person.objects.get(username="old")
    assert sorted(person.memberships.values_list("role", "site__name")) == [
        ("administrator", None),
        ("technician", "Lager"),
    ]
    assert person.actor().may("administer", "/1/")
    member, listing, server = Member.objects.get(), CloudListing.objects.get(), Installation.objects.get()
    assert (member.metrics, member.counts, member.source) == (["camera"], {}, "stated")
    assert (listing.short_serial, listing.shared, listing.model) == ("D1", None, "")
    assert (server.name, server.host_changed, server.run, server.listed_at) == ("HCP", [], 0, None)
    row = Licence.objects.select_related("order", "product").get()
    assert (row.title, row.units, row.note, row.assignee, row.site_wide) == ("64 camera", 64, "kept", "Tor", False)
    assert (row.custom, row.two_people, row.key_marks.count(), row.keys.count()) == ({}, False, 1, 0)
    assert (row.order.number, row.order.reseller, row.order.total) == ("PO-1", "", None)
    assert (row.product.transfer, row.product.documents) == ("unknown", [])


def put_entries():
    from licet.ledger import chain
    from tests.ledger.test_chain import first_version

    first = first_version(1, chain.GENESIS, {"name": "Lager"})
    second = first_version(2, first.digest, None)
    with connection.cursor() as cursor:
        for row in (first, second):
            values = [getattr(row, name) for name in ENTRY] + [row.digest]
            values = [json.dumps(value) if isinstance(value, dict) else value for value in values]
            marks = ", ".join(["%s"] * len(values))
            cursor.execute(f"INSERT INTO ledger_entry ({', '.join(ENTRY)}, digest) VALUES ({marks})", values)


def read_entries():
    from licet.ledger import chain
    from licet.ledger.models import Entry
    from licet.ledger.read import verify
    from licet.ledger.record import append

    assert list(Entry.objects.values_list("seq", "part", "text")) == [(1, "sites", ""), (2, "sites", "")]
    assert verify() == chain.Verdict(2, ok=True)
    with transaction.atomic():
        append(actor="anna", action="sites:site:added", object_type="site", object_id=2)
    assert verify() == chain.Verdict(3, ok=True)
    for statement in ("UPDATE ledger_entry SET part = 'x'", "DELETE FROM ledger_entry"):
        with pytest.raises(DatabaseError, match="append-only"), transaction.atomic(), connection.cursor() as cursor:
            cursor.execute(statement)


def compare(at_once, walked):
    (shape_at_once, sizes_at_once), (shape_walked, sizes_walked) = at_once, walked
    # Django's own table of groups numbers its rows in 32 bits in a migration and in 64 from the model; Licet has no groups.
    assert {row for row in shape_at_once ^ shape_walked if "auth_group_permissions" not in str(row)} == set()
    assert len(shape_walked) > 1000
    for table in sizes_walked.keys() - FILLED:
        if table.startswith("search_words"):
            continue
        assert sizes_walked[table] == sizes_at_once[table], table
    assert sizes_walked["django_migrations"] == sizes_at_once["django_migrations"]
    assert sizes_walked["alerts_alertrule"] > 0


def sizes():
    found = {}
    with connection.cursor() as cursor:
        for name in connection.introspection.table_names():
            cursor.execute(f'SELECT count(*) FROM "{name}"')
            found[name] = cursor.fetchone()[0]
    return found


def shape():
    """Each column, index, constraint and trigger as a row; the order of columns says nothing."""
    statements = POSTGRESQL_SHAPE if connection.vendor == "postgresql" else SQLITE_SHAPE
    rows = set()
    with connection.cursor() as cursor:
        for statement in statements:
            cursor.execute(statement)
            rows |= {tuple(plain(value) for value in row) for row in cursor.fetchall()}
    return rows


def plain(value):
    return re.sub(r'\b(?:walked|public)\.|"|\s+', " ", value).strip() if isinstance(value, str) else value


SQLITE_SHAPE = (
    """SELECT m.name, c.name, c.type, c."notnull", c.dflt_value, c.pk FROM sqlite_master m, pragma_table_info(m.name) c
       WHERE m.type = 'table'""",
    "SELECT type, name, tbl_name, sql FROM sqlite_master WHERE type IN ('index', 'trigger') AND sql IS NOT NULL",
    """SELECT m.name, f."from", f."table", f."to", f.on_delete FROM sqlite_master m, pragma_foreign_key_list(m.name) f
       WHERE m.type = 'table'""",
    """SELECT m.name, i."unique", i.origin, group_concat(c.name) FROM sqlite_master m, pragma_index_list(m.name) i,
       pragma_index_info(i.name) c WHERE m.type = 'table' AND i.origin <> 'c' GROUP BY m.name, i.name""",
)
POSTGRESQL_SHAPE = (
    """SELECT table_name, column_name, data_type, character_maximum_length, is_nullable, column_default, is_identity
       FROM information_schema.columns WHERE table_schema = current_schema()""",
    "SELECT tablename, indexname, indexdef FROM pg_indexes WHERE schemaname = current_schema()",
    """SELECT conrelid::regclass::text, conname, pg_get_constraintdef(oid) FROM pg_constraint
       WHERE connamespace = current_schema()::regnamespace""",
    """SELECT tgrelid::regclass::text, tgname, pg_get_triggerdef(oid) FROM pg_trigger
       WHERE NOT tgisinternal AND pg_table_is_visible(tgrelid)""",
)
