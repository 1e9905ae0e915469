"""Changing licences and orders afterwards: what differs is in the record, with what it was before, and the pool follows."""

from dataclasses import replace
from datetime import date
from decimal import Decimal

import pytest
from tests import factories as make

from licet.authorization import reconcile
from licet.authorization.models import Position
from licet.ledger.models import Entry
from licet.register.bulk_add import Wanted, add_many
from licet.register.change import change_licence
from licet.register.custom import checked, define, fields_at
from licet.register.keys_record import set_rule
from licet.register.life import add_note, set_tags, supersede, transfer
from licet.register.models import Allocation, Licence
from licet.register.purchase import add_order, change_order, put_vendor, vendors
from licet.register.record import NewLicence, add_licence
from licet.sites.record import NotPossible
from licet.sites.scope import Actor

pytestmark = pytest.mark.django_db


def last():
    return Entry.objects.order_by("-seq").values_list("action", "text").first()


def test_a_change_is_in_the_record_with_before_and_after(boss, server):
    row = make.licence(server.pool, 64, term="perpetual")
    differs = change_licence(boss, row, {"expires_on": date(2027, 3, 1), "order": "PO-7", "title": row.title})
    assert set(differs) == {"expires_on", "order", "term"}
    row.refresh_from_db()
    assert (row.expires_on, row.order.number, row.term) == (date(2027, 3, 1), "PO-7", "dated")
    action, text = last()
    assert action == "register:licence:changed"
    assert '"expires_on":"2027-03-01"' in text
    assert '"expires_on":null' in text


def test_a_licence_without_a_pool_goes_to_the_only_installation_of_its_product(boss, server):
    new = NewLicence(title="channels", product=make.product(server.product).code, grants=(("camera", 4),))
    assert add_licence(boss, server.site, new).pool == server.pool
    kept, wide = add_many(
        boss, [Wanted(server.site, new), Wanted(server.site, replace(new, units=None, site_wide=True))]
    )
    assert (kept.pool, wide.pool) == (server.pool, None)
    make.installation(server.site, name="HCP 2")
    assert add_licence(boss, server.site, new).pool is None


def test_nothing_changed_writes_nothing(boss, server):
    row = make.licence(server.pool, 64)
    entries = Entry.objects.count()
    assert change_licence(boss, row, {"title": row.title, "units": 64}) == ()
    assert Entry.objects.count() == entries


def test_who_it_is_assigned_to_is_not_in_the_chain(boss, server):
    row = make.licence(server.pool, 1)
    change_licence(boss, row, {"assignee": "Anna Muster", "contact": "anna@example.org", "note": "ask Anna"})
    assert "nna" not in last()[1]


def test_six_to_seven_gives_one_more_free(boss, server, now):
    """Case C088."""
    row = make.licence(server.pool, 6)
    for _ in range(5):
        make.member(server, make.device(server.site), "camera")
    reconcile.everything(now)
    assert Position.objects.get(metric="camera").free == 1
    change_licence(boss, row, {"units": 7})
    reconcile.changed(now, pools=[server.pool.pk])
    assert row.grants.get().quantity == 7
    assert Position.objects.get(metric="camera").free == 2


def test_another_quantity_changes_packs_in_proportion(boss, server):
    row = make.licence(server.pool, 2)
    row.grants.update(quantity=32)
    change_licence(boss, row, {"units": 3})
    assert row.grants.get().quantity == 48
    change_licence(boss, row, {"units": None})
    assert row.grants.get().quantity is None


@pytest.mark.parametrize(
    ("changes", "said"),
    [
        ({"units": -3}, "credit note"),
        ({"starts_on": date(2027, 2, 1), "expires_on": date(2027, 1, 1)}, "before it begins"),
        ({"price": Decimal("3.00")}, "currency"),
        ({"kind": "gift"}, "no kind"),
        ({"site_wide": True}, "no quantity"),
        ({"title": "x" * 201}, "201 characters"),
        ({"sku": "No-Such"}, "no part number"),
    ],
)
def test_what_contradicts_itself_is_refused(boss, server, changes, said):
    row = make.licence(server.pool, 2)
    with pytest.raises(NotPossible, match=said):
        change_licence(boss, row, changes)
    assert Licence.objects.get(pk=row.pk).units == 2


def test_a_stranger_changes_nothing(server):
    row = make.licence(server.pool, 2)
    with pytest.raises(NotPossible, match="may not"):
        change_licence(Actor("eve", (("/999/", frozenset({"view", "edit_register"})),)), row, {"note": "x"})


def test_a_returned_licence_is_closed(boss, server):
    row = make.licence(server.pool, 2, returned_on=date(2026, 1, 1))
    with pytest.raises(NotPossible, match="closed"):
        change_licence(boss, row, {"units": 3})
    assert change_licence(boss, row, {"note": "credit came late"}) == ("note",)


def test_a_site_wide_licence_is_kept_without_a_number(boss, server):
    make.product()
    new = NewLicence(
        title="All of it", units=None, product="hikcentral-professional", site_wide=True, grants=(("camera", None),)
    )
    row = add_licence(boss, server.site, new)
    assert (row.site_wide, row.units, row.pool) == (True, None, None)
    with pytest.raises(NotPossible, match="unlimited"):
        add_licence(
            boss, server.site, NewLicence(title="9999", units=9999, product="hikcentral-professional", site_wide=True)
        )


