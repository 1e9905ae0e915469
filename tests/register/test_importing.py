"""Imports into a real database: the same file twice changes nothing, and a dry run writes nothing."""

import json

import pytest
from tests import factories as make
from tests.conftest import NOW, SHARED

from licet.authorization import reconcile
from licet.authorization.models import Position
from licet.estate.models import Device
from licet.ledger.models import Entry
from licet.register.catalogue import load_catalogue
from licet.register.exporting import HEADINGS, rows
from licet.register.importing import import_file
from licet.register.intake import Context, read
from licet.register.intake.records import identity_code
from licet.register.models import Allocation, Grant, KeyMark, Licence, Order
from licet.sites.models import Site
from licet.sites.scope import SYSTEM

pytestmark = pytest.mark.django_db

REGISTER = (
    b"Product,SKU,Quantity,Order,Purchased,Starts,Expires,Activated,Site,Pool,Price,Currency,Note\n"
    b"HikCentral Professional,HikCentral-P-VSS-Base/0Ch,1,PO-1,2026-02-02,2026-02-02,,2026-02-09,Berlin,HCP,45.00,EUR,\n"
    b"HikCentral Professional,HikCentral-P-VSS-1Ch,8,PO-1,2026-02-02,2026-02-02,,2026-02-09,Berlin,HCP,336.00,EUR,\n"
)


@pytest.fixture
def root():
    load_catalogue()
    return make.site("Group")


def files():
    return sorted(json.loads((SHARED / "imports/expected.json").read_text())["files"]) if SHARED.is_dir() else []


def put(data, name, site, **options):
    return import_file(SYSTEM, data, name, site=site, now=NOW, **options)


def test_a_register_becomes_licences_in_their_pool(root):
    berlin = make.site("Berlin", root)
    report = put(REGISTER, "register.csv", root)
    assert (report.created, report.rejected, report.asked) == (2, [], [])
    assert {row.site for row in Licence.objects.all()} == {berlin}
    assert sorted(Grant.objects.values_list("metric", "quantity")) == [("camera", 0), ("camera", 8)]
    assert Order.objects.get().number == "PO-1"
    reconcile.changed(NOW, pools=report.pools)
    position = Position.objects.get(metric="camera")
    assert (position.purchased, position.activated, position.free) == (8, 8, 8)


def test_the_same_file_twice_changes_nothing(root):
    put(REGISTER, "register.csv", root)
    entries = Entry.objects.count()
    again = put(REGISTER, "register.csv", root)
    assert (again.created, again.updated, again.unchanged) == (0, 0, 2)
    assert Entry.objects.count() == entries


def test_a_dry_run_says_the_same_and_writes_nothing(root):
    dry = put(REGISTER, "register.csv", root, dry_run=True)
    assert not Licence.objects.exists()
    assert Site.objects.count() == 1
    real = put(REGISTER, "register.csv", root)
    assert (dry.created, dry.updated, dry.unchanged) == (real.created, real.updated, real.unchanged)


def test_a_corrected_date_updates_the_licence(root):
    put(REGISTER, "register.csv", root)
    report = put(
        REGISTER.replace(b"8,PO-1,2026-02-02,2026-02-02,,2026-02-09", b"8,PO-1,2026-02-02,2026-02-02,,2026-03-09"),
        "register.csv",
        root,
    )
    assert (report.created, report.updated, report.unchanged) == (0, 1, 1)


def test_an_import_that_was_broken_off_is_completed_by_starting_it_again(root):
    stop = iter([False, True])
    rows = "".join(f"HikCentral-P-VSS-1Ch,1,PO-{n}\n" for n in range(1500))
    data = ("Product,Quantity,Order\n" + rows).encode()
    first = put(data, "big.csv", root, cancelled=lambda: next(stop))
    assert first.cancelled
    assert Licence.objects.count() == 1000
    second = put(data, "big.csv", root)
    assert (second.created, second.unchanged) == (500, 1000)
    assert Licence.objects.count() == 1500


@pytest.mark.parametrize("dry_run", [True, False])
def test_the_report_says_which_sites_an_import_adds(root, dry_run):
    report = import_file(SYSTEM, REGISTER, "register.csv", site=root, now=NOW, dry_run=dry_run)
    assert "sites that were not there are added: Group / Berlin" in report.decisions
    again = import_file(SYSTEM, REGISTER, "register.csv", site=root, now=NOW)
    assert any("are added" in said for said in again.decisions) is dry_run


def test_a_person_without_the_right_is_refused(root):
    from licet.sites.record import NotPossible

    viewer = make.person("bob", "viewer", root).actor()
    with pytest.raises(NotPossible):
        import_file(viewer, REGISTER, "register.csv", site=root)


