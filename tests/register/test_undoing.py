"""A whole import is taken back exactly, or refused with the reason."""

import pytest
from django.apps import apps
from tests import factories as make
from tests.conftest import NOW

from licet.authorization import forget, reconcile
from licet.estate.models import Device, Fact
from licet.ledger.models import Entry
from licet.register.catalogue import load_catalogue
from licet.register.importing import import_file
from licet.register.models import Allocation, Grant, Licence, LicenceKey
from licet.register.record import renew
from licet.register.runs import RunFilter, every_run, report_file
from licet.register.undoing import preview, undo
from licet.sites.models import Site
from licet.sites.record import NotPossible
from licet.sites.scope import SYSTEM
from licet.vault.models import Secret

pytestmark = pytest.mark.django_db

REGISTER = (
    "Product,Quantity,Order,Purchased,Expires,Key,Customer,Site,Assigned to,Note\n"
    "HikCentral-P-VSS-1Ch,8,PO-1,2026-02-02,2027-02-01,LICT-UNDO-0001-EX01,Alpha,Berlin,Kim,\n"
    "HikCentral-P-VSS-1Ch,16,PO-2,2026-02-02,2027-02-01,,Alpha,Leeds,,second\n"
    "Health Monitoring Service,25,PO-2,2026-02-02,2026-12-31,,Beta,,,\n"
)
DEVICES = (
    "Device Name,Serial No.,IP Address,Firmware Version\n"
    "Gate,DS-2CD2146G2-ISU20230415AAWRZ00003001,192.0.2.61,V5.7.17build 240606\n"
    "Yard,DS-2CD2146G2-ISU20230415AAWRZ00003002,192.0.2.62,V5.7.15build 240201\n"
)
# What a run leaves behind on purpose: itself, the record, and the vault's own keys.
KEPT = {"register_importrun", "register_importchange", "sqlite_sequence"}


@pytest.fixture
def root():
    load_catalogue()
    return make.site("Group")


def put(text, root, **options):
    return import_file(SYSTEM, text.encode(), "file.csv", site=root, now=NOW, **options)


def state():
    """Every row of every part that an import may touch."""
    found = {}
    for label in ("sites", "estate", "register", "authorization"):
        for model in apps.get_app_config(label).get_models():
            if model._meta.db_table not in KEPT:
                found[model._meta.db_table] = sorted(map(repr, model.objects.values_list()))
    found["secrets"] = Secret.objects.count()
    return found


def judged(report):
    reconcile.changed(NOW, pools=report.pools, devices=report.devices)


def test_what_an_import_made_is_gone_and_everything_is_as_before(root):
    make.site("Berlin", root)
    before = state()
    report = put(REGISTER, root)
    judged(report)
    assert (Licence.objects.count(), Allocation.objects.count(), LicenceKey.objects.count()) == (3, 1, 1)
    found = undo(SYSTEM, report.run)
    judged(found)
    assert found.removed == {"allocation": 1, "licence": 3, "order": 3, "pool": 3, "site": 3}
    assert state() == before
    assert Entry.objects.filter(action="register:file:undone", object_id=str(report.run)).count() == 1


def test_what_an_import_changed_has_its_old_values_again(root):
    put(REGISTER, root)
    before = state()
    changed = REGISTER.replace("2027-02-01,,Alpha,Leeds,,second", "2028-02-01,,Alpha,Leeds,,longer")
    report = put(changed, root)
    assert (report.created, report.updated, report.unchanged) == (0, 1, 2)
    assert preview(SYSTEM, report.run).restored == {"licence": 1}
    undo(SYSTEM, report.run)
    assert state() == before


def test_devices_and_their_facts_go_and_come_back(root):
    before = state()
    first = put(DEVICES, root)
    judged(first)
    with_two = state()
    second = put(DEVICES.replace("240606", "250101").replace(",192.0.2.62", ","), root)
    judged(second)
    assert Fact.objects.count() == 4
    judged(undo(SYSTEM, second.run))
    assert {name: rows for name, rows in state().items() if name.startswith("estate")} == {
        name: rows for name, rows in with_two.items() if name.startswith("estate")
    }
    found = undo(SYSTEM, first.run)
    forget.devices(found.gone_devices)
    assert Device.objects.count() == 0
    assert state() == before


