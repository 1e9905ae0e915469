"""What is exported is imported to the same register; a spreadsheet runs nothing of it (cases C124 and C125)."""

from datetime import date, timedelta
from decimal import Decimal

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from tests import factories as make
from tests.conftest import NOW

from licet.register.catalogue import load_catalogue
from licet.register.exporting import HEADINGS, rows
from licet.register.importing import import_file
from licet.register.models import Grant, Licence, Pool
from licet.register.record import NewLicence, add_licence
from licet.register.undoing import undo
from licet.sites.scope import SYSTEM
from licet.tabular.export import csv_bytes, xlsx_bytes

pytestmark = pytest.mark.django_db

LETTERS = st.characters(codec="utf-8", exclude_categories=("Cs", "Cc"), include_characters="=+-@\n;,\"'")
TEXTS = st.text(LETTERS, max_size=20)
DAYS = st.none() | st.dates(date(2001, 1, 1), date(2099, 12, 31))
METRICS = st.sampled_from(["camera", "door", "anpr_camera"])


@st.composite
def licences(draw):
    starts, days = draw(DAYS), draw(st.integers(0, 4000))
    expires = starts + timedelta(days=days) if starts and draw(st.booleans()) else None
    return NewLicence(
        title=draw(TEXTS.filter(str.strip)),
        units=draw(st.none() | st.integers(0, 10_000)),
        kind=draw(st.sampled_from(["base", "expansion", "other", "subscription"])),
        term="dated" if expires else draw(st.sampled_from(["perpetual", "not_stated"])),
        grants=tuple(draw(st.dictionaries(METRICS, st.none() | st.integers(0, 9999), max_size=3)).items()),
        product=draw(st.sampled_from(["", "hikcentral-professional"])),
        order=draw(st.sampled_from(["", "PO-1", "=PO-2", "-"])),
        vendor=draw(st.sampled_from(["", "@Example"])),
        starts_on=starts,
        expires_on=expires,
        maintenance_until=draw(DAYS),
        activated_on=draw(DAYS),
        price=draw(st.none() | st.decimals(0, 99_999, places=2)),
        currency=draw(st.sampled_from(["", "EUR"])),
        assignee=draw(TEXTS),
        note=draw(TEXTS),
    )


def said(row):
    return (
        row.title, row.units, row.kind, row.term, row.product_id, row.sku_id, row.order.number if row.order else "",
        row.starts_on, row.expires_on, row.maintenance_until, row.activation, row.activated_on, row.price, row.currency,
        row.assignee, row.note.replace("\r\n", "\n"), row.site_wide, row.custom, row.auto_renew, row.returned_on,
        row.pool.name if row.pool else "", row.site.name,
        sorted(row.grants.values_list("metric", "quantity")),
    )  # fmt: skip


def register():
    return [said(row) for row in Licence.objects.select_related("order", "pool", "site").order_by("id")]


@given(st.lists(licences(), min_size=1, max_size=4), st.booleans())
@settings(
    max_examples=15, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow]
)
def test_an_exported_register_is_imported_to_the_same(db, wanted, as_workbook):
    from django.db import transaction

    with transaction.atomic():
        load_catalogue()
        root = make.site()
        pool = Pool.objects.create(site=root, name="HCP")
        for new in wanted:
            add_licence(SYSTEM, root, new, pool)
        Licence.objects.filter(pk=Licence.objects.first().pk).update(site_wide=True, custom={"colour": "blue"})
        before = register()
        write = xlsx_bytes if as_workbook else lambda _title, headings, found: csv_bytes(headings, found)
        data = write("Register", HEADINGS, rows(SYSTEM))
        again = import_file(SYSTEM, data, "register.csv", site=root, now=NOW)
        assert (again.created, again.updated, again.rejected, again.asked) == (0, 0, [], [])
        assert again.unchanged == len(wanted)
        Grant.objects.all().delete()
        Licence.objects.all().delete()
        fresh = import_file(SYSTEM, data, "register.csv", site=root, now=NOW)
        assert (fresh.created, fresh.rejected, fresh.detected) == (len(wanted), [], "Licet register")
        assert register() == before
        undo(SYSTEM, fresh.run)
        assert not Licence.objects.exists()
        transaction.set_rollback(True)


def test_formulas_stay_text_and_apostrophes_do_not_grow():
    load_catalogue()
    root = make.site("Group")
    add_licence(SYSTEM, root, NewLicence(title='=HYPERLINK("x")', note="'=1+1", price=Decimal("45.00")))
    data = csv_bytes(HEADINGS, rows(SYSTEM))
    assert b"'=HYPERLINK" in data
    assert data.startswith("\ufeffLicet reference".encode())
    Licence.objects.all().delete()
    import_file(SYSTEM, data, "register.csv", site=root, now=NOW)
    row = Licence.objects.get()
    assert (row.title, row.note, row.price) == ('=HYPERLINK("x")', "'=1+1", Decimal("45.00"))
    assert csv_bytes(HEADINGS, rows(SYSTEM)) == data


def test_a_line_that_is_not_as_licet_writes_it_is_rejected():
    root = make.site("Group")
    data = csv_bytes(HEADINGS, [("x y!", "A", "", "", "other", "perpetual", 1, "many cameras", *[""] * 17)])
    report = import_file(SYSTEM, data, "register.csv", site=root, now=NOW)
    assert {(item.column, item.reason) for item in report.rejected} == {
        ("Licet reference", "the reference is not as Licet writes it"),
        ("Licet grants", "“many cameras” is no quantity and metric"),
    }
