"""What would be if members came or went: the rules of a reconciliation over a changed copy, and nothing is written."""

from datetime import date

import pytest
from hypothesis import given
from hypothesis import strategies as st
from tests import factories as make

from licet.authorization import reconcile
from licet.authorization.buying import Part, purchase
from licet.authorization.models import Authorization, Demand
from licet.authorization.whatif import amounts, request_lines, whatif
from licet.ledger.models import Entry
from licet.register.catalogue import load_catalogue
from licet.register.models import Product, Sku
from licet.sites.record import NotPossible
from licet.sites.scope import Actor, administrator

HCP = "hikcentral-professional"
CATALOGUE = (
    Part("Base", HCP, "camera", 0, "base", "", "s", "high"),
    Part("1Ch", HCP, "camera", 1, "expansion", "Base", "s", "high"),
    Part("16Ch", HCP, "camera", 16, "expansion", "Base", "s", "high"),
    Part("ANPR", HCP, "anpr_camera", 1, "expansion", "1Ch", "s", "high"),
    Part("16Door", HCP, "door", 16, "base", "", "s", "high"),
    Part("1Door", HCP, "door", 1, "expansion", "16Door", "s", "high"),
)
BOSS = administrator("test")


def bought(short, in_force=()):
    lines, beyond = purchase(short, CATALOGUE, HCP, in_force)
    return {line.sku: line.units for line in lines}, beyond


def test_the_base_is_bought_first_and_then_packs():
    assert bought({"camera": 40}) == ({"Base": 1, "16Ch": 2, "1Ch": 8}, {})
    assert bought({"camera": 40}, {"Base"}) == ({"16Ch": 2, "1Ch": 8}, {})


def test_what_a_base_brings_is_not_bought_again():
    assert bought({"door": 20}) == ({"16Door": 1, "1Door": 4}, {})
    assert bought({"door": 10}) == ({"16Door": 1}, {})


def test_what_no_part_number_gives_is_said():
    assert bought({"thermal_camera": 3}) == ({}, {"thermal_camera": 3})


@given(st.integers(1, 5000), st.booleans())
def test_the_purchase_always_ends_the_shortage_by_the_least(short, has_base):
    lines, beyond = purchase({"camera": short}, CATALOGUE, HCP, {"Base"} if has_base else set())
    assert sum(line.gives for line in lines) == short
    assert not beyond


@pytest.fixture
def server(db, now):
    load_catalogue()
    server = make.installation(make.site("Berlin"))
    codes = {row.code: row for row in Sku.objects.all()}
    product = Product.objects.get(code=HCP)
    make.licence(server.pool, 0, product=product, sku=codes["HikCentral-P-VSS-Base/0Ch"], kind="base")
    make.licence(server.pool, 10, product=product, sku=codes["HikCentral-P-VSS-1Ch"])
    for _ in range(8):
        make.member(server, make.device(server.site), "camera")
    reconcile.everything(now)
    return server


def test_forty_plate_cameras_need_a_channel_and_an_anpr_licence_each(server):
    found = whatif(BOSS, server.site, add={"anpr_camera": 40})
    assert found.implied == (("camera", 40),)
    needs = {need.metric: (need.short, [(line.sku, line.units) for line in need.skus]) for need in found.needs}
    assert needs == {
        "camera": (38, [("HikCentral-P-VSS-1Ch", 38)]),
        "anpr_camera": (40, [("HikCentral-P-ANPR-1Camera", 40)]),
    }
    assert all(line.source and line.confidence for need in found.needs for line in need.skus)


def test_who_names_the_channels_himself_gets_no_others(server):
    found = whatif(BOSS, server.site, add={"anpr_camera": 40, "camera": 1})
    assert found.implied == ()
    assert {need.metric: need.short for need in found.needs} == {"anpr_camera": 40}


def test_doors_need_their_base(server):
    found = whatif(BOSS, server.site, add={"door": 20})
    assert [(line.sku, line.units) for line in found.needs[0].skus] == [
        ("HikCentral-P-ACS-16Door/Base", 1), ("HikCentral-P-ACS-1Door", 4),
    ]  # fmt: skip
    assert [line[4] for line in request_lines(found)] == ["HikCentral-P-ACS-16Door/Base", "HikCentral-P-ACS-1Door"]


def test_what_goes_frees_places_for_what_comes(server):
    found = whatif(BOSS, server.site, add={"camera": 4}, remove={"camera": 2})
    assert found.needs == ()
    row = found.standings[0]
    assert (row.demanded_before, row.demanded_after, row.free_after) == (8, 10, 0)


def test_nothing_is_written(server):
    before = (Demand.objects.count(), Authorization.objects.count(), Entry.objects.count())
    whatif(BOSS, server.site, add={"camera": 500})
    assert (Demand.objects.count(), Authorization.objects.count(), Entry.objects.count()) == before


def test_a_coming_day_counts_what_is_then_in_term(server):
    server.pool.licences.filter(units=10).update(expires_on=date(2027, 1, 31))
    assert whatif(BOSS, server.site, add={"camera": 1}, on=date(2027, 1, 31)).needs == ()
    found = whatif(BOSS, server.site, add={"camera": 1}, on=date(2027, 2, 1))
    assert found.needs[0].short == 9


def test_what_is_owned_and_idle_is_named_before_buying(server):
    product = Product.objects.get(code=HCP)
    row = make.licence(server.pool, 30, product=product, activation="not_activated")
    found = whatif(BOSS, server.site, add={"camera": 10})
    assert [(own.licence, own.quantity, own.why) for own in found.needs[0].activate] == [
        (row.pk, 30, "bought_not_activated")
    ]


def test_free_capacity_elsewhere_is_offered_with_the_products_rule(server, now):
    other = make.installation(make.site("Bonn"), "Second")
    product = Product.objects.get(code=HCP)
    spare = make.licence(other.pool, 5, product=product)
    make.licence(other.pool, 100, product=product, returned_on=date(2026, 1, 1))
    found = whatif(BOSS, server.site, add={"camera": 10})
    assert [(one.licence, one.pool, one.transfer) for one in found.needs[0].moves] == [(spare.pk, "Second", "unknown")]
    Product.objects.filter(code=HCP).update(transfer="not_allowed")
    assert whatif(BOSS, server.site, add={"camera": 10}).needs[0].moves == ()


def test_a_pool_outside_the_scope_is_not_offered(server):
    other = make.installation(make.site("Bonn"), "Second")
    make.licence(other.pool, 5, product=Product.objects.get(code=HCP))
    actor = Actor("anna", ((server.site.path, frozenset({"view"})),))
    assert whatif(actor, server.site, add={"camera": 10}).needs[0].moves == ()
    with pytest.raises(NotPossible, match="may not see"):
        whatif(actor, other.site, add={"camera": 1})


def test_which_pool_is_asked_where_there_are_several(server):
    make.installation(server.site, "Second")
    assert whatif(BOSS, server.site, add={"camera": 1}).standings[0].pool == "HCP"
    with pytest.raises(NotPossible, match="Which pool"):
        whatif(BOSS, server.site, add={"door": 1})


@pytest.mark.parametrize("text", ["40", "x:camera", "-3:camera", "4:", "1" * 12 + ":camera", "²:camera"])
def test_what_is_no_number_and_metric_is_refused(text):
    with pytest.raises(NotPossible, match="Write it like"):
        amounts([text])


def test_an_unknown_metric_is_refused_with_the_known_ones(server):
    with pytest.raises(NotPossible, match="anpr_camera"):
        whatif(BOSS, server.site, add={"cameras": 1})