def test_a_second_import_rests_on_the_first(root):
    first = put(REGISTER, root)
    second = put(REGISTER.replace("second", "corrected"), root)
    with pytest.raises(NotPossible, match=r"licence \d+ was changed after the import"):
        undo(SYSTEM, first.run)
    undo(SYSTEM, second.run)
    undo(SYSTEM, first.run)
    assert Licence.objects.count() == 0
    assert Site.objects.count() == 1


def test_a_renewal_rests_on_the_import(root):
    from datetime import date

    report = put(REGISTER, root)
    old = Licence.objects.get(units=16)
    renew(SYSTEM, old, expires_on=date(2028, 2, 1), today=NOW.date())
    found = preview(SYSTEM, report.run)
    assert not found.possible
    assert f"licence {old.pk} is used by licence {old.pk + 2}, which came later" in found.reasons
    with pytest.raises(NotPossible, match="cannot be taken back"):
        undo(SYSTEM, report.run)
    assert Licence.objects.count() == 4


def test_an_allocation_by_hand_rests_on_the_import(root):
    report = put(REGISTER, root)
    grant = Grant.objects.get(quantity=16)
    Allocation.objects.create(grant=grant, assignee="by hand")
    assert preview(SYSTEM, report.run).reasons == [
        f"something was allocated from licence {grant.licence_id} after the import"
    ]


def test_an_import_is_taken_back_once(root):
    report = put(REGISTER, root)
    undo(SYSTEM, report.run)
    with pytest.raises(NotPossible, match="taken back already"):
        undo(SYSTEM, report.run)
    assert put(REGISTER, root).created == 3


def test_somebody_without_the_right_takes_nothing_back(root):
    report = put(REGISTER, root)
    with pytest.raises(NotPossible, match="may not take back"):
        undo(make.person("bob", "viewer", root).actor(), report.run)
    with pytest.raises(NotPossible, match="no import"):
        undo(make.person("eve", "licence_manager", make.site("Elsewhere")).actor(), report.run)


def test_a_run_says_who_what_and_how_much_and_its_report_has_every_line(root):
    text = REGISTER + "Total,49,,,,,,,,\n,2,PO-3,2026-02-02,,,,,,\n"
    report = put(text, root)
    (row,) = every_run(SYSTEM, RunFilter(text="FILE.c", states=("done",)))
    assert not list(every_run(SYSTEM, RunFilter(states=("failed",))))
    assert (row.id, row.by, row.file_name, row.state) == (report.run, "system", "file.csv", "done")
    assert row.counts == {
        "rows": 5, "created": 3, "updated": 0, "unchanged": 0, "allocations": 1, "keys": 1, "asked": 0, "rejected": 1, "ignored": 1,
    }  # fmt: skip
    lines = b"".join(report_file(SYSTEM, report.run)).decode("utf-8-sig").splitlines()
    assert lines[0] == "line,outcome,column,value,reason"
    assert [line.split(",")[:2] for line in lines[1:] if ",warning," not in line] == [
        ["2", "created"], ["3", "created"], ["4", "created"], ["5", "ignored"], ["6", "rejected"],
    ]  # fmt: skip
    assert "LICT-UNDO" not in "".join(lines)


def test_a_run_that_was_broken_off_ends_like_an_undisturbed_one(root):
    """Case C115."""
    from datetime import timedelta

    from licet.register.import_models import ImportRun

    rows = "".join(f"HikCentral-P-VSS-1Ch,1,PO-{n // 2},Person {n % 2}\n" for n in range(2500))
    text = "Product,Quantity,Order,Assigned to\n" + rows

    class Killed(Exception):
        pass

    def kill(done, _total):
        if done >= 2000:
            raise Killed

    with pytest.raises(Killed):
        put(text, root, progress=kill)
    run = ImportRun.objects.get()
    assert (run.state, run.done) == ("running", 2000)
    ImportRun.objects.update(beat_at=run.beat_at - timedelta(minutes=2))
    again = put(text, root)
    assert again.run == run.pk
    whole = again.counts()
    lines = b"".join(report_file(SYSTEM, run.pk)).count(b"created")
    undo(SYSTEM, run.pk)
    assert Licence.objects.count() == 0
    undisturbed = put(text, root)
    assert undisturbed.run != run.pk
    assert undisturbed.counts() == whole
    assert b"".join(report_file(SYSTEM, undisturbed.run)).count(b"created") == lines