def test_a_site_outside_the_scope_is_no_such_site(root):
    manager = make.person("anna", "licence_manager", root).actor()
    report = import_file(manager, REGISTER, "register.csv", site=root, now=NOW)
    assert report.created == 0
    assert [item.reason for item in report.rejected] == [
        "no such site: Berlin (sites are added by an import of somebody who administers Group)"
    ] * 2


@pytest.mark.parametrize("name", files())
def test_each_shared_file_gives_what_its_page_says(name, root, shared):
    expected = json.loads((shared / "imports/expected.json").read_text())["files"][name]
    data = (shared / "imports" / name).read_bytes()
    report = put(data, name, root, as_=expected["as"])
    created = expected["created"]
    if expected["as"] == "licences":
        assert Licence.objects.count() == created["licences"]
        assert KeyMark.objects.count() == created["keys"]
        assert Allocation.objects.count() == created["allocations"]
    else:
        assert Device.objects.count() == created["devices"]
    assert {item.row for item in report.asked} == {item["line"] for item in expected["asked"]}
    assert {item.row for item in report.rejected} == {item["line"] for item in expected["rejected"]}
    again = put(data, name, root, as_=expected["as"])
    assert (again.created, again.updated) == (0, 0)


def test_no_secret_of_any_shared_file_is_in_the_database(root, shared):
    from django.db import connection

    texts = []
    for name in files():
        expected = json.loads((shared / "imports/expected.json").read_text())["files"][name]
        put((shared / "imports" / name).read_bytes(), name, root, as_=expected["as"])
    with connection.cursor() as cursor:
        for table in connection.introspection.table_names(cursor):
            cursor.execute(f'SELECT * FROM "{table}"')
            texts.append(repr(cursor.fetchall()))
    everything = "\n".join(texts)
    for secret in ("Ex,ample;Pass", "LICT-"):
        assert secret not in everything


def test_devices_of_two_files_meet_by_their_serial_number(root, shared):
    first = put((shared / "imports/sadp-tool-export.csv").read_bytes(), "sadp-tool-export.csv", root)
    second = put((shared / "imports/sadp-tool-export.xlsx").read_bytes(), "sadp-tool-export.xlsx", root)
    assert first.created == 7
    assert second.created == 0
    assert Device.objects.count() == 7


LINE = b"Product,Quantity,Order,Expiry\nHikCentral-P-VSS-1Ch,5,PO-1,2027-01-01\n"


def test_the_same_line_of_two_customers_is_two_licences_and_neither_changes_the_other(root):
    other = make.site("Other customer")
    put(LINE, "a.csv", root)
    assert put(LINE, "a.csv", other).created == 1
    assert put(LINE, "a.csv", other).unchanged == 1
    put(LINE.replace(b"2027-01-01", b"2028-01-01"), "a.csv", other)
    ends = dict(Licence.objects.values_list("site", "expires_on"))
    assert (ends[root.pk].year, ends[other.pk].year) == (2027, 2028)


def test_a_line_known_before_identities_had_a_tree_is_still_known(root):
    put(LINE, "a.csv", root)
    (record,) = read(LINE, "a.csv", "licences", Context(NOW.date(), str.casefold)).records
    Licence.objects.update(identity=identity_code(record.identity))
    assert put(LINE, "a.csv", root).unchanged == 1
    assert put(LINE, "a.csv", make.site("Other customer")).created == 1


def test_an_export_of_one_customer_read_for_another_makes_new_licences(root):
    put(LINE, "a.csv", root)
    text = "\ufeff" + "\r\n".join(
        ",".join(f'"{cell if cell is not None else ""}"' for cell in row) for row in [HEADINGS, *rows(SYSTEM, root)]
    )
    other = make.site("Other customer")
    text = text.replace(root.full_name, other.full_name)
    assert put(text.encode(), "export.csv", root.__class__.objects.get(pk=other.pk)).created == 1
    assert Licence.objects.count() == 2


def test_a_serial_number_of_another_site_is_one_rejected_line(root):
    other = make.site("Elsewhere")
    make.device(other, serial_number="DS-2CD2146G2-ISU20230415AAWRJ00000001")
    gone = make.device(root, serial_number="DS-2CD2146G2-ISU20230415AAWRJ00000002", retired_at=NOW)
    actor = make.person("tina", "technician", root).actor()
    data = "Serial Number,Name\n" + "".join(f"DS-2CD2146G2-ISU20230415AAWRJ0000000{n},C{n}\n" for n in (1, 2, 3))
    for dry_run in (True, False):
        report = import_file(actor, data.encode(), "l.csv", site=root, as_="devices", now=NOW, dry_run=dry_run)
        assert report.created == 1
        assert [item.row for item in report.rejected] == [2, 3]
        assert "kept at another site" in report.rejected[0].reason
        assert "taken out of use" in report.rejected[1].reason
    assert Device.objects.filter(site=root).exclude(pk=gone.pk).get().name == "C3"