def test_own_fields_are_typed_and_reach_down_the_tree(boss, server):
    define(boss, server.site, "Budget line", "number", required=True)
    define(boss, server.site, "Owner team", "choice", choices=("Guard", "IT"))
    below = make.site("Hall", server.site)
    known = fields_at(below)
    assert [(one.code, one.kind) for one in known] == [("budget_line", "number"), ("owner_team", "choice")]
    assert checked(known, {"budget_line": "12.5", "owner_team": "IT"}, {}) == {
        "budget_line": "12.5",
        "owner_team": "IT",
    }
    for given, said in [
        ({"budget_line": "many"}, "no number"),
        ({"budget_line": "1", "owner_team": "Cat"}, "none of"),
        ({"owner_team": "IT"}, "needed"),
        ({"colour": "red", "budget_line": "1"}, "no field"),
    ]:
        with pytest.raises(NotPossible, match=said):
            checked(known, given, {})
    with pytest.raises(NotPossible, match="already"):
        define(boss, below, "Budget line", "text")
    assert fields_at(make.site("Elsewhere")) == []


def test_a_transfer_asks_what_the_product_allows(boss, server):
    product = make.product(transfer="unknown")
    row = make.licence(server.pool, 2, product=product)
    other = make.installation(make.site("Bonn"), "Second")
    with pytest.raises(NotPossible, match="not known"):
        transfer(boss, row, other.site, other.pool, reason="moved")
    transfer(boss, row, other.site, other.pool, reason="moved", agreed=True)
    row.refresh_from_db()
    assert (row.site, row.pool) == (other.site, other.pool)
    told = list(Entry.objects.order_by("-seq").values_list("action", "site")[:2])
    assert told == [("register:licence:given", server.site.pk), ("register:licence:received", other.site.pk)]
    product.transfer = "not_allowed"
    product.save()
    row.product.refresh_from_db()
    with pytest.raises(NotPossible, match="does not allow"):
        transfer(boss, row, server.site, server.pool, reason="back", agreed=True)


def test_a_licence_with_places_given_by_hand_stays(boss, server):
    row = make.licence(server.pool, 2, product=make.product(transfer="free"))
    Allocation.objects.create(grant=row.grants.get(), assignee="Tor 3")
    with pytest.raises(NotPossible, match="Release them"):
        transfer(boss, row, make.site("Bonn"), None, reason="moved")


def test_what_replaces_what_makes_no_circle(boss, server):
    first, second, third = (make.licence(server.pool, 1) for _ in range(3))
    supersede(boss, first, second)
    supersede(boss, second, third)
    with pytest.raises(NotPossible, match="itself comes of"):
        supersede(boss, third, first)


def test_notes_and_tags(boss, server):
    row = make.licence(server.pool, 1)
    note = add_note(boss, row, " Seller says: no credit. ")
    assert (note.text, note.licence) == ("Seller says: no credit.", row)
    assert "Seller" not in last()[1]
    assert set_tags(boss, row, ["Audit 2027", "audit 2027 ", "old"]) == ("audit 2027", "old")
    assert set_tags(boss, row, ["old"]) == ("old",)
    assert list(row.tags.values_list("name", flat=True)) == ["old"]


def test_an_order_adds_up(boss, server):
    order = add_order(
        boss, server.site, {"number": "PO-1", "currency": "eur", "net": Decimal("100.00"), "tax": Decimal("19.00")}
    )
    assert (order.total, order.currency) == (Decimal("119.00"), "EUR")
    with pytest.raises(NotPossible, match=r"make 119\.00, not 120\.00"):
        change_order(boss, order, {"total": Decimal("120.00")})
    order.refresh_from_db()
    assert change_order(boss, order, {"invoice_number": "R-9", "invoiced_on": date(2026, 2, 1)}) == (
        "invoice_number",
        "invoiced_on",
    )
    with pytest.raises(NotPossible, match="already"):
        add_order(boss, server.site, {"number": "PO-1"})


def test_a_renamed_vendor_keeps_its_orders_and_totals_by_currency(boss, server):
    vendor = put_vendor(boss, server.site, {"name": "Example Ltd", "role": "reseller"})
    for number, currency, total in (("1", "EUR", "10"), ("2", "EUR", "5"), ("3", "USD", "7")):
        add_order(
            boss,
            server.site,
            {"number": number, "currency": currency, "total": Decimal(total), "vendor": "Example Ltd"},
        )
    put_vendor(boss, server.site, {"name": "Example GmbH", "role": "both"}, vendor)
    found = vendors(boss)
    assert [(row.name, row.orders, row.totals) for row in found] == [
        ("Example GmbH", 3, (("EUR", Decimal(15)), ("USD", Decimal(7))))
    ]


def test_everything_that_was_said_of_a_new_licence_is_kept(boss, server):
    said = {
        "title": "All of it", "units": 3, "cost_centre": "4711", "contact": "anna@example.org", "support_contract": "SC-1",
        "notice_period_days": 30, "auto_renew": True, "note": "bought by phone", "assignee": "Berlin",
    }  # fmt: skip
    row = Licence.objects.get(pk=add_licence(boss, server.site, NewLicence(**said)).pk)
    assert {name: getattr(row, name) for name in said} == said


def test_who_had_to_ask_a_second_person_must_after_a_transfer_too(boss, server):
    set_rule(boss, server.site, two_people=True, request_hours=24, notice_to="")
    row = make.licence(server.pool, 1)
    transfer(boss, row, make.site("Leeds"), None, reason="moved", agreed=True)
    row.refresh_from_db()
    assert row.two_people


@pytest.mark.parametrize("name", ["starts_on", "expires_on", "notice_on", "maintenance_until", "purchased_on"])
def test_a_year_that_no_licence_knows_is_refused(boss, server, name):
    with pytest.raises(NotPossible, match="outside the years 1970 to 2899"):
        add_licence(boss, server.site, NewLicence(title="X", **{name: date(1, 1, 1)}))
    row = make.licence(server.pool, 1)
    with pytest.raises(NotPossible, match="outside the years"):
        change_licence(boss, row, {name: date(2900, 1, 1)})
